"""What a PDF page has beside its paint: links, form fields, and the text of its annotations."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Literal

from docparse.mupdf import pymupdf
from docparse.pages.chars import FLAGS, RawLine, read_lines
from docparse.pages.clean import clean
from docparse.types import BBox, FormField, Link

mupdf = pymupdf.mupdf

# Damaged files can have links and fields that go round in circles.
MAX_ITEMS = 20_000
_UNSEEN = mupdf.PDF_ANNOT_IS_HIDDEN | mupdf.PDF_ANNOT_IS_NO_VIEW | mupdf.PDF_ANNOT_IS_INVISIBLE
FieldType = Literal["text", "checkbox", "radio", "choice", "button", "signature"]
_TYPES: dict[int, FieldType] = {
    mupdf.PDF_WIDGET_TYPE_BUTTON: "button",
    mupdf.PDF_WIDGET_TYPE_CHECKBOX: "checkbox",
    mupdf.PDF_WIDGET_TYPE_COMBOBOX: "choice",
    mupdf.PDF_WIDGET_TYPE_LISTBOX: "choice",
    mupdf.PDF_WIDGET_TYPE_RADIOBUTTON: "radio",
    mupdf.PDF_WIDGET_TYPE_SIGNATURE: "signature",
    mupdf.PDF_WIDGET_TYPE_TEXT: "text",
}
# Where a link may lead; anything else (javascript:, file:, launch actions) is not for a reader.
_SCHEMES = ("http://", "https://", "mailto:", "ftp://", "tel:", "doi:", "urn:")
_BARE_HOST = re.compile(r"^file://(?=[\w-]+(\.[\w-]+)+(/|$))")
# Annotations that paint no text of their own.
_WITHOUT_TEXT = frozenset(
    (
        mupdf.PDF_ANNOT_LINK,
        mupdf.PDF_ANNOT_POPUP,
        mupdf.PDF_ANNOT_TEXT,
        mupdf.PDF_ANNOT_HIGHLIGHT,
        mupdf.PDF_ANNOT_UNDERLINE,
        mupdf.PDF_ANNOT_STRIKE_OUT,
        mupdf.PDF_ANNOT_INK,
        mupdf.PDF_ANNOT_WIDGET,
    )
)


def read_links(page: pymupdf.Page, *, scale: float, size: tuple[int, int]) -> tuple[Link, ...]:
    """The links of a page in native pixels: a web address, or `#page=N` inside the document."""
    links: list[Link] = []
    for uri, rect in _raw_links(page):
        href = _href(uri, page.parent)
        box = _native(rect, scale, size)
        if href and box.area:
            links.append(Link(box, href))
    return tuple(links)


def read_fields(
    page: pymupdf.Page, *, scale: float, size: tuple[int, int]
) -> tuple[FormField, ...]:
    """The visible form fields of a page with their values.

    A checkbox or radio button that is on has its export value, such as `Yes`, one that is off "".
    A button has its caption, a choice of several has them joined by ", ".
    """
    fields: list[FormField] = []
    for widget in _widgets(page):
        kind = _TYPES.get(mupdf.pdf_widget_type(widget))
        box = _native(mupdf.pdf_bound_widget(widget), scale, size)
        if kind is not None and box.area:
            obj = mupdf.pdf_annot_obj(widget)
            name = clean(mupdf.pdf_load_field_name(obj)).strip()
            fields.append(FormField(name, _value(obj, kind), box, kind))
    return tuple(fields)


def read_annotations(page: pymupdf.Page) -> list[RawLine]:
    """The text that annotations paint on the page, such as notes typed over it and stamps.

    Form fields are left out, since their values are read as values; but of a signature its look
    is all that there is.
    """
    lines: list[RawLine] = []
    for widget in _widgets(page):
        if mupdf.pdf_widget_type(widget) == mupdf.PDF_WIDGET_TYPE_SIGNATURE:
            options = mupdf.FzStextOptions(FLAGS)
            lines += read_lines(mupdf.FzStextPage(widget, options), page)
    for number, annot in enumerate(page.annots()):
        if number == MAX_ITEMS:
            break
        if not annot.flags & _UNSEEN and annot.type[0] not in _WITHOUT_TEXT:
            lines += read_lines(annot.get_textpage(flags=FLAGS).this, page)
    return lines


def _widgets(page: pymupdf.Page) -> Iterator[Any]:
    """The form fields of the page that are shown."""
    widget = mupdf.pdf_first_widget(mupdf.pdf_page_from_fz_page(page.this))
    for _ in range(MAX_ITEMS):
        if not widget.m_internal:
            return
        if not mupdf.pdf_annot_flags(widget) & _UNSEEN:
            yield widget
        widget = mupdf.pdf_next_widget(widget)


def _raw_links(page: pymupdf.Page) -> Iterator[tuple[str, Any]]:
    """Address and rectangle of each link; not `Page.get_links`, which takes ten times as long."""
    link = mupdf.fz_load_links(page.this)
    for _ in range(MAX_ITEMS):
        if not link.m_internal:
            return
        yield link.m_internal.uri or "", link.m_internal.rect
        following = link.m_internal.next
        link = mupdf.FzLink(mupdf.ll_fz_keep_link(following)) if following else mupdf.FzLink()


def _href(uri: str, document: pymupdf.Document) -> str:
    """Where a link leads for a reader, "" for what is not to be clicked (scripts, programs)."""
    uri = "".join(clean(uri).split())
    if uri.startswith("#"):
        place = mupdf.fz_resolve_link(document.this, uri)
        location = place[0] if isinstance(place, tuple) else place
        number = mupdf.fz_page_number_from_location(document.this, location)
        return f"#page={number + 1}" if number >= 0 else ""
    # MuPDF takes an address without http:// for a file
    uri = _BARE_HOST.sub("https://", uri)
    return uri if uri.lower().startswith(_SCHEMES) else ""


def _value(obj: Any, kind: FieldType) -> str:
    """The value of one widget as the file has it."""
    if kind in ("checkbox", "radio"):
        state = mupdf.pdf_to_name(mupdf.pdf_dict_gets(obj, "AS"))
        return "" if state in ("", "Off") else clean(state)
    if kind == "button":
        look = mupdf.pdf_dict_gets_inheritable(obj, "MK")
        return _text(mupdf.pdf_dict_gets(look, "CA"))
    value = mupdf.pdf_dict_gets_inheritable(obj, "V")
    if kind == "signature":
        return _text(mupdf.pdf_dict_gets(value, "Name"))
    if kind == "choice":
        return ", ".join(_shown(obj, chosen) for chosen in _each(value))
    return _tidy(mupdf.pdf_field_value(obj))


def _shown(obj: Any, value: Any) -> str:
    """What a choice field shows for a value: options may be pairs of export value and text."""
    text = _text(value)
    for option in _each(mupdf.pdf_dict_gets_inheritable(obj, "Opt")):
        if mupdf.pdf_is_array(option) and _text(mupdf.pdf_array_get(option, 0)) == text:
            return _text(mupdf.pdf_array_get(option, 1))
    return text


def _each(value: Any) -> list[Any]:
    """The entries of an array, or the one value that there is."""
    if mupdf.pdf_is_array(value):
        count = min(mupdf.pdf_array_len(value), MAX_ITEMS)
        return [mupdf.pdf_array_get(value, index) for index in range(count)]
    return [value] if value.m_internal else []


def _text(obj: Any) -> str:
    return _tidy(mupdf.pdf_to_text_string(obj))


def _tidy(text: str) -> str:
    """Line ends of any kind to newlines, nothing that cannot be seen."""
    return "\n".join(clean(line) for line in text.splitlines()).strip()


def _native(rect: Any, scale: float, size: tuple[int, int]) -> BBox:
    box = BBox.around(rect.x0 * scale, rect.y0 * scale, rect.x1 * scale, rect.y1 * scale)
    return box.clip(*size)
