"""The formulas of a text: LaTeX in `$..$`, `$$..$$`, `\\(..\\)` and `\\[..\\]`.

Dollars by pandoc's rule: an opening one is followed by no space, a closing one preceded by no space
and followed by no digit (pandoc manual, tex_math_dollars), so that "$5 and $6" is money.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass

_MARK = re.compile(r"\\[\s\S]|\$\$?")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a text; of a formula, what stands between its marks."""

    text: str
    is_math: bool = False
    is_display: bool = False


def split_math(text: str) -> list[Piece]:
    """The text cut into plain stretches and formulas, in order; empty ones are left out."""
    marks = [match for match in _MARK.finditer(text) if match[0] in _CLOSING or match[0] in _ENDS]
    ends = {
        end: [index for index, mark in enumerate(marks) if mark[0] == end] for end in ("\\)", "\\]")
    }
    pieces: list[Piece] = []
    start = index = 0
    while index < len(marks):
        opening = marks[index]
        close = _closing_of(opening, index, marks, ends, text)
        if close is None or opening.start() < start:
            index += 1
            continue
        if opening.start() > start:
            pieces.append(Piece(text[start : opening.start()]))
        closing = marks[close]
        inside = text[opening.end() : closing.start()].strip()
        pieces.append(Piece(inside, is_math=True, is_display=opening[0] in ("$$", "\\[")))
        start, index = closing.end(), close + 1
    if start < len(text):
        pieces.append(Piece(text[start:]))
    return pieces


_CLOSING = {"$": "$", "$$": "$$", "\\(": "\\)", "\\[": "\\]"}
_ENDS = frozenset(["\\)", "\\]"])


def _closing_of(
    opening: re.Match[str],
    index: int,
    marks: list[re.Match[str]],
    ends: dict[str, list[int]],
    text: str,
) -> int | None:
    """The index of the mark that closes the one at `index`, or None if that opens nothing."""
    expected = _CLOSING.get(opening[0])
    if expected is None:
        return None
    if expected in ends:
        later = ends[expected]
        at = bisect_right(later, index)
        close = later[at] if at < len(later) else None
    else:
        close = index + 1 if index + 1 < len(marks) else None
        # Brackets inside dollars are part of the formula.
        while close is not None and marks[close][0] not in ("$", "$$"):
            close = close + 1 if close + 1 < len(marks) else None
        if close is not None and marks[close][0] != expected:
            return None
    if close is None or not text[opening.end() : marks[close].start()].strip():
        return None
    if expected == "$" and not _is_inline_math(text, opening.end(), marks[close].start()):
        return None
    return close


def _is_inline_math(text: str, start: int, end: int) -> bool:
    after = text[end + 1 : end + 2]
    return not (text[start].isspace() or text[end - 1].isspace() or after.isdigit())
