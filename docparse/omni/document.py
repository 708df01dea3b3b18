"""Our own omni HTML back to the Document that it was written from."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import cast, get_args
from urllib.parse import unquote

from docparse.omni import tags
from docparse.omni.grid import build_table
from docparse.omni.inline import read_exactly
from docparse.omni.lists import LISTS
from docparse.omni.markup import Element, decode, parse_markup
from docparse.omni.tables import read_rows
from docparse.types import (
    BBox,
    Block,
    Document,
    Kind,
    ListItem,
    Note,
    NoteCode,
    Page,
    Provenance,
    Table,
)

_OPENING = re.compile(r"<html\s[^<>]*\bdata-docparse=", re.IGNORECASE)
_TEXTS = frozenset(["p", "div", "pre"])


def is_document(html: str) -> bool:
    """Whether a text is HTML that `emit` wrote."""
    return _OPENING.search(html, 0, 2000) is not None


def parse_document(html: str, *, source: str) -> Document:
    """The document that `emit` wrote: sections to pages, boxes as they stand, spaces as they are.

    `source` names the document where the HTML does not. Raises nothing: what a hand has changed
    is read for what it says, and text outside of the elements that we write becomes paragraphs.
    """
    root = parse_markup(html).root
    meta: dict[str, str] = {}
    pages: list[Page] = []
    for element in _walk(root):
        name = element.attrs.get("name", "")
        content = element.attrs.get("content", "")
        if element.name == "meta" and name == "docparse-source":
            source = content
        elif element.name == "meta" and name.startswith("docparse:"):
            meta[name.removeprefix("docparse:")] = content
        elif _is_page(element):
            pages.append(_read_page(element, len(pages) + 1))
    return Document(source, tuple(pages), meta)


def _is_page(element: Element) -> bool:
    return element.name == "section" and "page" in element.attrs.get("class", "").split()


def _walk(root: Element) -> Iterator[Element]:
    """All elements in order, those inside of pages left out."""
    todo: list[Element | str] = root.children[::-1]
    while todo:
        part = todo.pop()
        if isinstance(part, Element):
            yield part
            if not _is_page(part):
                todo += part.children[::-1]


def _read_page(section: Element, position: int) -> Page:
    attrs = section.attrs
    width, height = _whole(attrs, "data-width", 0), _whole(attrs, "data-height", 0)
    reader = _PageReader(BBox(0, 0, max(width, 0), max(height, 0)))
    reader.read(section.children)
    return Page(
        _whole(attrs, "data-page", position),
        width,
        height,
        _decimal(attrs, "data-dpi", 200),
        _whole(attrs, "data-rotation", 0),
        tuple(reader.blocks),
        tuple(reader.notes),
    )


@dataclass(slots=True)
class _PageReader:
    page_box: BBox
    blocks: list[Block] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)

    def read(self, children: Sequence[Element | str]) -> None:
        for child in children:
            if isinstance(child, str):
                # Between blocks there is only the line break that we wrote.
                if text := decode(child).strip():
                    self.blocks.append(Block("paragraph", self.page_box, text))
            elif child.name == "aside" and "note" in child.attrs.get("class", "").split():
                self.notes.append(_read_note(child))
            elif child.name in tags.SILENT or child.name in ("hr", "br"):
                pass
            elif _is_wrapper(child):
                self.read(child.children)
            else:
                self.blocks.append(self._block(child))

    def _block(self, element: Element) -> Block:
        attrs = element.attrs
        kind = _kind(element)
        block = Block(
            kind,
            _box(attrs) or self.page_box,
            level=_whole(attrs, "data-level", tags.level_of_tag(element.name)),
            label=attrs.get("data-label", ""),
            target=_whole(attrs, "data-target", -1) if "data-target" in attrs else None,
            continues="data-continues" in attrs,
            confidence=_decimal(attrs, "data-confidence", 1),
            source=_provenance(attrs),
        )
        if kind == "title" and "data-level" not in attrs:
            block = replace(block, level=0)
        if element.name == "table":
            return replace(block, table=self._table(element))
        if element.name in LISTS:
            return replace(block, items=tuple(_read_items(element, 0)))
        if element.name == "dl":
            return _with_field(block, element)
        if element.name == "pre":
            return _with_text(block, _only_child(element, "code"))
        return (
            self._composite(block, element) if element.name == "div" else _with_text(block, element)
        )

    def _composite(self, block: Block, element: Element) -> Block:
        for part in element.children:
            if isinstance(part, str):
                continue
            if part.name == "img":
                block = replace(block, image=_image(part.attrs.get("src", "")))
            elif part.name == "table":
                block = replace(block, table=self._table(part))
            elif part.name in LISTS:
                block = replace(block, items=tuple(_read_items(part, 0)))
            elif part.name in _TEXTS:
                block = _with_text(block, part)
        return block

    def _table(self, element: Element) -> Table | None:
        if "data-rows" in element.attrs:
            rows, cols = (_whole(element.attrs, name, 0) for name in ("data-rows", "data-cols"))
            return Table(rows, cols, ()) if rows * cols == 0 else None
        found = read_rows(element, read_exactly, _box)
        table, was_mended = build_table(found.rows)
        if was_mended:
            self.notes.append(Note("bad-table", "a table was changed by hand and does not fit"))
        return table


def _is_wrapper(element: Element) -> bool:
    """Whether somebody put an element around blocks of ours."""
    is_ours = "data-bbox" in element.attrs or element.name in ("table", "dl", *LISTS)
    return element.has_block and not is_ours and not tags.level_of_tag(element.name)


def _kind(element: Element) -> Kind:
    if element.name == "table":
        return "table"
    if element.name in LISTS:
        return "list"
    if element.name == "dl":
        return "form-field"
    return tags.kind_of_element(element.name, element.attrs.get("class", "")) or "paragraph"


def _with_text(block: Block, element: Element) -> Block:
    inline = read_exactly(element.children)
    text, spans = inline.text, inline.spans
    if block.kind == "formula" and len(text) >= 4 and text[:2] == text[-2:] == "$$":
        text = text[2:-2]
        spans = tuple(replace(s, start=s.start - 2, end=s.end - 2) for s in spans)
    return replace(block, text=text, spans=spans)


def _with_field(block: Block, element: Element) -> Block:
    label = read_exactly(_only_child(element, "dt").children).text
    return replace(_with_text(block, _only_child(element, "dd")), label=label)


def _only_child(element: Element, name: str) -> Element:
    named = (part for part in element.children if isinstance(part, Element) and part.name == name)
    return next(named, element)


def _read_items(element: Element, depth: int) -> Iterator[ListItem]:
    for entry in element.children:
        if not isinstance(entry, Element) or entry.name != "li":
            continue
        inner: list[Element] = []
        own: list[Element | str] = []
        for part in entry.children:
            if isinstance(part, Element) and part.name in LISTS:
                inner.append(part)
            else:
                own.append(part)
        inline = read_exactly(own)
        attrs = entry.attrs
        yield ListItem(
            inline.text,
            _box(attrs),
            _whole(attrs, "data-level", depth),
            attrs.get("data-marker", ""),
            attrs.get("data-ordered", str(element.name == "ol").lower()) == "true",
            inline.spans,
        )
        for part in inner:
            yield from _read_items(part, depth + 1)


def _read_note(element: Element) -> Note:
    code = element.attrs.get("data-code", "")
    known = cast(NoteCode, code) if code in get_args(NoteCode) else "repaired"
    return Note(known, read_exactly(element.children).text, _box(element.attrs))


def _image(src: str) -> str:
    return src if src.startswith("data:") else unquote(src)


def _provenance(attrs: Mapping[str, str]) -> Provenance:
    source = attrs.get("data-source", "")
    return cast(Provenance, source) if source in get_args(Provenance) else "text-layer"


def _box(attrs: Mapping[str, str]) -> BBox | None:
    numbers = [int(number) for number in re.findall(r"-?[0-9]{1,15}", attrs.get("data-bbox", ""))]
    if len(numbers) != 4:
        return None
    (x0, x1), (y0, y1) = sorted(numbers[::2]), sorted(numbers[1::2])
    return BBox(x0, y0, x1, y1)


def _whole(attrs: Mapping[str, str], name: str, default: int) -> int:
    value = attrs.get(name, "")
    return int(value) if re.fullmatch(r"-?[0-9]{1,15}", value) else default


def _decimal(attrs: Mapping[str, str], name: str, default: float) -> float:
    try:
        return float(attrs.get(name, default))
    except ValueError:
        return default
