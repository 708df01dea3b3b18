"""Our line reader: it says what stands in a line and where, whatever it is read with."""

from __future__ import annotations

import json
import shutil
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pymupdf
import pytest
import torch

from docparse.engines.nano import (
    FRAME,
    PIECE,
    SHARED,
    NanoReader,
    _kept,
    _one_form,
    _pieces,
    _scaled,
    _start,
    _to_text,
    _without_blanks,
)
from docparse.errors import MissingEngineError
from docparse.model.ctc import CharRead, CTCHead
from docparse.pipeline import parse
from docparse.reading.judging import similarity
from docparse.settings import ReadSettings
from docparse.train.alphabet import ALPHABET
from docparse.train.export import write_checkpoint, write_line_reader, write_words
from docparse.train.nano import nano_config, new_model
from docparse.train.tokenizer import SPECIAL, build_tokenizer
from docparse.train.words import Words

SAMPLES = Path(__file__).parents[2] / "samples"
WORDS = Words(("harbour",), ("営業", "言語"), (), (), (), (), (), (), ())


@pytest.fixture(autouse=True)
def one_thread() -> Any:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint in the released layout that has learned nothing, in nano's own shape."""
    target = tmp_path_factory.mktemp("nano")
    tokenizer = build_tokenizer(["harbour", "clock"], num_pieces=8)
    tokens = {name: tokenizer.token_to_id(name) or 0 for name in SPECIAL}
    config = nano_config(tokens, tokenizer.get_vocab_size())
    model = new_model(config)
    head = CTCHead(model.config.vision.width, len(ALPHABET))
    write_checkpoint(target, model, head, config, tokenizer)
    write_words(target, WORDS)
    return target


@pytest.fixture(scope="module")
def reader(folder: Path) -> NanoReader:
    return NanoReader(folder)


def noise(width: int, height: int, seed: int = 0) -> PIL.Image.Image:
    values = np.random.default_rng(seed).integers(0, 255, (height, width), dtype=np.uint8)
    return PIL.Image.fromarray(values)


def test_the_tower_alone_reads_too(tmp_path: Path) -> None:
    """What stage a leaves has no decoder to ask, and reads what the head is sure of as ever."""
    tokenizer = build_tokenizer(["harbour"], num_pieces=8)
    tokens = {name: tokenizer.token_to_id(name) or 0 for name in SPECIAL}
    config = nano_config(tokens, tokenizer.get_vocab_size())
    model = new_model(config)
    head = CTCHead(model.config.vision.width, len(ALPHABET))
    torch.nn.init.zeros_(head.classify.weight)
    torch.nn.init.zeros_(head.classify.bias)
    with torch.no_grad():
        head.classify.bias[ALPHABET.index("a") + 1] = 30.0
    write_checkpoint(tmp_path / "whole", model, head, config, tokenizer)
    write_line_reader(tmp_path / "part", model, head, config)
    for name in ("part", "whole"):
        write_words(tmp_path / name, WORDS)
    pictures = [noise(300, 30), noise(30, 300, seed=1)]
    read = NanoReader(tmp_path / "part").read(pictures)
    assert read == NanoReader(tmp_path / "whole").read(pictures)
    assert [text.text for text in read] == ["a", "a"]
    size = {
        name: (tmp_path / name / "model.safetensors").stat().st_size for name in ("part", "whole")
    }
    assert size["part"] < size["whole"] / 2


def test_condensed_letters_are_drawn_out() -> None:
    said = "Charges for late delivery are listed overleaf in full detail"
    with pymupdf.open() as document:
        page = document.new_page(width=420, height=19)
        page.insert_text((4, 14), said, fontsize=16)
        pixels = page.get_pixmap(dpi=200, colorspace=pymupdf.csGRAY)
    line = PIL.Image.frombytes("L", (pixels.width, pixels.height), pixels.samples)
    condensed = line.resize((round(0.6 * line.width), line.height))
    reader = NanoReader()
    wide, narrow = reader.read([line, condensed])
    assert wide.text == said
    assert similarity(narrow.text, said) > 0.95
    as_it_is = reader._texts([_scaled(condensed)])[0]
    assert similarity(as_it_is.text, said) < similarity(narrow.text, said) - 0.03
    assert abs(wide.spans[-1][0] - narrow.spans[-1][0]) < 0.02


