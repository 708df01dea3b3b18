"""CJK characters in their squares, and the lines of columns in order."""

from __future__ import annotations

import pytest

from docparse.reading.columns import by_columns
from docparse.reading.squares import Place, in_squares
from docparse.types import BBox, Line, Word


def place(text: str, start: float, end: float, *, is_next: bool = True) -> Place:
    return Place(text, start, end, (start + end) / 2, is_next)


def test_signs_in_a_row_of_squares_get_the_whole_square() -> None:
    # ink of the brackets and of the full stop stands in a half of a square of 20
    places = [
        place("費", 1, 19, is_next=False), place("用", 21, 39), place("（", 52, 59),
        place("円", 61, 79), place("）", 81, 88), place("。", 101, 107), place("次", 121, 139),
    ]  # fmt: skip
    reaches = in_squares(places, em=20.0)
    assert reaches == [pytest.approx((20 * i, 20 * i + 20)) for i in range(7)]


def test_a_sign_set_closer_reaches_to_its_neighbour() -> None:
    # half a square for each sign, so that nothing stands in one step
    places = [
        place("円", 1, 19, is_next=False), place("）", 20, 28), place("。", 30, 36),
        place("次", 41, 59),
    ]  # fmt: skip
    reaches = in_squares(places, em=20.0)
    assert reaches[0] == pytest.approx((0, 20))
    assert reaches[3] == pytest.approx((40, 60))
    assert reaches[1][0] == pytest.approx(20) and reaches[2][1] <= 41


def test_latin_words_stay_as_they_are() -> None:
    places = [place("Pier", 0, 40, is_next=False), place("3", 48, 55, is_next=False)]
    assert in_squares(places, em=20.0) == [(0, 40), (48, 55)]


def line(text: str, x: int, y: int, width: int = 400) -> Line:
    return Line((Word(text, BBox(x, y, x + width, y + 20)),))


def test_two_columns_are_read_one_after_the_other() -> None:
    rows = [
        line(f"{side}{row}", x, 30 * row) for row in range(3) for side, x in (("a", 0), ("b", 500))
    ]
    assert [found.text for found in by_columns(rows)] == ["a0", "a1", "a2", "b0", "b1", "b2"]


def test_the_cells_of_a_table_stay_in_rows() -> None:
    rows = [
        line(f"{side}{row}", x, 30 * row, 60)
        for row in range(2)
        for side, x in (("a", 0), ("b", 500))
    ]
    assert [found.text for found in by_columns(rows)] == ["a0", "b0", "a1", "b1"]


def test_vertical_columns_go_leftwards() -> None:
    lines = [
        Line((Word(text, BBox(x, y, x + 20, y + 400)),), vertical=True)
        for text, x, y in (("a0", 500, 0), ("b0", 500, 500), ("a1", 470, 0), ("b1", 470, 500))
    ]
    assert [found.text for found in by_columns(lines)] == ["a0", "a1", "b0", "b1"]
