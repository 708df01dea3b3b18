"""Documents as omni HTML that browsers show well and `parse_document` reads back exactly."""

from __future__ import annotations

import re
from urllib.parse import quote

from docparse.omni import tags
from docparse.omni.inline import read_inline
from docparse.omni.latex import split_math
from docparse.omni.lists import split_marker
from docparse.omni.markup import parse_markup
from docparse.omni.stylesheet import STYLESHEET
from docparse.omni.write import (
    Attributes,
    BlockWriter,
    attributes,
    cut_at_spans,
    element,
    escape,
    is_styled,
    wrap_styles,
)
from docparse.types import BBox, Block, Cell, Document, Frame, ListItem, Note, Page, Span

# Nothing runs, whatever slips through; pictures come from beside the file or lie in it.
_POLICY = "default-src 'none'; img-src 'self' file: data:; style-src 'unsafe-inline'"
_LANGUAGE = re.compile(r"[a-zA-Z]{2,3}(?:-[a-zA-Z0-9]{1,8})*")
_DATA_URI = re.compile(r"data:image/(?:png|jpeg);base64,[A-Za-z0-9+/]*+={0,2}")
_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:|[/\\]")


def emit(document: Document) -> str:
    """Valid HTML5 with one section for each page and `data-bbox` on all that has a box.

    `parse_document` gives the same document back, but for what HTML is not to carry: words, links
    to anything but the web, mail and the document itself, and pictures that are neither a relative
    file name nor an embedded PNG or JPEG. Tables beyond 1,000,000 slots or with cells over more
    than 1,000 columns come back mended.
    """
    meta = document.meta
    language = next((meta[key] for key in ("language", "lang") if meta.get(key)), "")
    lang = language if _LANGUAGE.fullmatch(language) else None
    head = [
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="generator" content="docparse">',
        f"<title>{escape(meta.get('title') or document.source or 'Document')}</title>",
        _meta("docparse-source", document.source),
        *(_meta(f"docparse:{key}", value) for key, value in meta.items()),
        f"<style>\n{STYLESHEET}</style>",
    ]
    opening = f"<html{attributes({'lang': lang, 'data-docparse': '1'})}>"
    pages = [emit_page(page) for page in document.pages]
    lines = ["<!DOCTYPE html>", opening, "<head>", *head, "</head>", "<body>", *pages]
    return "\n".join([*lines, "</body>", "</html>", ""])


def emit_page_reply(page: Page, frame: Frame) -> str:
    """A page as a model would reply it: bare QwenVL HTML in model coordinates.

    What a model cannot see is left out: notes, words, confidences, sources, boxes of table cells.
    """
    writer = _ReplyWriter(frame)
    blocks = [writer.block(block) for block in page.blocks]
    return "\n".join(["<html><body>", *blocks, "</body></html>"])


def _meta(name: str, content: str) -> str:
    return f"<meta{attributes({'name': name, 'content': content})}>"


def emit_page(page: Page) -> str:
    """The `section` of one page."""
    values = {
        "class": "page" if page.complete else "page incomplete",
        "id": f"page={page.number}",
        "data-page": str(page.number),
        "data-width": str(page.width),
        "data-height": str(page.height),
        "data-dpi": _number(page.dpi),
        "data-rotation": str(page.rotation),
    }
    writer = _DocumentWriter(page.dpi)
    notes = [_note(note, writer) for note in page.notes]
    blocks = [writer.block(block) for block in page.blocks]
    lines = [f"<section{attributes(values)}>", *notes, *blocks, "</section>"]
    return "\n".join(lines)


def _note(note: Note, writer: _DocumentWriter) -> str:
    box = writer.box(note.bbox) if note.bbox else None
    values = {"class": "note", "data-code": note.code, "data-bbox": box}
    return element("aside", values, writer.inline(note.message, ()))


def _number(value: float) -> str:
    return repr(value).removesuffix(".0")


