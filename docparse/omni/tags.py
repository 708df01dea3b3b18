"""The one list of elements: how each kind of block is written in omni HTML, and how it is read.

Forms are those of the Qwen2.5-VL report (section 2.2.1); what a document needs beyond them
(footnote, seal, form field, ...) is written in the plainest HTML5 that carries it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from docparse.types import KINDS, Kind


@dataclass(frozen=True, slots=True)
class Form:
    """How a kind is written: `<tag class="css">`.

    `inner`: the element that holds the text beside a picture; empty where the text stands in the
    element itself. `format`: the notation of the text, as the report names it. `verbatim`: line
    breaks of the text are characters of it, not `<br>`.
    """

    tag: str
    css: str = ""
    inner: str = ""
    format: str = ""
    verbatim: bool = False


# The tag of a heading goes with its level; "h2" stands for all six.
FORMS: dict[Kind, Form] = {
    "title": Form("h1", "title"),
    "heading": Form("h2"),
    "paragraph": Form("p"),
    "list": Form("ul"),
    "table": Form("table"),
    "chart": Form("div", "chart", inner="p"),
    "formula": Form("div", "formula", inner="div", verbatim=True),
    "figure": Form("div", "image", inner="p"),
    "caption": Form("p", "caption"),
    "footnote": Form("p", "footnote"),
    "page-header": Form("header"),
    "page-footer": Form("footer"),
    "code": Form("pre", verbatim=True),
    "form-field": Form("dl", "form-field"),
    "image-ocr": Form("div", "image ocr", inner="p"),
    "music-sheet": Form("div", "music sheet", inner="div", format="abc notation", verbatim=True),
    "chemical-formula": Form("div", "chemical formula", inner="div", format="smile", verbatim=True),
    "seal": Form("div", "seal", inner="p"),
}
# A figure that comes with a description has a name of its own in the report.
DESCRIBED_FIGURE = "image caption"
# Kinds that are a picture with something beside it.
PICTURED: frozenset[Kind] = frozenset(kind for kind, form in FORMS.items() if form.inner)

# Names of classes and layout labels that are read, in small letters with single spaces. Sources:
# spec qwen_vl 5.1, DocLayNet, DocLayout-YOLO, PP-DocLayout, dots.ocr, PyMuPDF's layout model.
_SPELLINGS: dict[Kind, str] = {
    "title": "doc title, document title",
    "heading": "section header, section heading, section title, paragraph title, subtitle",
    "paragraph": "text, plain text, body text, abstract, content, reference, reference content, "
    "author, address author, aside text, vertical text, abandon, number",
    "list": "list item, li",
    "table": "",
    "chart": "chart diagram",
    "formula": "formula machine printed, formula handwritten, isolate formula, equation, "
    "display formula, interline equation, isolated equation",
    "figure": "image, image caption, picture, photo, header image, footer image, logo",
    "caption": "figure caption, table caption, figure title, table title, chart title, "
    "formula caption, image title, legend",
    "footnote": "table footnote, figure footnote, vision footnote, footnotes",
    "page-header": "header, running header",
    "page-footer": "footer, running footer, page number",
    "code": "algorithm, source code, code block",
    "form-field": "field, form item, key value",
    "image-ocr": "image text",
    "music-sheet": "music, sheet music",
    "chemical-formula": "chemistry, molecule, chemical structure",
    "seal": "stamp",
}


def _plain(name: str) -> str:
    """Small letters, one space for whatever is no letter: `Section-header2` is `section header`."""
    return re.sub(r"[\W\d_]+", " ", name.lower()).strip()


NAMES: dict[str, Kind] = {
    name: kind for kind in KINDS for name in (_plain(kind), *_SPELLINGS[kind].split(", ")) if name
}
_KIND_OF_TAG: dict[str, Kind] = {
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), "heading"),
    "header": "page-header",
    "footer": "page-footer",
    "figcaption": "caption",
    "caption": "caption",
    "pre": "code",
    "li": "list",
}


def kind_of_label(label: str) -> Kind | None:
    """The kind that a class or a layout label names, or None."""
    tokens = label.split()
    candidates = [label, *tokens, *(token.split(".")[0] for token in tokens)]
    return next((NAMES[name] for name in map(_plain, candidates) if name in NAMES), None)


def kind_of_element(tag: str, css: str) -> Kind | None:
    """The kind that an element is written for, or None where only its content can tell."""
    kind = kind_of_label(css) if css else None
    by_tag = _KIND_OF_TAG.get(tag)
    if by_tag == "heading" and kind not in ("title", "caption", "page-header", "page-footer"):
        return by_tag
    return kind or by_tag


def level_of_tag(tag: str) -> int:
    """1 to 6 for h1 to h6, else 0."""
    return int(tag[1]) if len(tag) == 2 and tag[0] == "h" and tag[1] in "123456" else 0


def _words(names: str) -> frozenset[str]:
    return frozenset(names.split())


# The elements of HTML, by what they do to the text around them.
VOID = _words("area base br col embed hr img input link meta param source track wbr")
# Their content is no text of the page.
SILENT = frozenset(["script", "style"])
# Seen, not kept: they hold nothing that their children do not hold.
OUTER = frozenset(["html", "head", "body"])
BLOCKS = _words(
    "address article aside blockquote caption center colgroup dd details dialog div dl dt fieldset "
    "figcaption figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr legend li main menu nav ol "
    "optgroup option p pre search section select summary table tbody td tfoot th thead title tr ul"
)
_INLINE = _words(
    "a abbr acronym audio b bdi bdo big button canvas cite code del dfn em font i iframe ins kbd "
    "label map mark math nobr noscript picture q rb rp rt rtc ruby s samp small span strike strong "
    "sub sup svg textarea tt u var video "
    "annotation menclose mfenced mfrac mi mn mo mover mpadded mphantom mroot mrow ms mspace msqrt "
    "mstyle msub msubsup msup mtable mtd mtext mtr munder munderover semantics"
)
# Words that a page may well print in angle brackets: these are elements only with attributes.
SHY = _words(
    "circle data defs desc ellipse g line meter object output path point points polygon polyline "
    "progress rect slot symbol template text time tspan use"
)
ELEMENTS = VOID | SILENT | OUTER | BLOCKS | _INLINE | SHY
# What may stand in a tag without a value; other words there mean that it is no tag.
BARE_ATTRIBUTES = _words(
    "allowfullscreen alt async autofocus autoplay border checked class compact contenteditable "
    "controls data-bbox defer disabled hidden href id loop multiple muted nowrap open readonly "
    "required reversed selected src style"
)
# Beginnings of these at the very end of a reply are a tag that was cut.
ATTRIBUTES = BARE_ATTRIBUTES | _words(
    "align bgcolor bbox cellpadding cellspacing charset colspan content data-polygon format height "
    "lang name rel rowspan scope start target title type valign value width"
)
# Where a model puts the box of an element.
BOX_ATTRIBUTES = ("data-bbox", "bbox", "data-polygon")


def is_safe_href(href: str) -> bool:
    """Whether a link may be followed: to the web, to a mailbox, or inside the document."""
    return re.match(r"https?://|mailto:|#.", href, re.IGNORECASE) is not None
