"""List items to a Markdown list, nested by level, with the numbers that are printed.

A marker such as `3.` or `3)` (or its full-width twin) makes an ordered item with that number; a
bullet makes `-`. Any other marker, (a), ①, イ. or ☑, is kept as text behind the `-`. Where the
numbers do not simply count on, the other of `.` and `)` starts a new list, because readers renumber
a list from its first item.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace

from docparse.convert.inline import paragraph
from docparse.types import ListItem, Span

_NUMBER = re.compile(r"(0|[1-9][0-9]{0,8})([.)])")
_BULLETS = frozenset("-–—―*+•‣⁃∙·・●○◦◯⚫⚪■□▪▫◾◽◼◻◆◇▶▷►▸▹➢➤❖✦⬥★☆\uf0b7\uf0a7\uf0d8\u00ad")
# Parsers stop nesting somewhere (markdown-it at 20 levels, two to a list).
_DEEPEST = 6


@dataclass(slots=True)
class _Level:
    """An open list: where its markers stand, where their text starts, what the last one was."""

    level: int
    column: int
    text_column: int = 0
    mark: str = ""
    printed: str = ""
    number: int | None = None


def list_markdown(items: Sequence[ListItem], *, after: str = "") -> tuple[str, str]:
    """The list, and the mark of its last outermost item (`-`, `*`, `.` or `)`).

    `after`: that mark of the list that stands right before this one, which this one must not join.
    """
    lines: list[str] = []
    levels: list[_Level] = []
    for printed in items:
        number, delimiter, item = _number(printed)
        if number is None and not item.text.strip():
            continue
        is_new = _open(levels, item.level)
        level = levels[-1]
        if number is None and item.ordered and not item.marker.strip():
            number, delimiter = (level.number or 0) + 1, level.printed or "."
        if is_new and level.column and number not in (None, 1):
            lines.append("")  # else it would be taken for a line of the paragraph above
        before = level.mark or (after if len(levels) == 1 else "")
        level.mark = _mark(level, before, number, delimiter)
        level.printed, level.number = delimiter, number
        sign = level.mark if number is None else f"{number}{level.mark}"
        level.text_column = level.column + len(sign) + 1
        head, *rest = paragraph(item.text, item.spans).split("\n")
        lines.append(" " * level.column + f"{sign} {head}".rstrip())
        lines += [" " * level.text_column + line for line in rest]
    return "\n".join(lines), levels[0].mark if levels else after


def _open(levels: list[_Level], level: int) -> bool:
    """Closes deeper lists and opens one for `level` where there is none; True if it did."""
    while len(levels) > 1 and level <= levels[-2].level:
        levels.pop()
    if levels and (level <= levels[-1].level or len(levels) == _DEEPEST):
        levels[-1].level = min(level, levels[-1].level)
        return False
    levels.append(_Level(level, column=levels[-1].text_column if levels else 0))
    return True


def _mark(level: _Level, before: str, number: int | None, delimiter: str) -> str:
    """`-`, `*`, `.` or `)`: another one than `before` where a new list has to start."""
    if number is None:
        if level.mark in ("-", "*"):
            return level.mark
        return "*" if before == "-" else "-"
    if level.number is not None and number == level.number + 1:
        return level.mark if delimiter == level.printed else delimiter
    return {".": ")", ")": "."}[delimiter] if before == delimiter else delimiter


def _number(item: ListItem) -> tuple[int | None, str, ListItem]:
    """The number and its delimiter, if the marker has them; else the marker goes into the text."""
    marker = unicodedata.normalize("NFKC", item.marker.strip())
    if item.text.strip() and (match := _NUMBER.fullmatch(marker)):
        return int(match[1]), match[2], item
    marker = item.marker.strip()
    if set(marker) <= _BULLETS:
        return None, "", item
    lead = marker + " " if item.text.strip() else marker
    return None, "", replace(item, text=lead + item.text, spans=_moved(item.spans, len(lead)))


def _moved(spans: Sequence[Span], by: int) -> tuple[Span, ...]:
    return tuple(replace(span, start=span.start + by, end=span.end + by) for span in spans)
