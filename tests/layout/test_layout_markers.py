"""Marks of list items and numbered headings."""

from __future__ import annotations

import pytest

from docparse.layout.markers import parse_marker


@pytest.mark.parametrize(
    ("text", "mark", "style", "number"),
    [
        ("• an item", "•", "bullet", 0),
        ("- an item", "-", "bullet", 0),
        ("・項目", "・", "bullet", 0),
        ("1. first", "1.", "1.", 1),
        ("12) twelfth", "12)", "1)", 12),
        ("(3) third", "(3)", "(1)", 3),
        ("（３）第三", "（３）", "(1)", 3),
        ("a. item", "a.", "a.", 1),
        ("(b) item", "(b)", "(a)", 2),
        ("A. Annex", "A.", "A.", 1),
        ("iv. item", "iv.", "i.", 4),
        ("(ii) item", "(ii)", "(i)", 2),
        ("II. Part", "II.", "I.", 2),
        ("①項目", "①", "circled", 1),
        ("⑫ 項目", "⑫", "circled", 12),
        ("㈠ 項目", "㈠", "(一)", 1),
        ("イ．項目", "イ．", "ア.", 1),
        ("ロ．項目", "ロ．", "ア.", 2),
        ("ア 項目", "ア", "ア.", 1),
        ("１．概要", "１．", "1.", 1),
        ("2.3 Scope", "2.3", "1.1", 3),
        ("2.3.4 Scope", "2.3.4", "1.1.1", 4),
        ("第1章 総則", "第1章", "part", 1),
        ("第十二条 目的", "第十二条", "article", 12),
        ("第２節 定義", "第２節", "section", 2),
        ("Chapter IV Law", "Chapter IV", "chapter", 4),
        ("Appendix B Tables", "Appendix B", "appendix", 2),
        ("3 Results", "3", "1 ", 3),
        ("４【状況】", "４", "1 ", 4),
        ("(注)１．説明", "(注)１．", "note", 1),
    ],
)
def test_marks(text: str, mark: str, style: str, number: int) -> None:
    found = parse_marker(text)
    assert found is not None
    assert (found.text, found.style, found.number) == (mark, style, number)
    assert not text[found.end :].startswith(" ")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "word",
        "-5 degrees",
        "*note",
        "2023年の実績",
        "3.5 %",
        "1.5% more",
        "12 345",
        "e.g. this",
    ],
)
def test_no_marks(text: str) -> None:
    assert parse_marker(text) is None
