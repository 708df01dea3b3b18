"""Parts of a paragraph, a list or a table, as a column or page end left them, to one again."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import replace

from docparse.convert.tables import num_head_rows
from docparse.types import ListItem, Span, Table

Text = tuple[str, tuple[Span, ...]]

_HYPHENS = "\u2010\u00ad-"  # the last one so that it means itself in a character class
_BROKEN_WORD = re.compile(rf"(?:^|[^\w{_HYPHENS}])([^\W\d_]{{2,}})[{_HYPHENS}]\Z")
_HANGING = frozenset(
    ["and", "or", "und", "oder", "bzw", "et", "ou", "y", "o", "e", "a", "og", "och", "en", "of"]
)
_REST_OF_WORD = re.compile(r"[^\W\d_]+")
_UNSPACED = ("CJK", "HIRAGANA", "KATAKANA", "FULLWIDTH", "IDEOGRAPHIC", "BOPOMOFO", "HALFWIDTH KA",
             "THAI", "LAO", "KHMER", "MYANMAR", "EM DASH")  # fmt: skip


def join_texts(parts: Sequence[Text], is_compound: Callable[[str], bool]) -> Text:
    """The parts as one text with its spans.

    A space goes between, but not in scripts that are written without. A hyphen at a joint goes if
    it splits a word before a lower-case letter, unless `is_compound` knows the word with it.
    """
    texts: list[str] = []
    spans: list[Span] = []
    length = 0
    for text, own_spans in parts:
        if not text:
            continue
        if texts:
            tail = "$" if _ends_verbatim(spans, length) else texts[-1]
            if _splits_word(tail, text, is_compound):
                texts[-1] = tail[:-1]
                length -= 1
                _clip(spans, length)
            elif glue := _glue(tail, text):
                texts.append(glue)
                length += 1
        spans += [replace(s, start=s.start + length, end=s.end + length) for s in own_spans]
        texts.append(text)
        length += len(text)
    return "".join(texts), tuple(spans)


def join_items(
    parts: Sequence[tuple[ListItem, ...]], is_compound: Callable[[str], bool]
) -> tuple[ListItem, ...]:
    """All items; one without a marker after one that has one goes on with its text."""
    items: list[ListItem] = []
    for part in parts:
        rest = list(part)
        if items and rest and items[-1].marker and not rest[0].marker and not rest[0].ordered:
            head = rest.pop(0)
            last = items[-1]
            text, spans = join_texts(
                [(last.text, last.spans), (head.text, head.spans)], is_compound
            )
            items[-1] = replace(last, text=text, spans=spans)
        items += rest
    return tuple(items)


def join_tables(parts: Sequence[Table]) -> Table:
    """The parts below each other, or side by side where columns go on.

    A repetition of the first part's head rows, or of its first column, is left out. Parts that
    do not fit are a ValueError; `width_with` tells.
    """
    whole = first = parts[0]
    previous = first
    for part in parts[1:]:
        if goes_on_sideways(previous, part):
            whole = _beside(whole, part)
        else:
            whole = _below(whole, part, first)
        previous = part
    return whole


def width_with(width: int, last: Table, part: Table) -> int | None:
    """How wide a table of that width becomes with one more part, None if that does not fit."""
    if goes_on_sideways(last, part):
        return width + part.num_cols - 1
    return width if width == part.num_cols else None


def goes_on_sideways(table: Table, other: Table) -> bool:
    """Whether the second table has more columns for the rows of the first.

    Both have as many rows, whose names stand in the first column of both, and other heads.
    """
    if table.num_rows != other.num_rows or table.num_rows < 2 or other.num_cols < 2:
        return False
    names, others = _first_column(table), _first_column(other)
    if names is None or names != others or sum(map(bool, names)) < 2:
        return False
    heads, other_heads = (
        {text for _, col, text in _row_texts(one, 1) if col and text} for one in (table, other)
    )
    return bool(other_heads) and not heads & other_heads


def _first_column(table: Table) -> list[str] | None:
    """The texts of the first column, None where a cell of it spans rows or columns."""
    cells = [cell for cell in table.cells if cell.col == 0]
    if any(cell.colspan > 1 or cell.rowspan > 1 for cell in cells):
        return None
    return [" ".join(cell.text.split()) for cell in cells]


def _below(whole: Table, part: Table, first: Table) -> Table:
    num_heads = num_head_rows(first) or 1
    skip = num_heads if _repeats(part, num_heads, _row_texts(first, num_heads)) else 0
    below = [
        replace(cell, row=cell.row - skip + whole.num_rows)
        for cell in part.cells
        if cell.row >= skip
    ]
    num_rows = whole.num_rows + part.num_rows - skip
    return Table(num_rows, whole.num_cols, (*whole.cells, *below))


def _beside(whole: Table, part: Table) -> Table:
    beside = [replace(cell, col=cell.col - 1 + whole.num_cols) for cell in part.cells if cell.col]
    cells = sorted((*whole.cells, *beside), key=lambda cell: (cell.row, cell.col))
    return Table(whole.num_rows, whole.num_cols + part.num_cols - 1, tuple(cells))


def _repeats(part: Table, num_heads: int, head: list[tuple[int, int, str]]) -> bool:
    if part.num_rows < num_heads or not any(text for _, _, text in head):
        return False
    crossing = any(c.row < num_heads < c.row + c.rowspan for c in part.cells)
    return not crossing and _row_texts(part, num_heads) == head


def _row_texts(table: Table, num_rows: int) -> list[tuple[int, int, str]]:
    return [(c.row, c.col, " ".join(c.text.split())) for c in table.cells if c.row < num_rows]


def _splits_word(tail: str, head: str, is_compound: Callable[[str], bool]) -> bool:
    if tail[-1] == "\u00ad":
        return True
    # A window is enough, and keeps the search from walking long texts.
    before, after = _BROKEN_WORD.search(tail[-80:]), _REST_OF_WORD.match(head[:80])
    if not before or not after or not head[0].islower() or not head[0].isalpha():
        return False
    if before[1].isupper() or not unicodedata.name(head[0], "").startswith("LATIN"):
        return False
    if _hangs(head):
        return False
    return not is_compound(f"{before[1]}-{after[0]}")


def _glue(tail: str, head: str) -> str:
    if tail[-1].isspace() or head[0].isspace():
        return ""
    if tail[-1] in _HYPHENS and tail[-2:-1].isalnum() and not _hangs(head):
        return ""
    return "" if _is_unspaced(tail[-1]) or _is_unspaced(head[0]) else " "


def _hangs(head: str) -> bool:
    """Whether the hyphen before is part of a pair, as in "pre- and post-war"."""
    word = _REST_OF_WORD.match(head)
    return word is not None and word[0] in _HANGING


def _is_unspaced(char: str) -> bool:
    return unicodedata.name(char, "").startswith(_UNSPACED)


def _ends_verbatim(spans: Sequence[Span], length: int) -> bool:
    """Whether the text ends in code or in a formula."""
    return bool(spans) and spans[-1].end == length and (spans[-1].code or spans[-1].math)


def _clip(spans: list[Span], length: int) -> None:
    """Shortens the last span to a text that has lost its last character."""
    if spans and spans[-1].end > length:
        last = spans.pop()
        if last.start < length:
            spans.append(replace(last, end=length))