class _DocumentWriter(BlockWriter):
    """Everything there is, in native pixels, to be read back exactly."""

    def __init__(self, dpi: float) -> None:
        self._dpi = dpi

    def inline(self, text: str, spans: tuple[Span, ...]) -> str:
        return self.verbatim(text, spans).replace("\n", "<br>")

    def verbatim(self, text: str, spans: tuple[Span, ...]) -> str:
        parts: list[str] = []
        for piece, span in cut_at_spans(text, spans):
            inside = escape(piece)
            if span is None:
                parts.append(inside)
            elif is_styled(span):
                math = f'<span class="math">${inside}$</span>'
                parts.append(wrap_styles(inside, span, math))
            else:
                parts.append(f"<span>{inside}</span>")
        return "".join(parts)

    def box(self, bbox: BBox) -> str:
        return f"{bbox.x0} {bbox.y0} {bbox.x1} {bbox.y1}"

    def extras(self, block: Block) -> Attributes:
        is_simple = self._is_simple(block)
        # What the tag or a child of the element says already.
        said_level = 0
        if block.kind == "heading":
            said_level = block.level if is_simple and 1 <= block.level <= 6 else -1
        says_label = block.kind == "form-field" and is_simple
        return {
            "data-level": None if block.level == said_level else str(block.level),
            "data-label": None if says_label else block.label or None,
            "data-target": None if block.target is None else str(block.target),
            "data-continues": "true" if block.continues else None,
            "data-confidence": None if block.confidence == 1 else _number(block.confidence),
            "data-source": None if block.source == "text-layer" else block.source,
        }

    def picture(self, block: Block) -> str:
        src = _source_of(block.image)
        if not src:
            return ""
        # The size on paper, in the inches of CSS.
        width = round(block.bbox.width * 96 / self._dpi) if self._dpi > 0 else 0
        values = {"src": src, "alt": block.text, "width": str(width) if width > 0 else None}
        return f"<img{attributes({**values, 'loading': 'lazy'})}>"

    def has_picture(self, block: Block) -> bool:
        return bool(_source_of(block.image))

    def entry(self, item: ListItem, depth: int, *, in_ordered: bool) -> tuple[Attributes, str]:
        extras = {
            "data-marker": item.marker or None,
            "data-level": None if item.level == depth else str(item.level),
            "data-ordered": None if item.ordered == in_ordered else str(item.ordered).lower(),
        }
        return extras, self.inline(item.text, item.spans)

    def cell_box(self, cell: Cell) -> str | None:
        return self.box(cell.bbox) if cell.bbox else None

    def formats(self, block: Block) -> Attributes:
        # HTML5 has no `format`.
        return {"data-format": tags.FORMS[block.kind].format or None}


def _source_of(image: str) -> str:
    """The `src` for a block's picture: an embedded PNG or JPEG, or a relative file name."""
    if _DATA_URI.fullmatch(image):
        return image
    if not image or _SCHEME.match(image):
        return ""
    return re.sub(r"""[\s\x00-\x20"#%:<>?\\^`{|}\x7f]""", lambda m: quote(m[0], safe=""), image)


class _ReplyWriter(BlockWriter):
    """What a model is to write, in its own coordinates."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def inline(self, text: str, spans: tuple[Span, ...]) -> str:
        plain = self._render(text, spans, careful=False)
        if not any(mark in text for mark in ("$", "\\")) and not any(s.math for s in spans):
            return plain
        # Dollars around formulas, as the model knows them, unless others would be mistaken.
        read = read_inline(parse_markup(plain).root.children)
        found = [read.text[span.start : span.end] for span in read.spans if span.math]
        meant = [text[span.start : span.end] for span in spans if span.math]
        if found == meant and read.text == text and not read.is_display:
            return plain
        return self._render(text, spans, careful=True)

    def _render(self, text: str, spans: tuple[Span, ...], *, careful: bool) -> str:
        parts: list[str] = []
        for piece, span in cut_at_spans(text, spans):
            inside = _escape_bare(piece)
            if careful and not (span and span.code):
                inside = inside.replace("$", "&#36;").replace("\\", "&#92;")
            if span is not None and is_styled(span):
                inside = wrap_styles(inside, span, _between_marks(piece, careful=careful))
            parts.append(inside)
        return "".join(parts).replace("\n", "<br>")

    def verbatim(self, text: str, spans: tuple[Span, ...]) -> str:
        return _escape_bare(text)

    def box(self, bbox: BBox) -> str:
        return " ".join(map(str, self._frame.to_model(bbox)))

    def extras(self, block: Block) -> Attributes:
        return {}

    def picture(self, block: Block) -> str:
        if block.kind not in tags.PICTURED:
            return ""
        # Qwen2.5-VL repeats the box of the element around it (spec qwen_vl, section 5.1).
        return f'<img data-bbox="{self.box(block.bbox)}"/>'

    def has_picture(self, block: Block) -> bool:
        return False

    def entry(self, item: ListItem, depth: int, *, in_ordered: bool) -> tuple[Attributes, str]:
        content = self.inline(item.text, item.spans)
        if item.marker and split_marker(f"{item.marker} {item.text}") == (item.marker, item.text):
            return {}, f"{_escape_bare(item.marker)} {content}"
        # Said in an attribute where it could not be told from the text.
        is_clear = not item.marker and split_marker(item.text) == ("", item.text)
        return {"data-marker": None if is_clear else item.marker}, content

    def cell_box(self, cell: Cell) -> str | None:
        return None

    def formats(self, block: Block) -> Attributes:
        return {"format": tags.FORMS[block.kind].format or None}


def _escape_bare(text: str) -> str:
    """Escaped only where needed: a model's replies hold few references."""
    return escape(text).replace("&gt;", ">")


def _between_marks(latex: str, *, careful: bool) -> str:
    """A formula between marks that are sure to be read as such."""
    for opening, closing in (("\\(", "\\)"),) if careful else (("$", "$"), ("\\(", "\\)")):
        pieces = split_math(f"{opening}{latex}{closing}")
        if len(pieces) == 1 and pieces[0].is_math and pieces[0].text == latex:
            return opening + _escape_bare(latex) + closing
    return f'<span class="math">{_escape_bare(latex)}</span>'
