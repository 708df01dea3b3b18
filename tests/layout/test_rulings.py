"""Rules and shades read from graphics or seen in a picture, and the ruled tables of a page."""

from __future__ import annotations

import time
from collections.abc import Iterable

import PIL.Image
import PIL.ImageDraw
import pymupdf
import pytest
from tables_sheet import DPI, SCALE, Sheet

from docparse.layout.rulings import Rule, read_rulings, seen_rulings
from docparse.layout.tables import ruled_regions
from docparse.pages.page import PageInput
from docparse.types import BBox

WIDTH, HEIGHT = 400, 300


def painted(content: str, *, rotation: int = 0) -> PageInput:
    """A page of 400 by 300 points with a content stream; y counts from the bottom there."""
    document = pymupdf.open()
    page = document.new_page(width=WIDTH, height=HEIGHT)
    xref = document.get_new_xref()
    document.update_object(xref, "<<>>")
    document.update_stream(xref, content.encode())
    page.set_contents(xref)
    page.set_rotation(rotation)
    whole = pymupdf.open(stream=document.tobytes(), filetype="pdf")[0]
    width, height = round(whole.rect.width * SCALE), round(whole.rect.height * SCALE)
    return PageInput(1, width, height, DPI, rotation, "good", pdf_page=whole)


def tables_of(page: PageInput) -> tuple[BBox, ...]:
    return ruled_regions(page, read_rulings(page))


def points(rules: Iterable[Rule]) -> list[tuple[int, int, int]]:
    return [(round(r.at / SCALE), round(r.start / SCALE), round(r.end / SCALE)) for r in rules]


@pytest.mark.parametrize(
    ("content", "across", "down"),
    [
        ("1 w 50 50 m 350 50 l S", 1, 0),
        ("50 50 300 1 re f", 1, 0),
        ("1 w 50 50 300 100 re S", 2, 2),
        ("1 w [3 3] 0 d 50 50 m 350 50 l S", 1, 0),
        (" ".join(f"{50 + 3 * i} 50 1 1 re" for i in range(60)) + " f", 1, 0),
        (" ".join(f"50 {50 + 3 * i} 1 1 re" for i in range(60)) + " f", 0, 1),
        ("1 w 50 50 m 150 50 l S 150 50 m 350 50 l S", 1, 0),
        ("1 w 50 50 m 150 50 l S 170 50 m 350 50 l S", 2, 0),
        ("1 w 50 50 m 350 90 l S", 0, 0),
        ("1 w 60 60 m 70 90 100 90 120 60 c S", 0, 0),
        ("1 G 1 w 50 50 m 350 50 l S", 0, 0),
        ("0.5 g 40 40 320 60 re f 1 G 1 w 50 70 m 350 70 l S", 1, 0),
    ],
)
def test_what_counts_as_a_rule(content: str, across: int, down: int) -> None:
    rulings = read_rulings(painted(content))
    assert (len(rulings.horizontal), len(rulings.vertical)) == (across, down)


def test_filled_areas_are_shades() -> None:
    rulings = read_rulings(painted("0.8 g 50 200 300 40 re f"))
    assert not rulings.horizontal
    shade = rulings.shades[0]
    assert (shade.x0, shade.y0, shade.x1, shade.y1) == (100, 120, 700, 200)


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_rules_lie_where_the_turned_page_shows_them(rotation: int) -> None:
    page = painted("1 w 50 240 m 350 240 l S 120 200 m 120 240 l S", rotation=rotation)
    drawn = read_rulings(page)
    seen = seen_rulings(page, BBox(0, 0, page.width, page.height))
    for found, shown in ((drawn.horizontal, seen.horizontal), (drawn.vertical, seen.vertical)):
        assert len(found) == len(shown) == 1
        pairs = zip(points(found)[0], points(shown)[0], strict=True)
        assert all(abs(a - b) <= 2 for a, b in pairs)


def test_rules_are_seen_in_a_picture_and_writing_is_not() -> None:
    picture = PIL.Image.new("RGB", (800, 600), "white")
    draw = PIL.ImageDraw.Draw(picture)
    draw.line((100, 120, 700, 120), fill="black", width=2)
    draw.line((300, 120, 300, 400), fill="black", width=2)
    draw.text((120, 200), "words that are no rules", fill="black")
    page = PageInput(1, 800, 600, DPI, 0, "none", picture=picture)
    seen = seen_rulings(page, BBox(0, 0, 800, 600))
    assert points(seen.horizontal) == [(60, 50, 350)]
    assert [round(rule.at / SCALE) for rule in seen.vertical] == [150]


def test_a_ruled_table_is_found() -> None:
    sheet = Sheet().lattice((50, 150, 250), (50, 70, 90))
    sheet.text(60, 64, "one").text(160, 64, "two").text(60, 84, "three").text(160, 84, "four")
    (found,) = tables_of(sheet.read())
    wanted = (50 * SCALE, 50 * SCALE, 250 * SCALE, 90 * SCALE)
    box = (found.x0, found.y0, found.x1, found.y1)
    assert all(abs(a - b) <= 3 for a, b in zip(box, wanted, strict=True))


def framed_page() -> Sheet:
    sheet = Sheet().lattice((5, 495), (5, 395))
    return sheet.text(60, 64, "a page in a frame").text(60, 84, "is no table")


def boxed_paragraph() -> Sheet:
    sheet = Sheet().lattice((50, 300), (50, 100))
    return sheet.text(60, 64, "a paragraph in").text(60, 84, "a box is no table")


def plot() -> Sheet:
    sheet = Sheet().lattice((50, 100, 150, 200), (50, 100, 150, 200))
    return sheet.text(30, 54, "10").text(30, 104, "5").text(90, 215, "2001").text(140, 215, "2002")


def form() -> Sheet:
    sheet = Sheet()
    for y in (60, 90, 120, 150):
        sheet.text(50, y, "Name").across(y + 2, 90, 300)
    return sheet


@pytest.mark.parametrize("sheet", [framed_page, boxed_paragraph, plot, form])
def test_what_is_no_ruled_table(sheet: object) -> None:
    assert callable(sheet)
    assert tables_of(sheet().read()) == ()


def test_a_drawing_of_many_paths_gives_nothing_and_takes_no_time() -> None:
    page = painted("".join(f"{i % 390} {i % 290} 3 0.5 re f " for i in range(100_000)))
    start = time.process_time()
    assert tables_of(page) == ()
    assert time.process_time() - start < 5
