"""Code that was read from pixels has the face that its words tell of."""

from __future__ import annotations

import PIL.ImageFont

from docparse.reading.pitch import with_typewriter_faces
from docparse.types import BBox, Line, Style, Word

CODE = [
    "for old, new in zip(values, values[width:]):",
    "    total += new - old",
    "    means.append(total / width)",
    "return means",
]
LETTER = [
    "Thank you for your letter of the third of May",
    "in which you ask for two more copies of it",
    "and for the papers that you left here.",
]


def set_in(texts: list[str], *, pitch: float = 0.0) -> list[Line]:
    """Lines in a face with letters of one width, or in one where each has its own."""
    font = PIL.ImageFont.load_default(20)

    def at(text: str) -> float:
        return pitch * len(text) if pitch else font.getlength(text)

    lines = []
    for row, text in enumerate(texts):
        words, end = [], 0
        for said in text.split():
            start = text.index(said, end)
            end = start + len(said)
            x0, x1 = 50 + at(text[:start]), 50 + at(text[:end])
            box = BBox(round(x0 + 1), 100 + 30 * row, round(x1 - 1), 120 + 30 * row)
            words.append(Word(said, box, style=Style(20.0), space_after=end < len(text)))
        lines.append(Line(tuple(words)))
    return lines


def faces(lines: list[Line]) -> set[bool]:
    return {
        word.style.mono
        for line in with_typewriter_faces(lines)
        for word in line.words
        if word.style
    }


def test_code_is_known_by_its_pitch() -> None:
    assert faces(set_in(CODE, pitch=11.4)) == {True}
    assert faces(set_in(CODE)) == {False}


def test_a_heading_over_code_is_in_another_face() -> None:
    head = set_in(["Willingly"], pitch=8.0)
    found = with_typewriter_faces([*head, *set_in([*CODE, "else:"], pitch=11.4)])
    told = [line.text for line in found if line.words[0].style and line.words[0].style.mono]
    assert told == [*(text.strip() for text in CODE), "else:"]


def test_a_typewritten_letter_is_text() -> None:
    assert faces(set_in(LETTER, pitch=11.4)) == {False}


def test_few_words_tell_nothing() -> None:
    assert faces(set_in(CODE[1:2], pitch=11.4)) == {False}
