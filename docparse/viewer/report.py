"""A Document to one HTML file that shows its pages with boxes beside the text, from disk, alone."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from docparse import __version__
from docparse.omni.write import escape
from docparse.settings import ReadSettings
from docparse.types import Document, Page
from docparse.viewer.frame import (
    View,
    asset,
    bar,
    cut_figures,
    keys,
    rows,
    side,
    stylesheet,
    title_of,
    with_pictures,
)
from docparse.viewer.pictures import Draw, page_pictures, to_webp

if TYPE_CHECKING:
    import PIL.Image


def to_report(document: Document, draw: Draw) -> str:
    """The report as one HTML file. `draw`: a page's picture, or None.

    Only our own script runs: its hash is in the file's policy, and texts are escaped and cleaned.
    Pictures stand at the end, since they are most of the file and the first view needs one.
    """
    pages: list[Page] = []
    pictures: list[str] = []
    for page in document.pages:
        picture = draw(page)
        pages.append(cut_figures(page, picture) if picture else with_pictures(page, ()))
        pictures.append(_data_uri(to_webp(picture)) if picture else "")
    document = replace(document, pages=tuple(pages))
    style, script = stylesheet(document), asset("report.js")
    policy = (
        f"default-src 'none'; img-src data:; style-src '{_hash(style)}'; "
        f"script-src '{_hash(script)}'; base-uri 'none'; form-action 'none'"
    )
    # The first is seen at once, the others when they are scrolled to.
    shown = [
        None if not uri else f' src="{uri}"' if index == 0 else ""
        for index, uri in enumerate(pictures)
    ]
    held = [
        f'<data id="picture-{page.number}" value="{uri}"></data>'
        for page, uri in zip(pages[1:], pictures[1:], strict=True)
        if uri
    ]
    main = "\n".join(rows(document, shown))
    size = sum(map(len, [style, script, main, *held]))
    num = len(pages)
    facts = f"{num} page{'s' * (num != 1)}, {size / 1e6:.1f} MB, docparse {__version__}"
    lines = [
        "<!DOCTYPE html>",
        "<html>",
        "<head>",
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f'<meta name="generator" content="docparse {__version__}">',
        f"<title>{escape(title_of(document))}</title>",
        f"<style>{style}</style>",
        "</head>",
        "<body>",
        bar(document),
        f"<div class='body'>{side(View.of(document, facts))}<main>",
        main,
        f"</main></div>{keys()}",
        f"<script>{script}</script>",
        *held,
        "</body>",
        "</html>",
        "",
    ]
    return "\n".join(lines)


def report_of(
    document: Document,
    data: Path | bytes,
    settings: ReadSettings,
    *,
    alive: Callable[[], None] = lambda: None,
) -> str:
    """The report of a document whose pages are in `data`; without pictures if it has none.

    `alive` is called before each page is drawn. Raises as `open_source` does.
    """

    def draw_alive(page: Page) -> PIL.Image.Image | None:
        alive()
        return draw(page)

    with page_pictures(data, settings, name=document.source) as draw:
        return to_report(document, draw_alive)


def _data_uri(webp: bytes) -> str:
    return f"data:image/webp;base64,{base64.b64encode(webp).decode()}"


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"