def test_what_ships_reads_a_scan() -> None:
    written = (
        "Thank you for your letter of 2 October. You asked whether the gauge at the east mole was "
        "working on the days on which your observers found the lower footpath under water. It was."
    )
    document = parse(SAMPLES / "scan.pdf", ReadSettings(reader="nano"))
    found = next(b for b in document.pages[0].blocks if b.text.startswith("Thank"))
    assert similarity(written, found.text[: len(written)]) > 0.98
    table = next(b.table for b in document.pages[0].blocks if b.table)
    assert table.cells[-1].text == "+0.32 m"


def test_each_thread_keeps_to_one_core() -> None:
    torch.set_num_threads(2)

    def after_a_product() -> int:
        torch.nn.functional.linear(torch.ones(64, 64), torch.ones(64, 64))
        return torch.get_num_threads()

    with _start(1) as thread:
        assert thread.submit(after_a_product).result() == 1
    assert torch.get_num_threads() == 2


def test_a_figure_is_not_seen_twice_in_two_widths() -> None:
    """3.18 in samples/scan.pdf was 3.188: a wide 8 in one frame, a narrow one in the next."""
    numbers = {char: ALPHABET.index(char) + 1 for char in "18８"}
    seen = [("1", 9, 0.8), ("８", 13, 0.57), ("8", 14, 0.51), ("8", 18, 0.9)]
    reads = [CharRead(numbers[char], sure, at, at) for char, at, sure in seen]
    joined = _one_form(reads, ALPHABET)
    assert [(char.number, char.first, char.last) for char in joined] == [
        (numbers["1"], 9, 9), (numbers["８"], 13, 14), (numbers["8"], 18, 18)
    ]  # fmt: skip


def test_two_ideographs_have_no_room_in_two_frames() -> None:
    seen = [("酉", 2, 0.2), ("配", 3, 0.9), ("送", 8, 0.9), ("人", 13, 0.9), ("人", 18, 0.9)]
    reads = [CharRead(ALPHABET.index(char) + 1, sure, at, at) for char, at, sure in seen]
    joined = _one_form(reads, ALPHABET)
    assert "".join(ALPHABET[char.number - 1] for char in joined) == "配送人人"


def test_a_figure_is_of_one_width() -> None:
    text = "午前05：42 １２３"
    chars = [CharRead(ALPHABET.index(char) + 1, 0.9, 3 * i, 3 * i) for i, char in enumerate(text)]
    assert _to_text(chars, 14 * len(text), ALPHABET).text == "午前05:42 １２３"


def test_a_line_reads_the_same_in_any_company(reader: NanoReader) -> None:
    sizes = [(300, 30), (310, 31), (900, 20), (30, 300), (28, 28), (5, 40), (1, 1), (2400, 28)]
    pictures = [noise(*size, seed=seed) for seed, size in enumerate(sizes)]
    alone = [reader.read([picture])[0] for picture in pictures]
    assert reader.read([]) == []
    together = reader.read([*pictures, *pictures[::-1]])
    assert [line.text for line in together] == [line.text for line in [*alone, *alone[::-1]]]
    assert any(line.text for line in alone)
    for line in together:
        assert line.source == "model"
        assert all(0 <= sure <= 1 for sure in line.confidence)
        edges = [edge for span in line.spans for edge in span]
        assert edges == sorted(edges)
        assert not edges or (edges[0] >= 0 and edges[-1] <= 1)


def test_colour_and_size_make_no_difference_to_what_is_a_line(reader: NanoReader) -> None:
    picture = PIL.Image.new("RGB", (280, 28), "white")
    assert reader.read([picture])[0] == reader.read([picture.convert("L")])[0]


