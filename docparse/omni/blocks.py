"""The blocks of a reply in HTML, with boxes (QwenVL HTML and its relatives) or without."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from docparse.omni import tags
from docparse.omni.draft import Draft
from docparse.omni.grid import build_table
from docparse.omni.inline import Inline, read_code, read_inline
from docparse.omni.lists import read_list, split_entry
from docparse.omni.markup import Element, parse_markup
from docparse.omni.pictures import Parts, join_lines, sort_parts, to_latex
from docparse.omni.repair import BoxReader
from docparse.omni.tables import Rows, read_rows
from docparse.types import BBox, Kind, ListItem, union_of

# Texts whose line breaks mean something although they stand in ordinary elements.
_KEEP_LINES: frozenset[Kind] = frozenset(
    {kind for kind, form in tags.FORMS.items() if form.verbatim} | {"image-ocr", "seal"}
)
# In a container these stand for themselves and do not join the text around them.
_STANDS_ALONE = frozenset(["img", "table", "hr"])


def read_html(text: str, boxes: BoxReader) -> list[Draft]:
    """The blocks of any markup, in the order in which they stand; counts what it mends."""
    tree = parse_markup(text)
    if tree.is_cut or tree.is_open:
        boxes.repairs.count("cut")
    if tree.num_flattened:
        boxes.repairs.count("deep", tree.num_flattened)
    reader = _Reader(boxes)
    reader.read_container(tree.root.children, None, None)
    return reader.drafts


class _Reader:
    """Walks the tree; `box` is that of the nearest element around that states one, `kind` what
    that element says its paragraphs are."""

    def __init__(self, boxes: BoxReader) -> None:
        self.drafts: list[Draft] = []
        self._boxes = boxes
        self._handlers: dict[str, Callable[[Element, BBox | None], object]] = {
            "img": self._add_image,
            "table": self._add_table,
            "ul": self._add_list,
            "ol": self._add_list,
            "menu": self._add_list,
            "dl": self._add_fields,
            "title": self._add_title,
            "pre": self._add_code,
            "hr": lambda element, box: None,
        }

    def read_container(
        self, children: Sequence[Element | str], box: BBox | None, kind: Kind | None
    ) -> None:
        run: list[Element | str] = []
        for child in children:
            if isinstance(child, str) or not _is_block(child):
                run.append(child)
                continue
            self._read_run(run, box, kind)
            run = []
            self._read_block(child, box, kind)
        self._read_run(run, box, kind)

    def _read_run(self, run: Sequence[Element | str], box: BBox | None, kind: Kind | None) -> None:
        """Text that stands in a container without an element of its own."""
        if any(not isinstance(part, str) or not part.isspace() for part in run):
            inline = read_inline(run)
            if inline.text or inline.images:
                self._add_text(inline, box, kind or "paragraph", level=0)

    def _read_block(self, element: Element, box: BBox | None, kind: Kind | None) -> None:
        box = self._boxes.of(element.attrs) or box
        own_kind = tags.kind_of_element(element.name, element.attrs.get("class", ""))
        name = element.name
        if name in self._handlers:
            self._handlers[name](element, box)
        elif name == "figure":
            self._add_figure(element, box, kind)
        elif own_kind in tags.PICTURED:
            self._add_pictured(element, box, own_kind)
        elif element.has_block and not tags.level_of_tag(name):
            self.read_container(element.children, box, own_kind or kind)
        else:
            self._add_leaf(element, box, own_kind or kind or "paragraph")

    def _add_leaf(self, element: Element, box: BBox | None, kind: Kind) -> None:
        if kind == "code":
            self._add_code(element, box)
            return
        inline = read_inline(element.children if element.name in tags.BLOCKS else [element])
        if kind == "list":
            marker, text, spans = split_entry(inline)
            entry = ListItem(text, box, marker=marker, spans=spans)
            self.drafts.append(Draft("list", box, items=(entry,), is_lone_item=True))
        else:
            # A table that came as text has no grid; its text counts.
            kind = "paragraph" if kind == "table" else kind
            self._add_text(inline, box, kind, level=_level(kind, element.name))

    def _add_text(self, inline: Inline, box: BBox | None, kind: Kind, *, level: int) -> Draft:
        if inline.is_display and kind == "paragraph":
            draft = Draft("formula", box, inline.text)
        else:
            draft = Draft(kind, box, inline.text, level=level, spans=inline.spans)
        if inline.text or not inline.images:
            self.drafts.append(draft)
        for image in inline.images:
            self._add_image(image, self._boxes.of(image.attrs) or box)
        return draft

    def _add_title(self, element: Element, box: BBox | None) -> None:
        self._add_text(read_inline(element.children), box, "title", level=0)

    def _add_image(self, image: Element, box: BBox | None) -> None:
        # The `src` of a reply is made up; the picture is cut out by its box.
        text = image.attrs.get("alt", "").strip()
        if box is None and not text:
            self._boxes.repairs.count("no-picture")
            return
        self.drafts.append(Draft("figure", box, text))

    def _add_code(self, element: Element, box: BBox | None) -> None:
        label = ""
        for child in [element, *element.children]:
            if isinstance(child, Element):
                for name in child.attrs.get("class", "").split():
                    if name.startswith("language-"):
                        label = name.removeprefix("language-")
        self.drafts.append(Draft("code", box, read_code(element.children), label=label))

    def _add_list(self, element: Element, box: BBox | None) -> None:
        items, images = read_list(element, read_inline, self._boxes.of)
        item_boxes = [item.bbox for item in items if item.bbox]
        if box is None and item_boxes:
            box = union_of(item_boxes)
        if items or box:
            self.drafts.append(Draft("list", box, items=items))
        for image in images:
            self._add_image(image, self._boxes.of(image.attrs))

    def _add_fields(self, element: Element, box: BBox | None) -> None:
        """Terms and their descriptions: names and values of form fields."""
        label: Element | None = None
        todo = element.children[::-1]
        while todo:
            child = todo.pop()
            if isinstance(child, str):
                self._read_run([child], box, None)
            elif child.name == "dt":
                if label is not None:
                    self._add_field(label, None, box)
                label = child
            elif child.name == "dd":
                self._add_field(label, child, box)
                label = None
            elif child.name == "div":
                todo += child.children[::-1]
            else:
                self.read_container([child], box, None)
        if label is not None:
            self._add_field(label, None, box)

    def _add_field(self, label: Element | None, value: Element | None, box: BBox | None) -> None:
        found = [self._boxes.of(part.attrs) for part in (label, value) if part]
        own = [each for each in found if each]
        inline = read_inline(value.children) if value else Inline("")
        name = read_inline(label.children).text if label else ""
        draft = Draft("form-field", union_of(own) if own else box, inline.text, spans=inline.spans)
        draft.label = name
        self.drafts.append(draft)

    def _add_figure(self, element: Element, box: BBox | None, kind: Kind | None) -> None:
        """A `figure` of the web: whatever it holds, its caption describes the first part."""
        first = len(self.drafts)
        self.read_container(element.children, box, kind)
        added = self.drafts[first:]
        target = next((each for each in added if each.kind != "caption"), None)
        for caption in added:
            if caption.kind == "caption":
                caption.target = target

    def _add_table(self, element: Element, box: BBox | None) -> Draft | None:
        found = read_rows(element, read_inline, self._boxes.of)
        cell_boxes = [cell.bbox for row in found.rows for cell in row if cell.bbox]
        if box is None and cell_boxes:
            box = union_of(cell_boxes)
        draft = self._grid(found, box)
        # Browsers show the caption of a table above it, wherever it stands.
        for caption in found.captions:
            own = self._boxes.of(caption.attrs) or box
            self._add_text(read_inline(caption.children), own, "caption", level=0).target = draft
        if draft is not None:
            self.drafts.append(draft)
        self.read_container(found.loose, box, None)
        for image in found.images:
            self._add_image(image, self._boxes.of(image.attrs))
        return draft

    def _grid(self, found: Rows, box: BBox | None) -> Draft | None:
        if not any(found.rows) and box is None:
            return None
        table, was_mended = build_table(found.rows)
        if table is not None:
            if was_mended:
                self._boxes.repairs.count("table")
            return Draft("table", box, table=table)
        self._boxes.repairs.count("huge-table")
        lines = (" ".join(cell.text for cell in row if cell.text) for row in found.rows)
        return Draft("paragraph", box, "\n".join(line for line in lines if line))

    def _add_pictured(self, element: Element, box: BBox | None, kind: Kind) -> None:
        """A picture and what belongs to it. Parts with boxes of their own become blocks."""
        parts = sort_parts(element)
        if parts.box_of is not None:
            box = self._boxes.of(parts.box_of.attrs)
        draft = Draft(kind, box)
        self.drafts.append(draft)
        self._fill(draft, parts)
        for other in parts.others:
            first = len(self.drafts)
            self._read_block(other, box, "caption" if other.name == "p" else None)
            for added in self.drafts[first:]:
                if added.kind == "caption":
                    added.target = draft

    def _fill(self, draft: Draft, parts: Parts) -> None:
        lines, dollars = draft.kind in _KEEP_LINES, not tags.FORMS[draft.kind].verbatim
        texts = [read_inline(part, lines=lines, dollars=dollars) for part in parts.texts]
        texts = [inline for inline in texts if inline.text]
        loose = read_inline(parts.loose, lines=lines, dollars=dollars)
        if not texts and loose.text:
            texts, loose = [loose], Inline("")
        if draft.kind == "formula":
            draft.text = "\n".join(map(to_latex, texts))
        else:
            whole = join_lines(texts)
            draft.text, draft.spans = whole.text, whole.spans
        if not draft.text:
            draft.text = next((text for text in parts.descriptions if text), "")
        if parts.table is not None:
            self._add_own_table(draft, parts.table)
        if loose.text:
            # A line of text that the model took into the element of the formula before it.
            self._boxes.repairs.count("loose")
            self._add_text(read_inline(parts.loose), draft.bbox, "paragraph", level=0)

    def _add_own_table(self, draft: Draft, element: Element) -> None:
        first = len(self.drafts)
        added = self._add_table(element, self._boxes.of(element.attrs) or draft.bbox)
        if draft.kind == "chart" and added is not None and added.table is not None:
            draft.table = added.table
            others = [other for other in self.drafts[first:] if other is not added]
            for other in others:
                other.target = draft if other.target is added else other.target
            self.drafts[first:] = others


def _is_block(element: Element) -> bool:
    name = element.name
    if name in tags.BLOCKS or name in _STANDS_ALONE or element.has_block:
        return True
    return any(attribute in element.attrs for attribute in tags.BOX_ATTRIBUTES)


def _level(kind: Kind, tag: str) -> int:
    return tags.level_of_tag(tag) or 2 if kind == "heading" else 0
