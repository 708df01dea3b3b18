"""Blocks as omni HTML: the structure that a document and a model's reply have in common."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence

from docparse.omni import tags
from docparse.types import BBox, Block, Cell, ListItem, Span, Table

# Deeper levels are written as an attribute: a list of any depth must not be a tree of any depth.
_MAX_NESTING = 8

Attributes = Mapping[str, str | None]


def escape(text: str) -> str:
    """Text as HTML that reads back exactly, here and (but for NUL) in browsers.

    CR and NUL go out as references, since a file or an HTML parser would change them; lone
    surrogates, which no file can hold, as U+FFFD. Other control characters stand as they are.
    """
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    if _UNUSUAL.search(text):
        text = _UNUSUAL.sub(lambda match: _REPLACED.get(match[0], "\ufffd"), text)
    return text


_UNUSUAL = re.compile("[\r\0\ud800-\udfff]")
_REPLACED = {"\r": "&#13;", "\0": "&#0;"}


def attributes(values: Attributes) -> str:
    """` name="value"` for each that is not None."""
    return "".join(
        f' {name}="{_escape_value(value)}"' for name, value in values.items() if value is not None
    )


def _escape_value(value: str) -> str:
    escaped = escape(value).replace('"', "&quot;")
    return escaped.replace("\n", "&#10;").replace("\t", "&#9;")


def element(tag: str, values: Attributes, content: str) -> str:
    return f"<{tag}{attributes(values)}>{content}</{tag}>"


def wrap_styles(inside: str, span: Span, math: str) -> str:
    """Ready markup inside the elements that a span stands for; `math` is its formula's element."""
    if span.math:
        inside = math
    if span.code:
        inside = f"<code>{inside}</code>"
    if span.script:
        tag = "sup" if span.script == "super" else "sub"
        inside = f"<{tag}>{inside}</{tag}>"
    if span.italic:
        inside = f"<i>{inside}</i>"
    if span.bold:
        inside = f"<b>{inside}</b>"
    if span.href and tags.is_safe_href(span.href):
        inside = element("a", {"href": span.href}, inside)
    return inside


def is_styled(span: Span) -> bool:
    href = bool(span.href) and tags.is_safe_href(span.href)
    return span.bold or span.italic or span.code or span.math or bool(span.script) or href


def cut_at_spans(text: str, spans: Iterable[Span]) -> Iterable[tuple[str, Span | None]]:
    """The text in pieces, each with the span that covers it."""
    position = 0
    for span in spans:
        if span.start > position:
            yield text[position : span.start], None
        yield text[span.start : span.end], span
        position = span.end
    if position < len(text):
        yield text[position:], None