@pytest.mark.parametrize("vertical", [False, True])
def test_a_long_line_parts_where_there_is_most_paper(vertical: bool) -> None:
    wide = 2 * PIECE
    ink = np.full((28, wide), 120, dtype=np.uint8)
    gap = PIECE - SHARED // 2 + 9
    ink[:, gap - 6 : gap + 6] = 255
    picture = PIL.Image.fromarray(ink.T.copy() if vertical else ink)
    line = _scaled(picture)
    assert line.vertical == vertical
    pieces = list(_pieces(0, line))
    assert (pieces[0].start, pieces[0].end) == (0, PIECE)
    assert pieces[-1].end == wide
    assert all(a.last == b.first for a, b in pairwise(pieces))
    assert pieces[0].last * FRAME == pytest.approx(gap, abs=3)
    assert all(piece.start % 28 == 0 and piece.end - piece.start <= PIECE for piece in pieces)


def test_what_two_pieces_share_is_read_once() -> None:
    line = _scaled(noise(2 * PIECE, 28))
    first, second, *_ = _pieces(0, line)
    place = int(first.last)
    reads = [CharRead(1, 0.9, at, at) for at in (place - 3, place + 3)]
    offset = round(second.start / FRAME)
    moved = [CharRead(1, 0.9, read.first - offset, read.last - offset) for read in reads]
    kept = [*_kept(reads, first), *_kept(moved, second)]
    assert kept == reads


def test_characters_stand_where_their_frames_are() -> None:
    characters = "港a l"
    numbers = {char: characters.index(char) + 1 for char in characters}
    places = zip(" 港a l ", (0, 4, 9, 11, 13, 29), strict=True)
    reads = [CharRead(numbers[char], 0.5, at, at) for char, at in places]
    line = _to_text(reads, 140, characters)
    assert line.text == "港a l"
    for (start, end), read in zip(line.spans, reads[1:5], strict=True):
        assert start < (read.first + 0.5) * FRAME / 140 < end
    assert (line.spans[0][1] - line.spans[0][0]) * 140 == pytest.approx(26, abs=5)
    assert (line.spans[3][1] - line.spans[3][0]) * 140 < 18


@pytest.mark.parametrize("lost", ["ctc.safetensors", "model.safetensors", "config.json"])
def test_a_broken_folder_says_what_is_wrong(folder: Path, tmp_path: Path, lost: str) -> None:
    copy = shutil.copytree(folder, tmp_path / "copy")
    (copy / lost).unlink()
    with pytest.raises(MissingEngineError, match=lost):
        NanoReader(copy)


