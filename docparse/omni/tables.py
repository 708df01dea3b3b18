"""The rows of a table element, and what stood in the table outside of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from docparse.omni.grid import RawCell
from docparse.omni.inline import Inline
from docparse.omni.markup import Element
from docparse.types import BBox

_SECTIONS = frozenset(["thead", "tbody", "tfoot"])
_ABSURD = 1_000_000


ReadInline = Callable[[Sequence[Element | str]], Inline]
ReadBox = Callable[[Mapping[str, str]], BBox | None]


@dataclass(slots=True)
class Rows:
    """`captions`: caption elements. `loose`: text and blocks outside of cells. `images`: pictures
    in cells."""

    rows: list[list[RawCell]] = field(default_factory=list)
    captions: list[Element] = field(default_factory=list)
    loose: list[Element | str] = field(default_factory=list)
    images: list[Element] = field(default_factory=list)


def read_rows(table: Element, read_inline: ReadInline, read_box: ReadBox) -> Rows:
    """All rows of a table, those of its sections in the order in which they stand."""
    reader = _Reader(Rows(), read_inline, read_box)
    reader.read_section(table)
    return reader.found


@dataclass(frozen=True, slots=True)
class _Reader:
    found: Rows
    read_inline: ReadInline
    read_box: ReadBox

    def read_section(self, section: Element) -> None:
        is_head = section.name == "thead"
        has_row = False
        for child in section.children:
            name = child.name if isinstance(child, Element) else ""
            is_cell = name in ("td", "th")
            if name == "tr" or (is_cell and not has_row):
                # A cell without a row begins one.
                self.found.rows.append([])
            has_row = is_cell or (has_row and not name)
            if isinstance(child, str):
                self.found.loose.append(child)
            elif is_cell:
                self._add_cell(child, is_head=is_head)
            elif name == "tr":
                self._read_row(child, is_head=is_head)
            else:
                self._read_other(child)

    def _read_other(self, child: Element) -> None:
        if child.name in _SECTIONS:
            self.read_section(child)
        elif child.name == "caption":
            self.found.captions.append(child)
        elif child.name not in ("colgroup", "col"):
            self.found.loose.append(child)

    def _read_row(self, row: Element, *, is_head: bool) -> None:
        for child in row.children:
            if isinstance(child, Element) and child.name in ("td", "th"):
                self._add_cell(child, is_head=is_head)
            else:
                self.found.loose.append(child)

    def _add_cell(self, cell: Element, *, is_head: bool) -> None:
        inline = self.read_inline(cell.children)
        self.found.images.extend(inline.images)
        self.found.rows[-1].append(
            RawCell(
                inline.text,
                inline.spans,
                rowspan=_read_span(cell.attrs.get("rowspan")),
                colspan=_read_span(cell.attrs.get("colspan")),
                header=is_head or cell.name == "th",
                bbox=self.read_box(cell.attrs),
            )
        )


def _read_span(value: str | None) -> int:
    if value is None:
        return 1
    match = re.match(r"\s*(\d{1,9})", value)
    return min(int(match[1]), _ABSURD) if match else 1
