"""Training data is seeded, the tokenizer has every character, a killed run goes on as it was."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pymupdf
import pytest
import torch
from PIL import Image, ImageFont

from docparse.model.config import ModelConfig, parse_config
from docparse.model.ctc import BLANK, CTCHead, read_greedily
from docparse.model.lines import encode_lines, line_rows
from docparse.model.preprocess import PixelConfig, prepare_picture
from docparse.train import ctc, typeset
from docparse.train.alphabet import ALPHABET
from docparse.train.ctc import (
    Rivals,
    aligned_loss,
    ctc_loss,
    read_lines,
    sample_characters,
    sampled_logits,
)
from docparse.train.fonts import Face
from docparse.train.lines import FRAME, LineSample, draw_line, fit
from docparse.train.nano import nano_config
from docparse.train.run import schedule
from docparse.train.scan import scan
from docparse.train.tokenizer import SPECIAL, build_tokenizer
from docparse.train.tower import TowerRun, TowerStage
from docparse.train.typeset import Typeset, open_font, runs_of, set_across

EVERY = torch.arange(len(ALPHABET) + 1)


def small_shape() -> ModelConfig:
    data = nano_config(dict.fromkeys(SPECIAL, 0), 64)
    data["vision_config"] |= {"hidden_size": 32, "num_heads": 2, "intermediate_size": 32}
    data["vision_config"] |= {"depth": 2, "fullatt_block_indexes": [1]}
    return parse_config(data)


def samples(seed: int) -> list[LineSample]:
    noise = np.random.default_rng(seed)
    return [said(text, noise) for text in ("港の時計", "T123", "Shade")]


def said(text: str, noise: np.random.Generator) -> LineSample:
    """A line of noise that is said to hold the text, from left to right."""
    picture = noise.integers(0, 255, (28, 84), dtype=np.uint8)
    return LineSample(picture, text, tuple(84 * (i + 0.5) / len(text) for i in range(len(text))))


def test_every_character_is_one_token_and_comes_back() -> None:
    tokenizer = build_tokenizer(["harbour", "shade", "the"], num_pieces=8)
    assert all(len(tokenizer.encode(char).ids) == 1 for char in ALPHABET)
    text = "登録番号 T1234567890123 ｱｲｳ ㈱髙﨑 ①№ naïve ¥1,280"
    assert tokenizer.decode(tokenizer.encode(text).ids) == text
    assert tokenizer.encode("<|im_start|>").ids == [tokenizer.token_to_id("<|im_start|>")]


def test_a_scan_is_seeded() -> None:
    clean = Image.new("L", (200, 30), 255)
    clean.paste(0, (20, 8, 150, 22))
    pictures = [
        scan(
            clean, random.Random(seed), np.random.default_rng(seed), type_size=20, is_worn=True
        ).tobytes()
        for seed in (1, 1, 2, 3, 4, 5, 6)
    ]
    assert pictures[0] == pictures[1]
    assert len(set(pictures)) > 3


def test_rows_of_a_line_are_those_of_preprocessing() -> None:
    config = PixelConfig(min_pixels=28 * 28)
    for grey in (samples(0)[0].picture, samples(0)[0].picture.T.copy()):
        picture = Image.fromarray(grey).convert("RGB")
        expected = prepare_picture(picture, config).rows_NP
        rows = line_rows(torch.from_numpy(grey)[None], config)[0]
        torch.testing.assert_close(rows, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("vertical", [False, True])
@pytest.mark.parametrize("groups", [1, 4, 6, 9])
def test_lines_are_seen_as_the_whole_tower_sees_them(groups: int, vertical: bool) -> None:
    torch.manual_seed(0)
    tower = TowerRun(small_shape(), TowerStage(), Path("unused")).tower
    torch.nn.init.normal_(tower.merger.fc1.weight, std=0.1)
    rows = torch.randn(2, groups * 4, 588)
    size = (2 * groups, 2) if vertical else (2, 2 * groups)
    with torch.no_grad():
        expected = tower(list(rows), [(1, *size)] * 2)
        seen = encode_lines(tower, rows, vertical=vertical)
        torch.testing.assert_close(tower.merger(seen.flatten(0, 1)), expected)


def logits_for(numbers: list[int]) -> torch.Tensor:
    logits = torch.full((1, len(numbers), len(ALPHABET) + 1), -9.0)
    for frame, number in enumerate(numbers):
        logits[0, frame, number] = 9.0
    return logits


def test_frames_are_read_by_the_best_path() -> None:
    logits = logits_for([BLANK, 5, 5, BLANK, 5, 9, 9, BLANK])
    text = ALPHABET[4] + ALPHABET[4] + ALPHABET[8]
    assert read_lines(logits) == [text]
    read = read_greedily(logits)[0]
    assert [(char.first, char.last) for char in read] == [(1, 2), (4, 4), (5, 6)]
    assert all(0.99 < char.confidence <= 1 for char in read)
    right = ctc_loss(logits, [LineSample(np.zeros((28, 56), np.uint8), text, ())], EVERY)
    wrong = ctc_loss(logits, [LineSample(np.zeros((28, 56), np.uint8), "港" + text, ())], EVERY)
    assert right.item() < 0.01 < wrong.item()


def test_ctc_of_a_few_characters_is_that_of_all() -> None:
    torch.manual_seed(0)
    both = samples(1)[1:]
    logits = torch.randn(2, 18, len(ALPHABET) + 1, requires_grad=True)
    numbers = [[ALPHABET.index(char) + 1 for char in sample.text] for sample in both]
    expected = torch.nn.functional.ctc_loss(
        logits.log_softmax(-1).transpose(0, 1),
        torch.tensor([number for row in numbers for number in row]),
        torch.tensor([18, 18]),
        torch.tensor([len(row) for row in numbers]),
        reduction="sum",
    ) / sum(map(len, numbers))
    (gradient,) = torch.autograd.grad(expected, logits)
    ours = ctc_loss(logits, both, EVERY)
    torch.testing.assert_close(ours, expected)
    torch.testing.assert_close(torch.autograd.grad(ours, logits)[0], gradient)


def test_a_line_too_long_for_its_frames_teaches_nothing() -> None:
    logits = torch.randn(1, 3, len(ALPHABET) + 1, requires_grad=True)
    line = LineSample(np.zeros((28, 28), np.uint8), "abcd", ())
    loss = ctc_loss(logits, [line], EVERY)
    assert loss.item() == 0
    assert not torch.autograd.grad(loss, logits)[0].any()


def test_drawn_characters_stand_for_all_others() -> None:
    torch.manual_seed(0)
    head = CTCHead(8, len(ALPHABET))
    frames = torch.randn(3, 18, 8)
    whole = ctc_loss(head.classify(frames), samples(1), EVERY).item()
    drawn = []
    for seed in range(20):
        numbers, added = sample_characters(samples(1), seed, Rivals())
        assert len(numbers) == len(set(numbers.tolist()))
        logits = sampled_logits(head, frames, numbers, added)
        drawn.append(ctc_loss(logits, samples(1), numbers).item())
    assert sum(drawn) / len(drawn) == pytest.approx(whole, rel=0.01)
    assert len(ALPHABET) / 4 > ctc.OTHERS


def test_a_character_is_always_told_from_those_it_is_most_easily_taken_for() -> None:
    torch.manual_seed(0)
    head, rivals = CTCHead(16, len(ALPHABET)), Rivals()
    numbers = {char: ALPHABET.index(char) + 1 for char in "ブプA"}
    with torch.no_grad():
        head.classify.weight[numbers["ブ"]] = head.classify.weight[numbers["プ"]] * 2 + 0.01
    rivals.renew(head, lines=0)
    assert numbers["ブ"] == rivals.near_AR[numbers["プ"], 0]
    line = LineSample(np.zeros((28, 28), np.uint8), "プA", (1.0, 2.0))
    for seed in range(5):
        known, added = sample_characters([line], seed, rivals)
        place = known.tolist().index(numbers["ブ"])
        assert added[place] == 0
    kept = rivals.near_AR.clone()
    torch.nn.init.normal_(head.classify.weight)
    rivals.renew(head, lines=100)
    assert torch.equal(rivals.near_AR, kept)
    rivals.renew(head, lines=10**6)
    assert not torch.equal(rivals.near_AR, kept)


def test_places_teach_a_character_in_the_frame_of_its_centre() -> None:
    line = LineSample(np.zeros((28, 28), np.uint8), "ab", (FRAME * 1.5, FRAME * 4.2))
    a, b = ALPHABET.index("a") + 1, ALPHABET.index("b") + 1
    right = aligned_loss(logits_for([BLANK, a, BLANK, BLANK, b, BLANK]), [line], EVERY)
    wrong = aligned_loss(logits_for([BLANK, a, BLANK, b, BLANK, BLANK]), [line], EVERY)
    assert right.item() < 0.01 < wrong.item()


@pytest.mark.parametrize("vertical", [False, True])
def test_a_line_knows_where_its_characters_stand(vertical: bool) -> None:
    """A bar is drawn at the centre of the one character, and still is there in the sample."""
    picture = Image.new("L", (400, 56), 255)
    picture.paste(0, (300, 0, 304, 56))
    picture = picture.transpose(Image.Transpose.TRANSPOSE) if vertical else picture
    line = Typeset(picture, "|", (302.0,), vertical)
    coarse = picture.resize((picture.width // 2, picture.height // 2))
    for scanned in (picture, coarse):
        sample = fit(line, scanned)
        assert sample is not None
        along = sample.picture.mean(axis=1 if vertical else 0)
        assert along.argmin() == pytest.approx(sample.centres[0], abs=1.5)
        assert sample.length % 28 == 0


def test_half_of_the_latin_lines_are_kerned_and_have_ligatures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The weights before had seen none, and read "Off-budget" as "O-budget"."""
    font = tmp_path / "font.otf"
    font.write_bytes(pymupdf.Font("tiro").buffer)
    assert open_font(font, 0, 40, shaped=True).getlength("AV") < open_font(
        font, 0, 40, shaped=False
    ).getlength("AV")
    seen: list[bool] = []

    def open_it(path: Path, index: int, size: int, *, shaped: bool) -> ImageFont.FreeTypeFont:
        seen.append(shaped)
        return open_font(path, index, size, shaped=shaped)

    monkeypatch.setattr(typeset, "open_font", open_it)
    rng, noise = random.Random(1), np.random.default_rng(1)
    for text, least, most in (("office", 70, 130), ("2,048", 0, 0)):
        seen.clear()
        for _ in range(200):
            assert draw_line(text, Face(font, 0, frozenset()), rng, noise, look="clean")
        assert least <= sum(seen) <= most


