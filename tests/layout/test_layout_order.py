"""Reading order of drawn pages: a letter is a box, the expected word is the order."""

from __future__ import annotations

import random
from textwrap import dedent

import pytest

from docparse.layout.flows import Canvas
from docparse.layout.order import MOST, reading_order
from docparse.types import BBox

CELL = 20
TWO_COLUMNS = """
    A A A A A A A
    B B B . E E E
    B B B . E E E
    C C C . F F F
    C C C . F F F
    D D D . G G G
    D D D . G G G
"""
FIGURE_ACROSS = """
    A A A . C C C
    A A A . C C C
    B B B . D D D
    B B B . D D D
    E E E E E E E
    E E E E E E E
    F F F . G G G
    F F F . G G G
"""
THREE_COLUMNS = """
    A A A A A A A A A A A
    B B B . D D D . F F F
    B B B . D D D . F F F
    C C C . E E E . G G G
    C C C . E E E . G G G
"""
WIDE_FIGURE_IN_THREE = """
    A A A A A A A . D D D
    A A A A A A A . D D D
    B B B . C C C . E E E
    B B B . C C C . E E E
    B B B . C C C . E E E
"""
OTHER_GUTTER_BELOW = """
    A A . B B B B B B B B
    A A . B B B B B B B B
    A A . B B B B B B B B
    . . . . . . . . . . .
    C C C C C . E E E E E
    D D D D D . E E E E E
    D D D D D . E E E E E
"""
TITLE_BETWEEN = """
    A A A . B B B
    A A A . B B B
    . . . . . . .
    C C C C C C .
    . . . . . . .
    D D D . E E E
    D D D . E E E
"""
ONE_COLUMN = """
    A A A A
    . . . .
    B B B .
    . . . .
    C C C C
"""


def boxes_of(drawing: str) -> dict[str, BBox]:
    boxes: dict[str, BBox] = {}
    for y, line in enumerate(dedent(drawing).strip().splitlines()):
        for x, letter in enumerate(line.replace(" ", "")):
            if letter != ".":
                # A little apart from the neighbours below, as lines of print are.
                cell = BBox(x * CELL, y * CELL, (x + 1) * CELL, (y + 1) * CELL - 1)
                boxes[letter] = boxes[letter].union(cell) if letter in boxes else cell
    return boxes


def order_of(boxes: dict[str, BBox], *, num_rows: int = 3, seed: int = 1) -> str:
    letters = sorted(boxes)
    random.Random(seed).shuffle(letters)
    found = reading_order(
        [boxes[letter] for letter in letters], em=8, num_rows=[num_rows] * len(letters)
    )
    return "".join(letters[i] for i in found)


@pytest.mark.parametrize(
    ("drawing", "expected"),
    [
        (TWO_COLUMNS, "ABCDEFG"),
        (FIGURE_ACROSS, "ABCDEFG"),
        (THREE_COLUMNS, "ABCDEFG"),
        (WIDE_FIGURE_IN_THREE, "ABCDE"),
        (OTHER_GUTTER_BELOW, "ABCDE"),
        (TITLE_BETWEEN, "ABCDE"),
        (ONE_COLUMN, "ABC"),
    ],
)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_drawn_pages(drawing: str, expected: str, seed: int) -> None:
    assert order_of(boxes_of(drawing), seed=seed) == expected


def test_columns_from_right_to_left() -> None:
    canvas = Canvas(7 * CELL, 7 * CELL, "left")
    boxes = {k: canvas.place(box) for k, box in boxes_of(TWO_COLUMNS).items()}
    assert order_of(boxes) == "AEFGBCD"


def test_tiers_of_vertical_writing() -> None:
    """Two tiers: columns go from right to left in the upper one, then in the lower one."""
    drawing = """
        C . B . A
        C . B . A
        C . B . A
        . . . . .
        F . E . D
        F . E . D
    """
    canvas = Canvas(5 * CELL, 6 * CELL, "down")
    boxes = {k: canvas.place(box) for k, box in boxes_of(drawing).items()}
    assert order_of(boxes) == "ABCDEF"


def test_labels_and_values_go_row_by_row() -> None:
    drawing = """
        A A . . B B
        . . . . . .
        C C . . D D
        . . . . . .
        E E . . F F
    """
    assert order_of(boxes_of(drawing), num_rows=1) == "ABCDEF"
    assert order_of(boxes_of(drawing), num_rows=9) == "ACEBDF"


def test_boxes_with_heads_below_tables_are_read_one_after_the_other() -> None:
    """The gutter of the two tables is not that of the two headed texts below."""
    drawing = """
        A A A A A A . B B
        A A A A A A . B B
        . . . . . . . . .
        C C . . E E . . .
        . . . . . . . . .
        D D D . F F F F F
        D D D . F F F F F
    """
    boxes = boxes_of(drawing)
    found = reading_order([boxes[letter] for letter in "ABCDEF"], em=8, num_rows=[9, 9, 1, 3, 1, 3])
    assert "".join("ABCDEF"[i] for i in found) == "ABCDEF"


def test_a_word_beside_a_name_is_read_with_it() -> None:
    drawing = """
        A A A . B
        . . . . .
        C C C . .
        . . . . .
        D D D . .
    """
    assert order_of(boxes_of(drawing), num_rows=1) == "ABCD"


def test_every_box_comes_once_whatever_lies_where() -> None:
    rng = random.Random(7)
    for count in (0, 1, 2, 60, MOST + 50):
        boxes = []
        for _ in range(count):
            x, y = rng.randrange(900), rng.randrange(900)
            boxes.append(BBox(x, y, x + rng.randrange(300), y + rng.randrange(100)))
        found = reading_order(boxes, em=10)
        assert sorted(found) == list(range(count))
        assert found == reading_order(boxes, em=10)
