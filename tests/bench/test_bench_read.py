"""What counts as an error when readers of pictures are compared."""

from __future__ import annotations

import PIL.Image

from docparse.bench.read import by_row, count_errors
from docparse.bench.read_sets import Row, Sample, degrade, rows_of
from docparse.bench.read_sides import Read
from docparse.types import BBox, Line, Word


def line(text: str, x: int, y: int) -> Line:
    return Line((Word(text, BBox(x, y, x + 10 * len(text), y + 20)),))


def sample(rows: tuple[Row, ...], text: str = "") -> Sample:
    return Sample("set", "a", PIL.Image.new("L", (400, 100)), rows, text, "eng")


ROWS = rows_of([line("right", 200, 10), line("left", 0, 12), line("below", 0, 50)])


def test_lines_side_by_side_are_one_row() -> None:
    assert [row.text for row in ROWS] == ["left right", "below"]


def test_the_order_of_columns_costs_nothing_but_every_letter_counts() -> None:
    pieces = (("below", 25.0, 60.0), ("right", 225.0, 20.0), ("leff", 20.0, 22.0))
    assert by_row(ROWS, pieces) == (["leff right", "below"], "")
    assert count_errors(sample(ROWS), Read(pieces, "", 0.1)) == 1


def test_what_is_read_where_nothing_stands_is_an_error_and_so_is_what_is_missed() -> None:
    pieces = (("left right", 100.0, 20.0), ("xyz", 20.0, 90.0))
    assert count_errors(sample(ROWS), Read(pieces, "", 0.1)) == len("xyz") + len("below")


def test_without_rows_the_whole_text_is_compared() -> None:
    assert count_errors(sample((), "one two"), Read((), "one  tvo", 0.1)) == 1


def test_degraded_pictures_are_the_same_each_time_and_as_large() -> None:
    picture = PIL.Image.new("L", (60, 40), 255)
    one, other = degrade(picture, seed=1), degrade(picture, seed=1)
    assert one.size == picture.size
    assert one.tobytes() == other.tobytes() != picture.tobytes()
