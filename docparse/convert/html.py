"""A Document to omni HTML in which nothing can run, whatever its texts hold.

`omni.emit` escapes what it writes; this is the second wall behind it, and knows nothing of the
first. The body passes through ammonia (nh3), which parses it as a browser would and writes only
what is listed here; of the head, only the parts that are known by their shape are kept.
"""

from __future__ import annotations

import re
import sys

from docparse.omni.emit import emit, emit_page
from docparse.omni.stylesheet import STYLESHEET
from docparse.types import Document, Page

_TAGS = frozenset(
    ["a", "aside", "b", "br", "code", "dd", "div", "dl", "dt", "footer", "h1", "h2", "h3", "h4",
     "h5", "h6", "header", "i", "img", "li", "ol", "p", "pre", "section", "span", "sub", "sup",
     "table", "tbody", "td", "th", "thead", "tr", "ul"]
)  # fmt: skip
_ATTRIBUTES = {
    "a": {"href"},
    "img": {"src", "alt", "width", "loading"},
    "section": {"id"},
    "td": {"rowspan", "colspan"},
    "th": {"rowspan", "colspan"},
    "*": {"class"},
}
_LINK = re.compile(r"(?:https?:|mailto:|#)", re.IGNORECASE)
_PICTURE = re.compile(
    r"data:image/(?:png|jpeg);base64,[A-Za-z0-9+/]*={0,2}\Z|(?![A-Za-z][A-Za-z0-9+.-]*:|[/\\])"
)
_OPENING = re.compile(r'<html(?: lang="[A-Za-z0-9-]+")? data-docparse="1">')
_STYLE = f"<style>\n{STYLESHEET}</style>"
_HEAD_PART = re.compile(
    r'<meta charset="utf-8">'
    r'|<meta http-equiv="Content-Security-Policy" content="[^"<>]*">'
    r'|<meta name="[^"<>]*" content="[^"<>]*">'
    r"|<title>[^<>]*</title>"
    rf"|{re.escape(_STYLE)}"
)
# What an HTML parser changes when it reads a text, as it stands in emitted HTML.
_CHANGED = ("&#13;", "&#0;")


def to_html(document: Document) -> str:
    """The document as one HTML file that `omni.parse_document` reads back as `emit`'s own.

    Pictures are those embedded as PNG or JPEG and those named relative to the file; links lead to
    the web, to mail and within the document, and go where the address is none (`https://`).
    """
    html = emit(document)
    before, _, rest = html.partition("</head>")
    _, _, body = rest.partition("<body>")
    opening = _OPENING.search(before)
    lines = [
        "<!DOCTYPE html>",
        opening[0] if opening else '<html data-docparse="1">',
        "<head>",
        *(match[0] for match in _HEAD_PART.finditer(before)),
        "</head>",
        "<body>",
        _clean_body(body.rpartition("</body>")[0].strip("\n")),
        "</body>",
        "</html>",
        "",
    ]
    return "\n".join(lines)


def page_to_html(page: Page) -> str:
    """The `section` of one page as in `to_html`, to stand in another HTML file."""
    return _clean_body(emit_page(page))


def _clean_body(body: str) -> str:
    import nh3

    stand_ins = _unused_characters(body, len(_CHANGED))
    for reference, stand_in in zip(_CHANGED, stand_ins, strict=True):
        body = body.replace(reference, stand_in)
    body = nh3.clean(
        body,
        tags=set(_TAGS),
        attributes=_ATTRIBUTES,
        attribute_filter=_filter,
        generic_attribute_prefixes={"data-"},
        url_schemes={"http", "https", "mailto", "data"},
        link_rel="noopener noreferrer",
        strip_comments=True,
    )
    for reference, stand_in in zip(_CHANGED, stand_ins, strict=True):
        body = body.replace(stand_in, reference)
    return body


def _filter(tag: str, name: str, value: str) -> str | None:
    if name == "href":
        return value if _LINK.match(value) else None
    if name == "src":
        return value if _PICTURE.match(value) else None
    return value


def _unused_characters(text: str, count: int) -> list[str]:
    """Characters that do not occur in a text, from those that no text is to use."""
    used = set(text)
    private = (chr(code) for code in range(0xF0000, sys.maxunicode) if code & 0xFFFE != 0xFFFE)
    free = (char for char in private if char not in used)
    return [next(free) for _ in range(count)]
