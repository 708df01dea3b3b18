"""The score of a checkpoint counts characters, and names the ones that are taken for others."""

from __future__ import annotations

import pytest

from docparse.train.score import LineScore, to_text


def test_errors_are_characters_to_change() -> None:
    score = LineScore("English, clean")
    score.add("harbour", "harbour")
    score.add("clock 10", "c1ock l0")
    score.add("port", "por")
    score.add("a", "ab")
    assert (score.lines, score.whole, score.wrong, score.right) == (4, 1, 4, 20)
    assert score.rate == pytest.approx(0.2)
    assert score.confused["l", "1"] == 1
    assert score.confused["t", ""] == 1
    assert score.confused["", "b"] == 1


def test_the_table_shows_rates_and_confused_characters() -> None:
    score = LineScore("Japanese, clean")
    score.add("口ロ", "ロロ")
    text = to_text([score, LineScore("English, clean")])
    assert "50.00%" in text
    assert "口→ロ 1" in text
