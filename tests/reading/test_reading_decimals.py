"""A column of figures has one decimal sign."""

from __future__ import annotations

from docparse.reading.decimals import agreeing
from docparse.types import BBox, Line, Word


def said(*rows: tuple[str, int]) -> list[str]:
    """What becomes of words below each other, each with its left side."""
    lines = [
        Line((Word(text, BBox(x, 30 * number, x + 60, 30 * number + 20), source="model"),))
        for number, (text, x) in enumerate(rows)
    ]
    return [line.text for line in agreeing(lines)]


def test_a_comma_in_a_column_of_points_is_a_point() -> None:
    """As in the table of `samples/scan.pdf`."""
    told = said(("+0,41", 100), ("+0.49", 100), ("+0.54", 102), ("+0.32", 98), ("3.05", 400))
    assert told == ["+0.41", "+0.49", "+0.54", "+0.32", "3.05"]


def test_commas_elsewhere_stay() -> None:
    others = ("3.18", 100), ("3.26", 100), ("3.31", 100), ("3.09", 100)
    for text, x in (("0,41", 400), ("0,4", 100), ("1,234", 100), ("3,18,2", 100)):
        assert said((text, x), *others)[0] == text
    commas = [(text.replace(".", ","), x) for text, x in others]
    assert said(*commas, *others) == [text for text, _ in (*commas, *others)]
