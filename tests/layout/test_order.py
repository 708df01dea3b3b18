"""The order in which boxes of a page are read, drawn as small maps of the page."""

from __future__ import annotations

import pytest

from docparse.layout.order import reading_order
from docparse.types import BBox

EM = 20.0


def boxes_of(drawing: str) -> tuple[list[BBox], list[int], str]:
    """Boxes of a drawing in which each letter fills the cells of one box, 40 x 40 pixels each."""
    lines = drawing.strip("\n").splitlines()
    cells: dict[str, list[tuple[int, int]]] = {}
    for row, line in enumerate(lines):
        for column, letter in enumerate(line):
            if letter not in " .":
                cells.setdefault(letter, []).append((column, row))
    letters = "".join(sorted(cells))
    boxes = []
    for letter in letters:
        columns = [c for c, _ in cells[letter]]
        rows = [r for _, r in cells[letter]]
        boxes.append(
            BBox(
                min(columns) * 40,
                min(rows) * 40 + 4,
                max(columns) * 40 + 40,
                max(rows) * 40 + 36,
            )
        )
    num_rows = [(box.height + 8) // 40 * 2 for box in boxes]
    return boxes, num_rows, letters


@pytest.mark.parametrize(
    "drawing",
    [
        # two columns under a title
        "AAAAAAAAA\n.........\nBBBB.DDDD\nBBBB.DDDD\nCCCC.EEEE\nCCCC.EEEE",
        # a figure over both columns parts them
        "AAAA.BBBB\nAAAA.BBBB\n.........\nCCCCCCCCC\nCCCCCCCCC\n.........\nDDDD.EEEE\nDDDD.EEEE",
        # paragraphs of both columns that end level are no rows
        "AAAA.DDDD\nAAAA.DDDD\n.........\nBBBB.EEEE\nBBBB.EEEE\n.........\nCCCC.FFFF",
        # three columns
        "AAA.CCC.EEE\nAAA.CCC.EEE\nBBB.DDD.FFF\nBBB.DDD.FFF",
        # the left column goes on below the end of the right one
        "AAAA.DDDD\nAAAA.DDDD\n.........\nBBBB.....\n.........\nCCCC.....\nCCCC.....",
        # both columns go round a picture, which was told between their parts
        "AAAA.DDDD\nAAAA.DDDD\nBB.GGG.EE\nBB.GGG.EE\nBB.GGG.EE\nCCCC.FFFF\nCCCC.FFFF",
    ],
)
def test_boxes_are_read_in_the_order_of_the_alphabet(drawing: str) -> None:
    boxes, num_rows, letters = boxes_of(drawing)
    order = reading_order(boxes, em=EM, num_rows=num_rows)
    assert "".join(letters[index] for index in order) == letters


def test_a_figure_may_reach_into_the_gutter() -> None:
    # Its box ends three pixels before the right column, as on page 2 of samples/report.pdf.
    boxes = [
        BBox(155, 663, 797, 757),
        BBox(163, 795, 854, 1183),
        BBox(155, 1289, 797, 1452),
        BBox(857, 663, 1499, 826),
        BBox(862, 841, 1499, 1198),
        BBox(857, 1208, 1499, 1302),
    ]
    assert reading_order(boxes, em=25.0, num_rows=[4, 9, 6, 6, 12, 4]) == list(range(6))


def test_a_heading_at_the_foot_of_a_longer_column_stays_in_it() -> None:
    boxes = [
        BBox(155, 663, 797, 1998),
        BBox(155, 2039, 553, 2071),
        BBox(155, 2090, 797, 2150),
        BBox(857, 663, 1499, 1761),
    ]
    assert reading_order(boxes, em=25.0, num_rows=[40, 1, 2, 33]) == [0, 1, 2, 3]
