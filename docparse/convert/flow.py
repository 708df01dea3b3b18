"""The blocks of all pages as one text: what a column or page end broke is whole again.

A block that continues is joined to the nearest earlier one of its kind; what stood between them,
footnotes, figures, page headers, comes after it. A caption stands beside its figure or table, on
the side where it was printed. A page that was not read, or not in full, leaves a notice, and
nothing is joined across it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from docparse.convert.joints import join_items, join_tables, join_texts, width_with
from docparse.types import INCOMPLETE, Block, Document, Kind, Page, Table

JOINED_KINDS: frozenset[Kind] = frozenset(
    {"title", "heading", "paragraph", "list", "table", "caption", "footnote", "code"}
)
_COMPOUND = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)+")


@dataclass(frozen=True, slots=True)
class Notice:
    """What has to be said of a page, or of several in a row, that was not read in full."""

    first: int
    last: int
    reason: str
    in_part: bool = False

    @property
    def text(self) -> str:
        pages = f"Page {self.first}"
        if self.last > self.first:
            pages = f"Pages {self.first} to {self.last}"
        fate = "was read only in part" if self.in_part else "could not be read"
        return f"{pages} {fate}: {self.reason}"


@dataclass(slots=True)
class _Entry:
    """A block with its continuations, and the captions that stand before and after it."""

    parts: list[Block]
    width: int = 0  # in columns, of a table
    above: list[_Entry] = field(default_factory=list)
    below: list[_Entry] = field(default_factory=list)


def flow(
    document: Document, *, headers_footers: bool, join: bool = True
) -> Iterator[Block | Notice]:
    """The blocks in reading order, joined unless told not to; margins only if asked for."""
    if not join:
        document = _apart(document)
    entries = _merged(_entries(document, headers_footers=headers_footers))
    is_compound = _compounds(document)
    for entry in entries:
        if isinstance(entry, Notice):
            yield entry
        else:
            for part in (*entry.above, entry, *entry.below):
                yield _join(part.parts, is_compound)


def _apart(document: Document) -> Document:
    """The document with nothing that goes on anywhere."""
    pages = (
        replace(page, blocks=tuple(replace(block, continues=False) for block in page.blocks))
        for page in document.pages
    )
    return replace(document, pages=tuple(pages))


def _merged(entries: Iterable[_Entry | Notice]) -> list[_Entry | Notice]:
    """The entries with one notice for pages in a row that failed for the same reason."""
    merged: list[_Entry | Notice] = []
    for entry in entries:
        last = merged[-1] if merged else None
        if (
            isinstance(entry, Notice)
            and isinstance(last, Notice)
            and not entry.in_part
            and replace(last, first=entry.first, last=entry.last) == entry
            and last.last + 1 == entry.first
        ):
            merged[-1] = replace(last, last=entry.last)
        else:
            merged.append(entry)
    return merged


def _entries(document: Document, *, headers_footers: bool) -> Iterator[_Entry | Notice]:
    open_entries: dict[Kind, _Entry] = {}
    for page in document.pages:
        before, after = _notices(page)
        if before:
            open_entries.clear()
        yield from before
        kept = [b if headers_footers or not _is_margin(b) else None for b in page.blocks]
        yield from _page_entries(kept, open_entries)
        if after:
            open_entries.clear()
        yield from after


def _page_entries(
    blocks: Sequence[Block | None], open_entries: dict[Kind, _Entry]
) -> Iterator[_Entry]:
    """New entries of a page; continuations go to those in `open_entries`, by kind."""
    by_index: dict[int, _Entry] = {}
    standing: list[_Entry] = []
    for index, block in enumerate(blocks):
        if block is None:
            continue
        earlier = open_entries.get(block.kind)
        if block.continues and block.kind in JOINED_KINDS and earlier and _fits(earlier, block):
            earlier.parts.append(block)
            by_index[index] = earlier
            continue
        width = block.table.num_cols if block.table else 0
        by_index[index] = open_entries[block.kind] = _Entry([block], width)
        if _target(index, blocks) is None:
            standing.append(by_index[index])
    for index, block in enumerate(blocks):
        target = _target(index, blocks)
        if target is None or by_index[index].parts[0] is not block:
            continue
        entry = by_index[target]
        is_above = index < target and entry.parts[0] is blocks[target]
        (entry.above if is_above else entry.below).append(by_index[index])
    yield from standing


def _target(index: int, blocks: Sequence[Block | None]) -> int | None:
    """The index of what a caption is told beside; None where it is told in its own place.

    So it is if it describes nothing, and if a subtitle stands between them.
    """
    block = blocks[index]
    if block is None or block.kind != "caption" or block.target is None:
        return None
    described = blocks[block.target] if 0 <= block.target < len(blocks) else None
    if described is None or described.kind == "caption":
        return None
    between = blocks[index + 1 : block.target]
    is_over_subtitle = len(between) == 1 and between[0] and between[0].kind == "paragraph"
    return None if is_over_subtitle else block.target


def _fits(earlier: _Entry, block: Block) -> bool:
    if block.kind != "table":
        return True
    last = earlier.parts[-1].table
    width = width_with(earlier.width, last, block.table) if last and block.table else None
    earlier.width = width or earlier.width
    return width is not None


def _is_margin(block: Block) -> bool:
    return block.kind in ("page-header", "page-footer")


def _notices(page: Page) -> tuple[list[Notice], list[Notice]]:
    """What has to be said of a page before and after its blocks."""
    before: list[Notice] = []
    after: list[Notice] = []
    for note in page.notes:
        if note.code in ("page-failed", "needs-reading"):
            before.append(Notice(page.number, page.number, note.message))
        elif note.code in INCOMPLETE:
            after.append(Notice(page.number, page.number, note.message, in_part=True))
    return before, after


def _compounds(document: Document) -> Callable[[str], bool]:
    """Tells whether a word with a hyphen in it stands somewhere in the document."""
    if not any(block.continues for page in document.pages for block in page.blocks):
        return lambda word: False
    known = {
        match.lower()
        for page in document.pages
        for block in page.blocks
        for match in _COMPOUND.findall(block.text)
    }
    return lambda word: word.lower() in known


def _join(parts: Sequence[Block], is_compound: Callable[[str], bool]) -> Block:
    first = parts[0]
    if len(parts) == 1:
        return first
    if first.kind == "code":
        return replace(first, text="\n".join(part.text.strip("\n") for part in parts), spans=())
    if first.kind == "list":
        return replace(first, items=join_items([part.items for part in parts], is_compound))
    if first.kind == "table":
        return replace(first, table=join_tables(list(_tables(parts))))
    text, spans = join_texts([(part.text, part.spans) for part in parts], is_compound)
    return replace(first, text=text, spans=spans)


def _tables(parts: Iterable[Block]) -> Iterator[Table]:
    yield from (part.table for part in parts if part.table)