def test_small_figures_are_drawn_small_and_read_as_the_alphabet_has_them(tmp_path: Path) -> None:
    font = tmp_path / "font.otf"
    font.write_bytes(pymupdf.Font("tiro").buffer)
    face = Face(font, 0, frozenset("mCOxy "))
    runs = runs_of("m² CO₂ x³⁴ y", face, 40, random.Random(1), ())
    assert [(run.text, run.says) for run in runs] == [
        ("m", "m"), ("2", "²"), (" CO", " CO"), ("2", "2"), (" x", " x"), ("34", "³4"),
        (" y", " y"),
    ]  # fmt: skip
    assert [(run.rise > 0) - (run.rise < 0) for run in runs] == [0, 1, 0, -1, 0, 1, 0]
    assert {run.font.size < 30 for run in runs if run.rise} == {True}
    line = set_across(runs, random.Random(1))
    assert line is not None and line.text == "m² CO2 x³4 y"
    assert len(line.centres) == len(line.text)
    assert list(line.centres) == sorted(line.centres)


def test_small_letters_of_small_capitals_are_low_capitals_and_read_as_capitals(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(typeset, "SMALL_CAPITALS", 1.0)
    monkeypatch.setattr(typeset, "SHAPED", 1.0)
    font = tmp_path / "font.otf"
    font.write_bytes(pymupdf.Font("tiro").buffer)
    runs = runs_of("The Café", Face(font, 0, frozenset()), 40, random.Random(1), ())
    assert [run.says for run in runs] == ["T", "HE", " C", "AFÉ"]
    assert [run.font.size < 35 for run in runs] == [False, True, False, True]


def test_some_lines_are_letter_spaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The weights before had seen none, and read "THE TERRA-COTTA" as "Tut rex.corrx"."""
    font = tmp_path / "font.otf"
    font.write_bytes(pymupdf.Font("tiro").buffer)
    runs = runs_of("a TERRA COTTA", Face(font, 0, frozenset()), 40, random.Random(1), ())
    monkeypatch.setattr(typeset, "TRACKED", (0,))
    monkeypatch.setattr(typeset, "SPACED", 0.0)
    close = set_across(runs, random.Random(1))
    monkeypatch.setattr(typeset, "SPACED", 1.0)
    spaced = set_across(runs, random.Random(1))
    assert close and spaced and spaced.picture.width > 1.3 * close.picture.width
    at = spaced.centres
    assert at[8] - at[6] > 1.7 * (at[6] - at[2]) / 4
    assert len(spaced.centres) == len(spaced.text)


def test_lines_of_a_batch_do_not_see_each_other() -> None:
    torch.manual_seed(0)
    run = TowerRun(small_shape(), TowerStage(), Path("unused"))
    rows = torch.randn(3, 12, 588)
    with torch.no_grad():
        together = run.head(encode_lines(run.tower, rows, vertical=False), vertical=False)
        alone = run.head(encode_lines(run.tower, rows[1:2], vertical=False), vertical=False)
    assert together.shape == (3, 18, len(ALPHABET) + 1)
    torch.testing.assert_close(together[1:2], alone, rtol=1e-4, atol=1e-4)


def test_a_killed_run_goes_on_as_if_it_was_not(tmp_path: Path) -> None:
    stage = TowerStage(lines=60, warm_up=5, aligned=6, rate=3e-3)
    whole = TowerRun(small_shape(), stage, tmp_path / "a")
    losses = [whole.step(samples(i % 2)) for i in range(8)]
    first = TowerRun(small_shape(), stage, tmp_path / "b")
    halves = [first.step(samples(i % 2)) for i in range(3)]
    first.save()
    second = TowerRun(small_shape(), stage, tmp_path / "b")
    assert second.load()
    halves += [second.step(samples(i % 2)) for i in range(3, 8)]
    assert halves == losses
    assert losses[-1] < losses[3]


def test_the_rate_rises_stays_and_falls_to_zero() -> None:
    stage = TowerStage(lines=1000, warm_up=100, rate=1.0)
    assert schedule(0, stage) == 0.01
    assert schedule(100, stage) == 1.0
    assert schedule(550, stage) == pytest.approx(0.5)
    assert schedule(1000, stage) == 0.0


def test_the_head_has_three_frames_for_each_column() -> None:
    head = CTCHead(16, 20)
    for vertical in (False, True):
        assert head(torch.zeros(2, 5, 4, 16), vertical=vertical).shape == (2, 30, 21)