def test_a_head_of_another_model_is_refused(folder: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(folder, tmp_path / "copy")
    whole = (copy / "ctc.safetensors").read_bytes()
    (copy / "ctc.safetensors").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(MissingEngineError, match=r"ctc\.safetensors"):
        NanoReader(copy)


def test_transformers_sees_the_same_in_a_line(folder: Path) -> None:
    """The exported folder, loaded by transformers, gives the tower's vectors of our own path."""
    transformers = pytest.importorskip("transformers")
    from docparse.model.config import read_config
    from docparse.model.lines import encode_lines, line_rows
    from docparse.model.preprocess import PixelConfig
    from docparse.model.weights import load_weights

    config = read_config(folder)
    cpu = torch.device("cpu")
    tower = load_weights(config, folder, device=cpu, dtype=torch.float32).tower
    theirs = transformers.Qwen2_5_VLForConditionalGeneration.from_pretrained(
        folder, dtype=torch.float32
    ).eval()
    for vertical, shape in ((False, (28, 28 * 9)), (True, (28 * 6, 28))):
        grey = torch.from_numpy(np.array(noise(*shape[::-1])))
        rows = line_rows(grey[None], PixelConfig())
        grid = torch.tensor([[1, shape[0] // 14, shape[1] // 14]])
        with torch.no_grad():
            ours = tower.merger(encode_lines(tower, rows, vertical=vertical)[0])
            # theirs wants each pixel of both frames, channel by channel
            doubled = rows[0].view(-1, 3, 1, 196).expand(-1, -1, 2, -1).reshape(-1, 1176)
            found = theirs.model.visual(doubled, grid_thw=grid)
        found = found if isinstance(found, torch.Tensor) else found.pooler_output
        torch.testing.assert_close(ours, found, rtol=1e-4, atol=1e-4)


def test_transformers_has_the_same_tokens_and_template(folder: Path) -> None:
    transformers = pytest.importorskip("transformers")
    from docparse.model.chat import PICTURE, Message, render
    from docparse.model.tokenizer import Tokenizer

    theirs = transformers.AutoTokenizer.from_pretrained(folder)
    ours = Tokenizer.read(folder / "tokenizer.json")
    for text in ("登録番号 T1234567890123", "naïve ¥1,280 ①㈱", '<p data-bbox="1 2 3 4">x</p>'):
        assert theirs.encode(text) == ours.encode(text)
    chat = [{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": "Text:"}]}]
    rendered = theirs.apply_chat_template(chat, tokenize=False, add_generation_prompt=True)
    pieces = render([Message("user", (PICTURE, "Text:"))])
    assert rendered == "".join(p if isinstance(p, str) else p.name for p in pieces)
    settings = json.loads((folder / "preprocessor_config.json").read_text())
    assert settings["min_pixels"] == 28 * 28


def test_a_line_of_latin_letters_has_no_wide_ones() -> None:
    """As `ocr_lines/ocrmypdf/typewriter.png` and receipts were read."""
    for text, said in (
        ("ACC－9012 １", "ACC-9012 1"),
        ("de wa ter。", "de wa ter."),
        ("ＡＣＣ", "ＡＣＣ"),
        ("品番 Ａ1", "品番 Ａ1"),
    ):
        chars = [CharRead(ALPHABET.index(c) + 1, 0.9, 3 * i, 3 * i) for i, c in enumerate(text)]
        assert _to_text(chars, 14 * len(text), ALPHABET).text == said


@pytest.mark.parametrize(
    ("seen", "read"),
    [
        ("372,000, 000 株", "372,000,000株"),
        ("1,296,  165,800", "1,296,165,800"),
        ("2, 584, 222", "2,584,222"),
        ("pages 1, 200", "pages 1, 200"),
        ("1, 20, 3000", "1, 20, 3000"),
        ("1,021. 09 1,033. 43 42. 00", "1,021.09 1,033.43 42.00"),
        ("[ 100. 0]", "[ 100.0]"),
        ("12. 3つの要件", "12. 3つの要件"),
        ("10. 12月の売上", "10. 12月の売上"),
        ("2. 2012年", "2. 2012年"),
    ],
)
def test_a_figure_has_no_blanks_behind_its_commas(seen: str, read: str) -> None:
    assert unspaced(seen) == read


@pytest.mark.parametrize(
    ("seen", "read"),
    [
        ("( 保有目的) 当該", "(保有目的) 当該"),
        ("（ 注 ）２", "（注）２"),
        ("2023年 3月22日", "2023年3月22日"),
        ("※ ２ 土地 38,831 千円", "※２ 土地 38,831千円"),
        ("※ ２", "※２"),
        ("普通株式(注) 2、3", "普通株式(注)2、3"),
        ("△ 1,488百万円", "△1,488百万円"),
        ("現金 38,831", "現金 38,831"),
        ("520,000 株式会社港", "520,000 株式会社港"),
        ("( see 3 )", "( see 3 )"),
    ],
)
def test_a_japanese_line_has_no_stray_blanks(seen: str, read: str) -> None:
    assert unspaced(seen) == read


def unspaced(seen: str) -> str:
    chars = [CharRead(ALPHABET.index(char) + 1, 0.9, 9 * n, 9 * n) for n, char in enumerate(seen)]
    kept = _without_blanks(chars, ALPHABET)
    return "".join(ALPHABET[char.number - 1] for char in kept)