class BlockWriter(ABC):
    """Writes blocks; what a document and a reply say differently is left to them."""

    @abstractmethod
    def inline(self, text: str, spans: tuple[Span, ...]) -> str:
        """Text with its styles; line breaks as `<br>`."""

    @abstractmethod
    def verbatim(self, text: str, spans: tuple[Span, ...]) -> str:
        """Text whose line breaks and dollars stand for themselves."""

    @abstractmethod
    def box(self, bbox: BBox) -> str:
        """The value of data-bbox."""

    @abstractmethod
    def extras(self, block: Block) -> Attributes:
        """What else the element of a block says."""

    @abstractmethod
    def picture(self, block: Block) -> str:
        """The `img` of a block, or nothing."""

    @abstractmethod
    def has_picture(self, block: Block) -> bool:
        """Whether the block's own element has to hold a picture."""

    @abstractmethod
    def entry(self, item: ListItem, depth: int, *, in_ordered: bool) -> tuple[Attributes, str]:
        """The attributes of a list entry, beside its box, and its text."""

    @abstractmethod
    def cell_box(self, cell: Cell) -> str | None:
        """The value of a cell's data-bbox."""

    @abstractmethod
    def formats(self, block: Block) -> Attributes:
        """The attribute that names the notation of a music sheet or a chemical formula."""

    def block(self, block: Block) -> str:
        """One block as one element."""
        extras = self.extras(block)
        if block.kind in tags.PICTURED or not self._is_simple(block):
            return self._composite(block, extras)
        box = {"data-bbox": self.box(block.bbox)}
        if block.kind == "table" and block.table is not None:
            return self._table(block.table, {**box, **extras})
        if block.kind == "list":
            return self._list(block.items, {**box, **extras})
        form = tags.FORMS[block.kind]
        tag, css = self._tag(block), {"class": form.css or None}
        values = {**css, **box, **extras}
        if block.kind == "code":
            language = (
                f"language-{block.label}" if re.fullmatch(r"[\w+#.-]+", block.label) else None
            )
            code = element("code", {"class": language}, self.verbatim(block.text, block.spans))
            return element(tag, values, code)
        content = self.inline(block.text, block.spans)
        if block.kind == "form-field":
            name = element("dt", {}, self.inline(block.label, ()))
            content = name + element("dd", {}, content)
        return element(tag, values, content)

    def _code(self, block: Block) -> str:
        is_name = re.fullmatch(r"[\w+#.-]+", block.label)
        values = {"class": f"language-{block.label}" if is_name else None}
        return element("code", values, self.verbatim(block.text, block.spans))

    def _is_simple(self, block: Block) -> bool:
        """Whether the block holds only what the element of its kind is made for."""
        has_table, has_items = block.table is not None, bool(block.items)
        if self.has_picture(block):
            return False
        if block.kind == "table":
            return has_table and not (has_items or block.text)
        if block.kind == "list":
            return not (has_table or block.text)
        return not (has_table or has_items)

    def _tag(self, block: Block) -> str:
        if block.kind != "heading":
            return tags.FORMS[block.kind].tag
        return f"h{min(max(block.level, 1), 6)}"

    def _composite(self, block: Block, extras: Attributes) -> str:
        form = tags.FORMS[block.kind]
        css = form.css if block.kind in tags.PICTURED else block.kind
        if block.kind == "figure" and block.text:
            css = tags.DESCRIBED_FIGURE
        values = {
            "class": css,
            **self.formats(block),
            "data-bbox": self.box(block.bbox),
            **extras,
        }
        parts = [self.picture(block)]
        if block.text:
            parts.append(self._text_beside(block, form))
        if block.table is not None:
            parts.append(self._table(block.table, {}))
        if block.items:
            parts.append(self._list(block.items, {}))
        return element("div", values, "".join(parts))

    def _text_beside(self, block: Block, form: tags.Form) -> str:
        if not form.verbatim:
            return element(form.inner or "p", {}, self.inline(block.text, block.spans))
        content = self.verbatim(block.text, block.spans)
        if block.kind == "formula":
            content = f"$${content}$$"
        return element(form.inner or "div", {}, content)

    def _table(self, table: Table, values: Attributes) -> str:
        if table.num_rows * table.num_cols == 0:
            sizes = {"data-rows": str(table.num_rows), "data-cols": str(table.num_cols)}
            return element("table", {**values, **sizes}, "")
        rows: list[list[str]] = [[] for _ in range(table.num_rows)]
        for cell in table.cells:
            spans = {
                "rowspan": str(cell.rowspan) if cell.rowspan > 1 else None,
                "colspan": str(cell.colspan) if cell.colspan > 1 else None,
                "data-bbox": self.cell_box(cell),
            }
            tag = "th" if cell.header else "td"
            rows[cell.row].append(element(tag, spans, self.inline(cell.text, cell.spans)))
        lines = "\n".join(f"<tr>{''.join(cells)}</tr>" for cells in rows)
        return element("table", values, f"\n{lines}\n")

    def _list(self, items: Sequence[ListItem], values: Attributes) -> str:
        """Entries in nested lists, each list of the kind of its first entry."""
        parts: list[str] = []
        open_lists: list[str] = []
        tag = "ol" if items and items[0].ordered else "ul"
        for item in items:
            depth = min(max(item.level, 0), len(open_lists), _MAX_NESTING)
            while len(open_lists) > depth + 1:
                parts.append(f"</li>\n</{open_lists.pop()}>")
            if len(open_lists) > depth:
                parts.append("</li>\n")
            else:
                open_lists.append("ol" if item.ordered else "ul")
                parts.append(f"<{open_lists[-1]}{attributes(values if not depth else {})}>\n")
            extras, content = self.entry(item, depth, in_ordered=open_lists[depth] == "ol")
            box = {"data-bbox": self.box(item.bbox) if item.bbox else None}
            parts.append(f"<li{attributes({**box, **extras})}>{content}")
        while open_lists:
            parts.append(f"</li>\n</{open_lists.pop()}>")
        return "".join(parts) or element(tag, values, "")
