"""Leaders: their dots are counted, and only what stands before and behind them is read."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import PIL.Image
import PIL.ImageDraw
import PIL.ImageFont
import pytest

from docparse.engines.lines import LineText
from docparse.reading.leaders import read_parts
from docparse.textlines.find import find_lines

FONT = PIL.ImageFont.load_default(30)


class Numbering:
    """Says of each picture which one it is, and notes how wide they are."""

    name = "numbering"

    def __init__(self) -> None:
        self.widths: list[int] = []

    def read(self, pictures: Sequence[PIL.Image.Image]) -> list[LineText]:
        self.widths += [picture.width for picture in pictures]
        return [
            LineText("ABCDEF"[number], (0.9,), ((0.0, 1.0),), "model")
            for number in range(len(pictures))
        ]


def read(*rows: list[tuple[int, str] | tuple[int, int, int, int]]) -> tuple[list[str], list[int]]:
    """What is said of rows of words, at x, and of dots: x of the first, how many, step, height
    above the foot of the letters. And the widths of the pictures that were read."""
    page = PIL.Image.new("L", (1000, 100 + 60 * len(rows)), 255)
    draw = PIL.ImageDraw.Draw(page)
    for number, row in enumerate(rows):
        foot = 100 + 60 * number
        for piece in row:
            if len(piece) == 2:
                draw.text((piece[0], foot), piece[1], fill=0, font=FONT, anchor="ls")
                continue
            x, count, step, above = piece
            for dot in range(count):
                left = x + step * dot
                draw.rectangle((left, foot - above - 4, left + 3, foot - above - 1), fill=0)
    sheet = find_lines(np.asarray(page))
    reader = Numbering()
    lines = sorted(sheet.lines, key=lambda line: line.bbox.y0)
    found = read_parts(sheet, lines, reader)
    for line, text in zip(lines, found, strict=True):
        assert all(a <= b for span in pairwise(text.spans) for a, b in (span[0], span[1]))
        assert all(a[1] <= b[0] + 1e-9 for a, b in pairwise(text.spans))
        if text.text.startswith("A"):
            start = sheet.along(line, text.spans[0][0])
            assert start == pytest.approx(line.bbox.x0, abs=6)
    return [text.text for text in found], reader.widths


def test_what_stands_before_and_behind_a_leader_is_read_alone() -> None:
    texts, widths = read([(100, "Dragon"), (220, 40, 9, 0), (600, "10")], [(100, "Plain text")])
    assert texts == [f"A {'.' * 40} B", "C"]
    assert all(width < 160 for width in widths)


def test_a_leader_may_begin_a_line_and_have_text_on_both_sides() -> None:
    texts, _ = read(
        [(100, 30, 9, 0), (368, "27")],
        [(100, "Ghoul"), (190, 12, 9, 0), (310, "11"), (350, 9, 9, 0), (445, "12")],
    )
    assert texts == [f"{'.' * 30} A", f"B {'.' * 12} C {'.' * 9} D"]


def test_dots_in_the_middle_are_middle_dots_or_ellipses() -> None:
    texts, _ = read(
        [(100, "Halla"), (190, 8, 20, 11), (350, "9")],
        [(100, "Halla"), (185, 12, 9, 11), (300, "9")],
    )
    assert texts == ["A ・・・・・・・・ B", "C ………… D"]


def test_a_few_dots_and_dots_apart_are_left_to_the_reader() -> None:
    """An ellipsis, and full stops of sentences."""
    texts, _ = read(
        [(100, "And so"), (200, 4, 9, 0), (300, "on")],
        [(100, "a. b. c. d. e. f. g.")],
        [(100, 60, 9, 0)],
    )
    assert not any("." in text for text in texts)


def test_a_lone_page_number_is_no_wide_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def wide(self: Numbering, pictures: Sequence[PIL.Image.Image]) -> list[LineText]:
        return [LineText(text, (0.9,), ((0.0, 1.0),), "model") for text in ("D", "９")]

    monkeypatch.setattr(Numbering, "read", wide)
    texts, _ = read([(100, "Demon"), (220, 10, 9, 0), (320, "9")])
    assert texts == ["D .......... 9"]


def test_wide_set_dots_tie_what_they_lead_from_to_the_page_number() -> None:
    """Dots a letter apart are in no line by themselves, and the number would be one alone."""
    rows = [[(100, name), (195, 15, 28, 11), (620, "12")] for name in ("Halla", "Otter", "Shade")]
    texts, _ = read(*rows)
    assert texts == [f"{a} {'・' * 15} {b}" for a, b in ("AB", "CD", "EF")]


def test_dots_behind_a_rule_tie_nothing() -> None:
    page = PIL.Image.new("L", (1000, 400), 255)
    draw = PIL.ImageDraw.Draw(page)
    for y in (100, 200, 300):
        draw.text((100, y), "Halla", fill=0, font=FONT, anchor="ls")
        draw.text((630, y), "12", fill=0, font=FONT, anchor="ls")
        for x in range(195, 600, 28):
            draw.rectangle((x, y - 15, x + 3, y - 12), fill=0)
    draw.line((180, 60, 180, 330), fill=0, width=3)
    draw.line((612, 60, 612, 330), fill=0, width=3)
    assert len([line for line in find_lines(np.asarray(page)).lines if len(line.members) > 1]) == 6
