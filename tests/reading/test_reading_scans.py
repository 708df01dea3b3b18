"""Pages read from their pixels, with a reader that knows what it will be shown."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import PIL.Image
import PIL.ImageDraw
import PIL.ImageFont
import pytest
from rapidfuzz import fuzz

from docparse.engines.lines import LineText
from docparse.engines.readers import ComingReader, SurerReader
from docparse.errors import MissingEngineError
from docparse.evidence.align import mean_confidence
from docparse.evidence.confidence import confidence_of_reading
from docparse.pages.native import render
from docparse.pages.open import open_source
from docparse.pages.page import PageInput
from docparse.reading import read_lines
from docparse.reading.lines import read_page
from docparse.reading.scans import ScanReading, _is_sliver
from docparse.textlines.find import TextLine
from docparse.types import BBox, FormField

LINES = ["The gauge is read", "before the first", "boat leaves the bay"]


@dataclass
class Script:
    """Says the next of its lines for each picture, from top to bottom, evenly spread."""

    lines: list[str]
    confidence: float = 0.95
    name: str = "script"
    seen: list[PIL.Image.Image] = field(default_factory=list)

    def read(self, pictures: Sequence[PIL.Image.Image]) -> list[LineText]:
        self.seen += pictures
        return [text_of(line, self.confidence) for line, _ in zip(self.lines, pictures)]  # noqa: B905


DATA = Path(__file__).parents[3] / "shared" / "data"


def text_of(line: str, confidence: float) -> LineText:
    spans = tuple((i / len(line), (i + 1) / len(line)) for i in range(len(line)))
    return LineText(line, (confidence,) * len(line), spans, "model")


def page_of(picture: PIL.Image.Image) -> PageInput:
    return PageInput(
        number=1, width=picture.width, height=picture.height, dpi=200, rotation=0,
        layer="none", picture=picture,
    )  # fmt: skip


def written(lines: Sequence[str]) -> PIL.Image.Image:
    page = PIL.Image.new("RGB", (1000, 800), "white")
    font = PIL.ImageFont.load_default(30)
    for number, line in enumerate(lines):
        PIL.ImageDraw.Draw(page).text((100, 100 + 45 * number), line, fill=0, font=font)
    return page


def test_a_page_of_hundreds_of_inches_is_laid_out_like_any_other() -> None:
    """As `ocr_lines/ocrmypdf/poster.pdf`: a picture on a page of 18,000 by 36,000 points."""
    usual = ScanReading(Script(LINES)).read(page_of(written(LINES)))
    page = ScanReading(Script(LINES)).read(replace(page_of(written(LINES)), dpi=2.0))
    assert [(b.kind, b.text) for b in page.blocks] == [(b.kind, b.text) for b in usual.blocks]
    assert page.dpi == 2.0


def test_lines_become_a_block_with_words_where_they_stand() -> None:
    page = ScanReading(Script(LINES)).read(page_of(written(LINES)))
    assert {block.source for block in page.blocks} == {"model"}
    words = page.blocks[0].words
    assert [w.confidence for w in words] == [
        pytest.approx(confidence_of_reading([0.95] * len(w.text), "model")) for w in words
    ]
    assert page.blocks[0].confidence == pytest.approx(mean_confidence(words))
    words = [word for block in page.blocks for word in block.words]
    assert [word.text for word in words] == " ".join(LINES).split()
    font = PIL.ImageFont.load_default(30)
    draw = PIL.ImageDraw.Draw(PIL.Image.new("L", (1, 1)))
    x0, _, x1, _ = draw.textbbox((100, 100), "The gauge", font=font)
    gauge = words[1].bbox
    assert x0 <= gauge.x0 and abs(gauge.x1 - x1) <= 4
    assert page.complete


def test_what_is_read_without_certainty_is_noted_not_shown() -> None:
    page = ScanReading(Script(LINES, confidence=0.3)).read(page_of(written(LINES)))
    assert not page.complete
    assert [note.code for note in page.notes] == ["needs-reading"]
    assert not any(block.text for block in page.blocks)


def test_a_page_that_is_hardly_read_says_so() -> None:
    """As pages in Hebrew and Hindi, which came out as letters without sense, and without a word."""
    page = ScanReading(Script(LINES, confidence=0.75)).read(page_of(written(LINES)))
    assert not page.complete
    (note,) = page.notes
    assert note.code == "needs-reading" and "--model" in note.message
    assert LINES[0] in page.blocks[0].text
    poor = ScanReading(Script(LINES, confidence=0.88)).read(page_of(written(LINES)))
    assert poor.notes == ()
    mixed = ScanReading(Doubtful(LINES, doubt=0.75)).read(page_of(written(LINES)))
    assert mixed.notes == ()


@dataclass
class Doubtful(Script):
    """Is not sure of its second line."""

    doubt: float = 0.2

    def read(self, pictures: Sequence[PIL.Image.Image]) -> list[LineText]:
        texts = super().read(pictures)
        return [*texts[:1], *(text_of(t.text, self.doubt) for t in texts[1:2]), *texts[2:]]


def test_a_line_that_was_left_out_is_noted_where_it_stands() -> None:
    page = ScanReading(Doubtful(LINES)).read(page_of(written(LINES)))
    assert page.complete
    assert LINES[1] not in " ".join(block.text for block in page.blocks)
    (note,) = page.notes
    assert note.code == "unclear-text" and LINES[1] in note.message
    assert note.bbox is not None and abs(note.bbox.y0 - 150) < 12


class Short(Script):
    """Is not sure of short lines."""

    def read(self, pictures: Sequence[PIL.Image.Image]) -> list[LineText]:
        texts = super().read(pictures)
        return [text_of(t.text, 0.2) if len(t.text) < 4 else t for t in texts]


def test_many_lines_that_were_left_out_have_one_note() -> None:
    """As the dirt of `ocr_lines/tesseract/8071_093.3B.tif`, which had a note for each speck."""
    lines = [LINES[0]] * 5 + ["abc"] * 9
    (note,) = ScanReading(Short(lines)).read(page_of(written(lines))).notes
    assert note.code == "unclear-text" and "9 places" in note.message and "'abc'" in note.message
    assert note.bbox is not None and note.bbox.height > 8 * 45


def test_a_half_read_line_as_high_as_the_others_is_kept() -> None:
    page = ScanReading(Doubtful(LINES, doubt=0.45)).read(page_of(written(LINES)))
    assert LINES[1] in " ".join(block.text for block in page.blocks)
    assert page.notes == ()


class Guessing(Script):
    """Sure of what lies on white paper, and sees letters in dark pictures, one of them surely."""

    def read(self, pictures: Sequence[PIL.Image.Image]) -> list[LineText]:
        kept, seen = iter(self.lines), iter([("noise", 0.6), ("9", 0.98), ("noise", 0.6)])
        is_photo = [picture.width < 100 for picture in pictures]
        return [text_of(*next(seen)) if p else text_of(next(kept), 0.95) for p in is_photo]


def test_letters_seen_in_a_photograph_are_left_out() -> None:
    page = written(LINES)
    draw = PIL.ImageDraw.Draw(page)
    draw.rectangle((500, 400, 920, 700), fill=(120, 120, 120))
    for x, y in ((540, 450), (700, 520), (600, 610)):
        draw.text((x, y), "oo", fill=0, font=PIL.ImageFont.load_default(30))
    lines = ScanReading(Guessing(LINES)).lines(page_of(page))
    assert [line.text for line in lines] == LINES


def test_a_photograph_is_a_figure() -> None:
    """Those that the layout model does not see, most of old magazines, were lost."""
    page = written(LINES)
    PIL.ImageDraw.Draw(page).rectangle((500, 400, 920, 700), fill=(60, 60, 60))
    blocks = ScanReading(Script(LINES)).read(page_of(page)).blocks
    (figure,) = [block for block in blocks if block.kind == "figure"]
    assert figure.bbox.iou(BBox(500, 400, 920, 700)) > 0.85


def test_a_seal_is_a_block_and_no_text() -> None:
    page = written(LINES)
    draw = PIL.ImageDraw.Draw(page)
    draw.rectangle((600, 90, 700, 190), outline=(200, 40, 30), width=4)
    draw.text((625, 110), "XX", fill=(200, 40, 30), font=PIL.ImageFont.load_default(35))
    blocks = ScanReading(Script(LINES)).read(page_of(page)).blocks
    assert [b.kind for b in blocks if b.kind == "seal"] == ["seal"]
    assert " ".join(b.text for b in blocks if b.text) == " ".join(LINES)


def test_fields_of_a_scanned_form_say_their_values_themselves() -> None:
    field = FormField("town", "Kobe", BBox(90, 140, 500, 185), "text")
    page = replace(page_of(written(LINES)), fields=(field,))
    blocks = ScanReading(Script([LINES[0], LINES[2]])).read(page).blocks
    assert [(b.label, b.text) for b in blocks if b.kind == "form-field"] == [("town", "Kobe")]
    assert " ".join(b.text for b in blocks if b.label != "town") == f"{LINES[0]} {LINES[2]}"


def test_a_page_without_text_says_so() -> None:
    page = ScanReading(Script([])).read(page_of(written([])))
    assert [note.code for note in page.notes] == ["no-text"]
    assert page.complete


def test_two_letters_seen_in_a_drawing_are_no_page_of_text() -> None:
    """As `gnarly/samplefiles/grayscale-image.pdf`, a scout drawn on black."""
    page = ScanReading(Script(["oo"], confidence=0.2)).read(page_of(written(["oo"])))
    assert [note.code for note in page.notes] == ["no-text", "unclear-text"]
    assert page.complete


def test_without_a_reader_the_page_needs_reading() -> None:
    page = read_page(page_of(written(LINES)), "off")
    assert [note.code for note in page.notes] == ["needs-reading"]
    assert "--reader off" in page.notes[0].message


def test_the_surer_of_two_readers_wins_line_by_line() -> None:
    first, second = Script(["abc", "def"], 0.6), Script(["abd"], 0.9)
    picture = PIL.Image.new("L", (60, 28), 255)
    both = SurerReader(first, second)
    assert [text.text for text in both.read([picture])] == ["abd"]
    sure = SurerReader(Script(["abc"], 0.99), second)
    second.seen.clear()
    assert [text.text for text in sure.read([picture])] == ["abc"]
    assert second.seen == []


@pytest.mark.parametrize(
    ("first", "second", "read"),
    [
        ("常動監査役", "常勤監查役", "常勤監査役"),  # 查 is not Japanese
        ("財産により・、5名", "財產によリ·、5名", "財産により・、5名"),
        ("金額は0円", "金額はO円", "金額は0円"),
        ("国查の", "国査の", "国査の"),
        ("より良い", "、よリ良い", "、より良い"),
        ("談当", "該当事項", "該当事項"),
    ],
)
def test_the_forms_of_characters_are_those_of_our_own_reader(
    first: str, second: str, read: str
) -> None:
    both = SurerReader(Script([first], 0.6), Script([second], 0.9))
    picture = PIL.Image.new("L", (60, 28), 255)
    assert [text.text for text in both.read([picture])] == [read]


def test_a_reader_is_waited_for_by_who_asks_it_and_not_before() -> None:
    go = threading.Event()

    def load() -> Script:
        assert go.wait(60)
        return Script(["abc"])

    coming = ComingReader("script", load)
    go.set()
    assert [text.text for text in coming.read([PIL.Image.new("L", (60, 28), 255)])] == ["abc"]

    def fail() -> Script:
        raise MissingEngineError("there is none", "install one")

    missing = ComingReader("script", fail)
    for _ in range(2):
        with pytest.raises(MissingEngineError, match="there is none"):
            missing.read([])


def test_lines_of_scans_are_anchors_and_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    script = Script(LINES)
    monkeypatch.setattr(read_lines, "scan_reading", lambda name: ScanReading(script))
    load = read_lines.with_lines(lambda key: page_of(written(LINES)), "auto")
    page = load(1)
    assert load(1).lines == page.lines
    assert len(script.seen) == len(LINES)
    assert page.layer == "good"
    head, *anchors = read_lines.line_anchors(page).splitlines()
    assert head == "Page dimensions: 360.0x288.0"
    assert [anchor.partition("]")[2] for anchor in anchors] == LINES
    x, y = map(int, anchors[0].partition("]")[0].strip("[").split("x"))
    assert (x, y) == (pytest.approx(36, abs=2), pytest.approx(288 - 48, abs=6))


def test_a_line_text_whose_parts_do_not_fit_is_an_error() -> None:
    with pytest.raises(ValueError, match="2 characters"):
        LineText("ab", (0.5,), ((0.0, 1.0),), "ocr")


@pytest.fixture(scope="module")
def rapid() -> ScanReading:
    pytest.importorskip("rapidocr", reason="docparse[ocr] is not installed")
    from docparse.engines.rapid import RapidReader

    return ScanReading(RapidReader())


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_a_turned_page_is_read_and_its_boxes_stay(rapid: ScanReading, turn: int) -> None:
    page = rapid.read(page_of(written(LINES).rotate(turn, expand=True)))
    assert " ".join(block.text for block in page.blocks).split() == " ".join(LINES).split()
    box = page.blocks[0].bbox
    upright = {0: box.x0, 90: page.height - box.y1, 180: page.width - box.x1, 270: box.y0}
    assert upright[turn] == pytest.approx(100, abs=8)


@pytest.mark.skipif(not DATA.is_dir(), reason="../shared/data is not there")
def test_a_page_on_its_head_is_turned_though_its_letters_look_like_others() -> None:
    from docparse.engines.readers import load_reader

    reader = load_reader("nano")
    assert reader is not None
    file = DATA / "ocr_lines" / "ocrmypdf" / "cardinal.pdf"
    with open_source(file, name=file.name) as source:
        whole = render(source.page(3))
    # Half of the page shows the same in half of the time.
    half = whole.crop((0, whole.height // 2, *whole.size))
    page = ScanReading(reader).read(page_of(half))
    text = " ".join(block.text for block in page.blocks)
    # a letter or two of a fax are read in another way by each set of weights
    said = "The LinnSequencer is a state-of-the-art composition and performance"
    assert fuzz.partial_ratio(said, text) > 90


@pytest.mark.parametrize(
    ("text", "height", "is_piece"),
    [
        ("ins ina", 4, True),
        ("4 ...", 4, True),
        ("一", 2, False),
        ("...", 3, False),
        ("in", 9, False),
    ],
)
def test_a_piece_of_a_broken_rule_is_no_text(text: str, height: int, is_piece: bool) -> None:
    """Those of the pale rules of a photographed invoice were read with certainty."""
    lying = TextLine(BBox(500, 300, 530, 300 + height), False, False, ())
    standing = TextLine(BBox(500, 300, 500 + height, 330), True, False, ())
    for line in (lying, standing):
        assert _is_sliver(line, text_of(text, 0.8), 21.0) == is_piece


def test_what_is_as_low_as_a_rule_is_no_vertical_line() -> None:
    """The edge of a dark page was read as "nnneennneommme", downwards."""
    rule = TextLine(BBox(500, 300, 553, 302), True, False, ())
    assert _is_sliver(rule, text_of("nnneennneommme", 0.5), 21.0)
    lone = TextLine(BBox(500, 300, 503, 320), False, False, ())
    assert not _is_sliver(lone, text_of("l", 0.9), 21.0)


def test_a_hole_punched_for_a_file_is_no_text_whatever_it_looks_like() -> None:
    """As in `samples/scan.pdf`, where it looked like ⑲ or @."""
    picture = PIL.Image.new("RGB", (1654, 2339), "white")
    picture.paste(written(LINES))
    PIL.ImageDraw.Draw(picture).ellipse((20, 400, 60, 440), fill=80)
    for confidence in (0.95, 0.6):
        hole = Script(["⑲", *LINES], confidence)
        page = ScanReading(hole).read(page_of(picture))
        assert hole.seen[0].width == hole.seen[0].height
        assert "⑲" not in "".join(block.text for block in page.blocks)
        assert not any("⑲" in note.message for note in page.notes)


@pytest.mark.parametrize(("confidence", "is_told"), [(0.55, False), (0.9, True)])
def test_a_rule_set_in_signs_is_no_text(confidence: float, is_told: bool) -> None:
    """A receipt's ===== in a poor scan was read as 8 88 a8; small figures are surer than that."""
    picture = written(LINES)
    draw = PIL.ImageDraw.Draw(picture)
    for x in range(40, 220, 12):
        draw.rectangle((x, 470, x + 8, 481), outline=0)
    page = ScanReading(Script(["8" * 15, *LINES], confidence)).read(page_of(picture))
    assert ("88" in "".join(block.text for block in page.blocks)) == is_told


