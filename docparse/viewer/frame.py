"""The HTML around pages and text that the report and the app have in common."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from typing import TYPE_CHECKING

from docparse.convert.figures import wants_picture
from docparse.convert.html import page_to_html
from docparse.convert.overlay import COLOURS
from docparse.omni.stylesheet import STYLESHEET
from docparse.omni.write import attributes, element, escape
from docparse.types import BBox, Block, Document, Page
from docparse.viewer.checks import Check, doubts, find_checks

if TYPE_CHECKING:
    import PIL.Image

_ICONS = {
    "side": "M4 6h16M4 12h16M4 18h10",
    "prev": "M15 6l-6 6 6 6",
    "next": "M9 6l6 6-6 6",
    "out": "M6 12h12",
    "in": "M6 12h12M12 6v12",
    "boxes": "M4 5h16v5H4zM4 14h9v5H4z",
    "theme": "M19 14.5A8 8 0 1 1 9.5 5a6.5 6.5 0 0 0 9.5 9.5z",
    "print": "M7 9V4h10v5M7 17H4v-8h16v8h-3M7 14h10v6H7z",
    "help": "M9 9a3 3 0 1 1 4.2 2.8c-.8.4-1.2 1-1.2 2.2M12 17.5v.01",
}
_KEYS = (
    (("n", "p"), "next, previous page"),
    (("j", "k"), "next, previous block"),
    (("c", "C"), "next, previous thing to check"),
    (("g",), "go to a page"),
    (("+", "-", "0"), "zoom of the page, 0 fits it"),
    (("b",), "boxes on and off"),
    (("s",), "side list on and off"),
    (("t",), "light or dark"),
    (("Esc",), "let go of the marked block"),
)


@dataclass(frozen=True, slots=True)
class View:
    """What is shown: a document, the picture of each page as attributes of its `img`."""

    document: Document
    facts: str
    checks: tuple[Check, ...]

    @classmethod
    def of(cls, document: Document, facts: str) -> View:
        return cls(document, facts, tuple(find_checks(document)))


def asset(name: str) -> str:
    """A script or stylesheet of the viewer."""
    return files("docparse.viewer").joinpath(name).read_text(encoding="utf-8")


def stylesheet(document: Document) -> str:
    """The stylesheet of a view; shapes of pages are classes, since the policy allows no `style`."""
    kinds = "".join(
        f".k-{kind} {{ --kind: rgb({r} {g} {b}); }}\n"
        f".hide-{kind} .paper rect.k-{kind} {{ display: none; }}\n"
        for kind, (r, g, b) in COLOURS.items()
    )
    shapes = "".join(
        f".s{number} {{ --ratio: {width / height:.5f}; }}\n"
        for number, (width, height) in enumerate(_shapes(document))
    )
    return f".text {{\n{STYLESHEET}}}\n{asset('report.css')}{kinds}{shapes}"


def _shapes(document: Document) -> list[tuple[int, int]]:
    return list(dict.fromkeys(_size(page) for page in document.pages))


def _size(page: Page) -> tuple[int, int]:
    return max(page.width, 1), max(page.height, 1)


def title_of(document: Document) -> str:
    """What a view is called."""
    return document.source or document.meta.get("title") or "Document"


def bar(document: Document) -> str:
    """The bar at the top: the name, pages, zoom, looks."""
    last = document.pages[-1].number if document.pages else 0
    title = escape(title_of(document))
    pages = (
        f"{_icon('prev', 'Previous page (p)')}"
        '<input id="page" inputmode="numeric" value="1" aria-label="Page" autocomplete="off">'
        f"<span>of {last}</span>{_icon('next', 'Next page (n)')}"
    )
    zoom = (
        f"{_icon('out', 'Smaller (-)')}<output id='zoom'>100 %</output>{_icon('in', 'Larger (+)')}"
    )
    looks = (
        f"{_icon('boxes', 'Boxes (b)', pressed=True)}{_icon('theme', 'Light or dark (t)')}"
        f"<span class='print'>{_icon('print', 'Print all pages')}</span>{_icon('help', 'Keys (?)')}"
    )
    return (
        f"<header class='bar'>{_icon('side', 'Pages and checks (s)', pressed=True)}"
        f"<h1{attributes({'title': title_of(document)})}>{title}</h1>"
        f"<div>{pages}</div><div class='zoom'>{zoom}</div><div>{looks}</div></header>"
    )


def _icon(name: str, title: str, *, pressed: bool = False) -> str:
    values = {
        "id": name,
        "class": "icon",
        "type": "button",
        "title": title,
        "aria-label": title.split(" (")[0],
        "aria-pressed": "true" if pressed else None,
    }
    drawing = f'<svg viewBox="0 0 24 24" aria-hidden="true"><path d="{_ICONS[name]}"/></svg>'
    return element("button", values, drawing)


def side(view: View, extra: str = "") -> str:
    """The list of pages, the list of what to check, the kinds, `extra`, and what the file is."""
    entries = "\n".join(_page_entry(page) for page in view.document.pages)
    checks = "\n".join(_check_entry(check) for check in view.checks)
    count = f" <b>{len(view.checks)}</b>" if view.checks else ""
    if not checks:
        checks = "<li class='none'>Nothing: no notes, and every word is sure.</li>"
    used = {block.kind for page in view.document.pages for block in page.blocks}
    kinds = "".join(
        f"<label class='k-{kind}'><input type='checkbox' value='{kind}' checked>{kind}</label>"
        for kind in COLOURS
        if kind in used
    )
    return (
        "<nav class='side' aria-label='Pages and checks'><div class='tabs' role='tablist'>"
        "<button type='button' role='tab' aria-selected='true' aria-controls='pages'>Pages</button>"
        "<button type='button' role='tab' aria-selected='false' aria-controls='checks'>"
        f"To check{count}</button></div><div class='scroll'>"
        f"<ol class='pages' id='pages'>\n{entries}</ol>"
        f"<ol class='checks' id='checks' hidden>\n{checks}</ol></div>"
        f"<div class='kinds'>{kinds}</div>{extra}<p class='facts'>{escape(view.facts)}</p></nav>"
    )


def _page_entry(page: Page) -> str:
    width, height = _size(page)
    mark = " <i title='has notes'>●</i>" if page.notes else ""
    return (
        f"<li{' class=bad' if not page.complete else ''}><a href='#p{page.number}'>"
        f"<svg viewBox='0 0 {width} {height}' data-page='{page.number}' aria-hidden='true'>"
        f"<rect class='leaf' width='{width}' height='{height}'/></svg>{page.number}{mark}</a></li>"
    )


def _check_entry(check: Check) -> str:
    css = " class=bad" if check.is_bad else ""
    return (
        f"<li{css}><a{attributes({'href': '#' + check.anchor})}>"
        f"<b>{escape(check.heading)}<span>p. {check.page}</span></b>{escape(check.text)}</a></li>"
    )


def rows(document: Document, pictures: Iterable[str | None]) -> Iterable[str]:
    """Each page with its text. `pictures`: attributes of the `img`, None where there is none."""
    shapes = {size: number for number, size in enumerate(_shapes(document))}
    for page, picture in zip(document.pages, pictures, strict=True):
        width, height = _size(page)
        values = {
            "class": f"row s{shapes[width, height]}",
            "id": f"p{page.number}",
            "data-page": str(page.number),
            "data-kinds": " ".join(block.kind for block in page.blocks),
            "data-doubts": _doubts(page),
        }
        drawn = "<p class='lost'>no picture of this page</p>"
        if picture is not None:
            drawn = f"<img alt='Page {page.number}' decoding='async'{picture}>"
        paper = (
            f"<div class='sheet'><div class='paper'>{drawn}"
            f"<svg viewBox='0 0 {width} {height}' aria-hidden='true'></svg></div></div>"
        )
        yield element("article", values, f"{paper}<div class='text'>{page_to_html(page)}</div>")


def _doubts(page: Page) -> str | None:
    found = [
        (*_corners(d.word.bbox), d.block, "".join(d.word.text.split()), d.before)
        for d in doubts(page)
    ]
    return json.dumps(found, ensure_ascii=False) if found else None


def _corners(box: BBox) -> tuple[int, int, int, int]:
    return box.x0, box.y0, box.x1, box.y1


def keys() -> str:
    """The dialog that names the keys."""
    entries = "".join(
        f"<dt>{' '.join(f'<kbd>{key}</kbd>' for key in names)}</dt><dd>{what}</dd>"
        for names, what in _KEYS
    )
    return (
        f"<dialog id='keys'><h2>Keys</h2><dl>{entries}</dl>"
        "<button type='button' id='close'>Close</button></dialog>"
    )


def with_pictures(page: Page, pictures: Sequence[tuple[int, str]]) -> Page:
    """The page with sources of pictures for the blocks of those indices, and no others but their
    own data URIs."""
    given = dict(pictures)
    blocks: list[Block] = []
    for index, block in enumerate(page.blocks):
        kept = block.image if block.image.startswith("data:") else ""
        blocks.append(replace(block, image=given.get(index, kept)))
    return replace(page, blocks=tuple(blocks))


def figures_of(page: Page, picture: PIL.Image.Image) -> Iterator[tuple[int, PIL.Image.Image]]:
    """The figures of a page that have no picture of their own, cut out of that of the page, with
    the indices of their blocks."""
    scale = picture.width / max(page.width, 1)
    for index, block in enumerate(page.blocks):
        box = block.bbox.clip(page.width, page.height)
        if block.image.startswith("data:") or not wants_picture(block) or not box.area:
            continue
        x0, y0 = round(box.x0 * scale), round(box.y0 * scale)
        x1, y1 = round(box.x1 * scale), round(box.y1 * scale)
        yield index, picture.crop((x0, y0, max(x1, x0 + 1), max(y1, y0 + 1)))


def cut_figures(page: Page, picture: PIL.Image.Image) -> Page:
    """The page with its figures cut out of its picture, as data URIs."""
    import base64
    import io

    cut: list[tuple[int, str]] = []
    for index, figure in figures_of(page, picture):
        buffer = io.BytesIO()
        figure.save(buffer, "JPEG", quality=80)
        cut.append(
            (index, f"data:image/jpeg;base64,{base64.b64encode(buffer.getvalue()).decode()}")
        )
    return with_pictures(page, cut)
