"""The HTML of the app: the list of documents, one document with its editor, the HTTP interface."""

from __future__ import annotations

import re
from typing import Any

from docparse import __version__
from docparse.omni.write import element, escape
from docparse.serve.store import Entry
from docparse.types import KINDS, Document, Page
from docparse.viewer.frame import View, bar, keys, rows, side, title_of, with_pictures

DOWNLOADS = {
    "html": "HTML",
    "md": "Markdown",
    "json": "JSON",
    "pdf": "searchable PDF",
    "report": "report",
    "pairs": "training pairs",
}


def _page(title: str, styles: str, scripts: str, body: str) -> str:
    return (
        "<!DOCTYPE html>\n<html lang='en'>\n<head><meta charset='utf-8'>"
        "<link rel='icon' href='data:,'>"
        "<meta name='viewport' content='width=device-width, initial-scale=1'>"
        f"<title>{escape(title)}</title>{styles}{scripts}</head>\n<body>\n{body}\n</body></html>\n"
    )


def _style(path: str) -> str:
    return f"<link rel='stylesheet' href='{path}'>"


def _script(path: str) -> str:
    return f"<script src='{path}' defer></script>"


def index_page(most_megabytes: int) -> str:
    """The first page: where files are dropped, and what has become of them."""
    body = (
        "<header class='bar'><h1>docparse</h1><div><a href='/api'>HTTP interface</a></div></header>"
        "<main class='desk'><label class='drop' id='drop'><input type='file' id='files' multiple>"
        "<strong>Drop PDFs, scans or pictures here</strong><span>or choose files, up to "
        f"{most_megabytes} MB each. They stay on this machine.</span></label>"
        "<p id='problem' role='alert' hidden></p><ol class='documents' id='documents'></ol></main>"
    )
    styles = _style("/static/report.css") + _style("/static/app.css")
    return _page("docparse", styles, _script("/static/app.js"), body)


def _with_figures(entry: Entry, page: Page) -> Page:
    names = [(i, f"{page.number}-{i}.webp") for i in range(len(page.blocks))]
    return with_pictures(
        page, [(i, f"pages/{name}") for i, name in names if (entry.pictures / name).is_file()]
    )


def document_page(entry: Entry, document: Document) -> str:
    """The view of a document, with the editor of the block that is marked."""
    num = len(entry.corrections())
    num_pages = len(document.pages)
    facts = f"{num_pages} page{'s' * (num_pages != 1)}, {num} corrected, docparse {__version__}"
    pictures = [
        f' data-src="pages/{page.number}.webp"'
        if (entry.pictures / f"{page.number}.webp").is_file()
        else None
        for page in document.pages
    ]
    shown = Document(
        entry.name, tuple(_with_figures(entry, page) for page in document.pages), document.meta
    )
    links = " ".join(
        f"<a href='result/{name}' download>{label}</a>" for name, label in DOWNLOADS.items()
    )
    extra = f"<div class='downloads'><b>Download</b>{links}<a href='/'>All documents</a></div>"
    body = (
        f"{bar(shown)}<div class='body'>{side(View.of(shown, facts), extra)}<main>\n"
        + "\n".join(rows(shown, pictures))
        + f"</main></div>{_editor()}{keys()}"
    )
    styles = _style("style.css") + _style("/static/app.css")
    scripts = _script("/static/edit.js") + _script("/static/report.js")
    return _page(title_of(shown), styles, scripts, body)


def _editor() -> str:
    options = "".join(element("option", {"value": kind}, kind) for kind in KINDS)
    sides = "".join(
        f"<input id='{name}' type='number' min='0' aria-label='{name}'>"
        for name in ("x0", "y0", "x1", "y1")
    )
    return (
        "<aside class='editor' id='editor' hidden aria-label='Correct the marked block'>"
        "<div><b id='what'></b><button type='button' id='cancel' class='icon' "
        "aria-label='Close' title='Close (Esc)'>×</button></div>"
        "<textarea id='words' rows='4' spellcheck='false' aria-label='Text'></textarea>"
        f"<div><select id='kind' aria-label='Kind'>{options}</select>{sides}"
        "<button type='button' id='save'>Save</button></div>"
        "<p id='problem' role='alert' hidden></p></aside>"
    )


def api_page(schema: dict[str, Any]) -> str:
    """The HTTP interface as its OpenAPI description has it, without scripts of others."""
    parts: list[str] = []
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            rows_ = "".join(_parameter(one) for one in operation.get("parameters", ()))
            table = f"<dl>{rows_}</dl>" if rows_ else ""
            parts.append(
                f"<section><h2><code>{method.upper()} {escape(path)}</code></h2>"
                f"<p>{_with_code(operation.get('description', ''))}</p>"
                f"{table}</section>"
            )
    example = "curl --data-binary @file.pdf 'http://127.0.0.1:8311/v1/convert?format=md'"
    body = (
        "<header class='bar'><h1>HTTP interface</h1><div><a href='/'>Documents</a></div></header>"
        "<main class='desk api'><p>As OpenAPI: <a href='/openapi.json'>openapi.json</a>. "
        f"Files are sent as they are, as the body:</p><pre>{escape(example)}</pre>"
        f"{''.join(parts)}</main>"
    )
    styles = _style("/static/report.css") + _style("/static/app.css")
    return _page("HTTP interface", styles, _script("/static/app.js"), body)


def _with_code(text: str) -> str:
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))


def _parameter(parameter: dict[str, Any]) -> str:
    kind = parameter.get("schema", {})
    values = " or ".join(map(str, kind.get("enum", ()))) or str(kind.get("type", ""))
    meaning = escape(parameter.get("description", ""))
    return f"<dt><code>{escape(parameter['name'])}</code></dt><dd>{escape(values)}. {meaning}</dd>"