def test_a_comma_alone_is_no_text_but_one_beside_a_letter_is() -> None:
    """As below the signature of `samples/scan.pdf`."""
    picture = written(LINES)
    draw, font = PIL.ImageDraw.Draw(picture), PIL.ImageFont.load_default(90)
    draw.text((500, 400), ",", fill=0, font=font)
    page = ScanReading(Script([*LINES, ","])).read(page_of(picture))
    assert "," not in "".join(block.text for block in page.blocks)
    draw.rectangle((400, 470, 440, 499), fill=0)
    page = ScanReading(Script([*LINES, "国", ","])).read(page_of(picture))
    assert "," in "".join(block.text for block in page.blocks)


def test_what_is_dark_within_the_page_is_no_hole() -> None:
    picture = PIL.Image.new("RGB", (1654, 2339), "white")
    picture.paste(written(LINES))
    PIL.ImageDraw.Draw(picture).ellipse((800, 1400, 840, 1440), fill=80)
    page = ScanReading(Script([*LINES, "国"], 0.95)).read(page_of(picture))
    assert "国" in "".join(block.text for block in page.blocks)


def test_a_table_cut_out_of_a_page_is_a_table_where_it_stands() -> None:
    picture = PIL.Image.new("RGB", (600, 230), "white")
    draw, font = PIL.ImageDraw.Draw(picture), PIL.ImageFont.load_default(22)
    draw.text((20, 12), "Losses of the year", fill=0, font=font)
    rows = [("Asset", "Loss"), ("Goodwill", "233"), ("Shops", "196"), ("Total", "428")]
    for number, texts in enumerate(rows):
        y = 52 + 40 * number
        draw.line((20, y, 520, y), fill=0, width=2)
        for text, x in zip(texts, (30, 330), strict=True):
            draw.text((x, y + 8), text, fill=0, font=font)
    for line in ((20, 212, 520, 212), *((x, 52, x, 212) for x in (20, 320, 520))):
        draw.line(line, fill=0, width=2)
    page = read_page(page_of(picture), "nano")
    (table,) = [block for block in page.blocks if block.kind == "table"]
    assert table.table is not None
    assert [cell.text for cell in table.table.cells] == [text for row in rows for text in row]
    wanted = BBox(20, 52, 520, 212)
    assert table.bbox.iou(wanted) > 0.95
    assert page.blocks[0].text == "Losses of the year"
