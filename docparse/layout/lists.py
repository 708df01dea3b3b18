"""Runs of list items as one list each, with levels, and markers apart from the text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from docparse.layout.drafts import Draft
from docparse.layout.markers import Marker, as_counted, parse_marker
from docparse.layout.paragraphs import Margins, fixed_ends
from docparse.layout.prose import Lexicon, Prose, without_head, write
from docparse.layout.rows import Row
from docparse.types import Block, Link, ListItem, union_of

# Items whose markers stand no further apart than this are of one level, in font sizes.
SAME_INDENT = 0.6
DEEPEST = 5
# A line that goes on with an item is no further below it, in font sizes.
BELOW = 0.6


@dataclass(frozen=True, slots=True)
class _Entry:
    """One item: its rows, its marker if it has one, and where the marker stands."""

    rows: tuple[Row, ...]
    marker: Marker | None
    start: int
    size: float


def split_items(draft: Draft) -> list[tuple[Row, ...]]:
    """The rows of a list draft, parted where an item begins.

    A row begins an item if it has a marker in the style of the first row and stands where the
    first one does, further out or, below another one, further in.
    """
    rows = draft.rows
    first = parse_marker(rows[0].text) if rows else None
    if first is None:
        return [rows]
    items: list[list[Row]] = [[rows[0]]]
    for row in rows[1:]:
        if _begins_item(row, rows[0], first, items[-1]):
            items.append([])
        items[-1].append(row)
    return [tuple(item) for item in items]


def _begins_item(row: Row, head: Row, first: Marker, item: Sequence[Row]) -> bool:
    marker = parse_marker(row.text)
    if marker is None:
        return False
    near = SAME_INDENT * max(row.size, 1.0)
    text_start = min((r.box.x0 for r in item[1:]), default=None)
    if marker.style == first.style:
        # What goes on does so further in: further out is the next item of the level above.
        if row.box.x0 - head.box.x0 <= near:
            return True
        # Further in than the text of the item: an item of its own below it.
        return row.box.x0 > head.box.x0 and (text_start is None or row.box.x0 > text_start - near)
    return marker.style == "bullet" and row.box.x0 > head.box.x0 - near


def build_list(
    drafts: Sequence[Draft], *, lexicon: Lexicon, links: Sequence[Link], margins: Margins
) -> Block:
    """One list block of list drafts that follow each other."""
    entries = _joined([_entry(rows) for draft in drafts for rows in split_items(draft)])
    levels = _levels(entries)
    items: list[ListItem] = []
    for entry, level in zip(entries, levels, strict=True):
        prose = write(
            entry.rows,
            lexicon=lexicon,
            links=links,
            breaks=fixed_ends(entry.rows, margins.of(entry.rows)),
        )
        bbox = union_of(row.bbox for row in entry.rows)
        if entry.marker is None:
            items.append(ListItem(prose.text, bbox, level, spans=prose.spans))
            continue
        rest = _without_marker(prose, entry.marker)
        items.append(
            ListItem(
                rest.text,
                bbox,
                level,
                marker=entry.marker.text,
                ordered=entry.marker.ordered,
                spans=rest.spans,
            )
        )
    return Block(
        "list",
        union_of(draft.bbox for draft in drafts),
        items=tuple(items),
        words=tuple(word for draft in drafts for row in draft.rows for word in row.words),
        confidence=round(min(draft.confidence for draft in drafts), 3),
    )


def _entry(rows: tuple[Row, ...]) -> _Entry:
    marker = parse_marker(rows[0].text)
    start, size = rows[0].box.x0, max(rows[0].size, 1.0)
    if marker is not None:
        marker, start = as_counted(marker, start, size)
    return _Entry(rows, marker, start, size)


def _joined(entries: Sequence[_Entry]) -> list[_Entry]:
    """The entries, those without a marker that hang right below the text of an item in it."""
    joined: list[_Entry] = []
    for entry in entries:
        if joined and entry.marker is None and _hangs(joined[-1], entry):
            joined[-1] = replace(joined[-1], rows=(*joined[-1].rows, *entry.rows))
        else:
            joined.append(entry)
    return joined


def _hangs(item: _Entry, entry: _Entry) -> bool:
    gap = entry.rows[0].box.y0 - item.rows[-1].box.y1
    if item.marker is None or not -0.5 * entry.size < gap < BELOW * entry.size:
        return False
    if len(item.rows) > 1:
        text = item.rows[1].box.x0
    else:
        words = item.rows[0].words
        is_apart = len(words) > 1 and words[0].text == item.marker.text
        text = words[1].bbox.x0 if is_apart else item.rows[0].box.x0 + round(item.size)
    return abs(entry.start - text) <= SAME_INDENT * entry.size


def _without_marker(prose: Prose, marker: Marker) -> Prose:
    end = len(marker.text)
    while end < len(prose.text) and prose.text[end].isspace():
        end += 1
    return without_head(prose, end)


def _levels(entries: Sequence[_Entry]) -> list[int]:
    """The level of each item, from where its marker stands and what style it has.

    An item further in than the one before opens a level; one further out goes back to the level
    that stands there. Without a difference in place, a new style of marker opens a level, and a
    style that is open goes back to its own.
    """
    open_levels: list[_Entry] = []
    levels = []
    for entry in entries:
        near = _tolerance(entry)
        while open_levels and entry.start < open_levels[-1].start - near:
            open_levels.pop()
        if not open_levels:
            open_levels.append(entry)
        elif entry.start > open_levels[-1].start + near:
            if len(open_levels) <= DEEPEST:
                open_levels.append(entry)
        elif _style(entry) != _style(open_levels[-1]):
            same = [i for i, e in enumerate(open_levels) if _style(e) == _style(entry)]
            if same:
                del open_levels[same[-1] + 1 :]
            elif entry.marker is not None and open_levels[-1].marker is not None:
                open_levels.append(entry)
        levels.append(min(len(open_levels) - 1, DEEPEST))
    return levels


def _tolerance(entry: _Entry) -> float:
    is_note = entry.marker is not None and entry.marker.text[0] in "(（注"
    return (1.2 if is_note else SAME_INDENT) * entry.size


def _style(entry: _Entry) -> str:
    return entry.marker.style if entry.marker else ""
