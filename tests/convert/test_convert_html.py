"""HTML: reads back as it was, and nothing in it runs, even if `emit` failed to escape."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from convert_samples import WHOLE_DOCUMENTS, sample
from hypothesis import given
from omni_strategies import documents

import docparse.convert.html as html_module
from docparse.convert.html import to_html
from docparse.omni.document import parse_document
from docparse.omni.emit import emit
from docparse.omni.stylesheet import STYLESHEET
from docparse.types import BBox, Block, Cell, Document, ListItem, Note, Page, Span, Table

# Each would leave a mark on the page if it ran.
RUN = "document.documentElement.setAttribute('data-ran','yes')"
HOSTILE = [
    f"<script>{RUN}</script>",
    f"</p></section></body><script>{RUN}</script>",
    f"<img src=x onerror={RUN}>",
    f"<svg onload={RUN}></svg>",
    f"<svg><script>{RUN}</script></svg>",
    f"<svg><animate onbegin={RUN} attributeName=x dur=1s></svg>",
    f"<math><mtext><table><mglyph><style><img src=x onerror={RUN}></style></table></mtext></math>",
    f"<style>@import 'x';</style><style></style><img src onerror={RUN}>",
    f"</style><script>{RUN}</script><style>",
    f"</title><script>{RUN}</script>",
    f'" onmouseover="{RUN}" autofocus onfocus="{RUN}" x="',
    f"'><script>{RUN}</script>",
    f"<iframe srcdoc='<script>parent.{RUN}</script>'></iframe>",
    f"<noscript><p title=\"</noscript><img src=x onerror={RUN}>\"></noscript>",
    f"<template><script>{RUN}</script></template>",
    f"<textarea><script>{RUN}</script></textarea>",
    f"<details open ontoggle={RUN}>x</details>",
    f"<a href=\"javascript:{RUN}\">x</a>",
    "<meta http-equiv=refresh content='0;url=data:text/html,x'>",
    "<base href=https://evil.example/><link rel=stylesheet href=//evil.example/x.css>",
    "<form action=https://evil.example><button>x</button></form>",
    "<object data=x></object><embed src=x>",
    f"<!--><script>{RUN}</script>-->",
    f"<![CDATA[><script>{RUN}</script>]]>",
    f"&lt;script&gt;{RUN}&lt;/script&gt;",
    f"&#60;script>{RUN}&#60;/script>",
    f"<ScRiPt >{RUN}</sCrIpT\n>",
    f"\0<scr\0ipt>{RUN}</scr\0ipt>",
    f"<plaintext><xmp><listing><script>{RUN}</script>",
]  # fmt: skip
LINKS = [
    f"javascript:{RUN}", f" jAvAsCrIpT:{RUN}", f"java\nscript:{RUN}", f"\x01javascript:{RUN}",
    f"data:text/html,<script>{RUN}</script>", "vbscript:x", "file:///etc/passwd", "//evil.example/",
    f"https://a.example/\" onclick=\"{RUN}", "#page=2", "mailto:a@b.example",
]  # fmt: skip
PICTURES = [
    "data:image/svg+xml;base64,PHN2Zz4=", f"data:text/html,<script>{RUN}</script>",
    f"x.png\" onerror=\"{RUN}", "https://evil.example/pixel.png", "//evil.example/pixel.png",
    f"javascript:{RUN}", "\\\\evil.example\\x.png",
]  # fmt: skip


def hostile_document() -> Document:
    """Every hostile text in every place that a text can stand in."""
    box = BBox(0, 0, 9, 9)
    blocks: list[Block] = []
    for text in HOSTILE:
        spans = (Span(0, len(text), bold=True),)
        blocks += [
            Block("paragraph", box, text, spans=spans),
            Block("heading", box, text, level=2),
            Block("code", box, text, label=text),
            Block("formula", box, text, image="a.png"),
            Block("figure", box, text, image="a.png"),
            Block("form-field", box, text, label=text),
            Block("list", box, items=(ListItem(text, marker=text, spans=spans),)),
            Block("table", box, table=Table(1, 1, (Cell(0, 0, text, header=True, spans=spans),))),
            Block("music-sheet", box, text),
        ]
    blocks += [Block("paragraph", box, "link", spans=(Span(0, 4, href=link),)) for link in LINKS]
    blocks += [Block("figure", box, "picture", image=picture) for picture in PICTURES]
    notes = tuple(Note("repaired", text) for text in HOSTILE)
    meta = {text: text for text in HOSTILE} | {"title": HOSTILE[9], "language": HOSTILE[10]}
    return Document(HOSTILE[0], (Page(1, 10, 10, 72.0, blocks=tuple(blocks), notes=notes),), meta)


class Elements(HTMLParser):
    """All start tags with their attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def check_harmless(html: str) -> None:
    tags = html_module._TAGS | {"html", "head", "body", "meta", "title", "style"}
    found = Elements(html).found
    for tag, attrs in found:
        assert tag in tags
        assert not [name for name in attrs if name.startswith("on") or name in ("style", "srcdoc")]
        href, src = attrs.get("href") or "", attrs.get("src") or ""
        assert not href or href.startswith(("http://", "https://", "mailto:", "#"))
        assert not src or src.startswith("data:image/png;base64,") or ":" not in src.split("/")[0]
        assert not src.startswith(("//", "/", "\\"))
        if "http-equiv" in attrs:
            assert attrs["http-equiv"] == "Content-Security-Policy"
    assert [tag for tag, _ in found].count("style") == 1
    assert f"<style>\n{STYLESHEET}</style>" in html


def test_the_sample_reads_back() -> None:
    document = sample()
    without_words = replace(
        document,
        pages=tuple(
            replace(page, blocks=tuple(replace(block, words=()) for block in page.blocks))
            for page in document.pages
        ),
    )
    assert parse_document(to_html(document), source="") == without_words


def with_whole_links(document: Document) -> Document:
    """Links to addresses that are none do not pass."""

    def mend(spans: tuple[Span, ...]) -> tuple[Span, ...]:
        return tuple(
            replace(s, href="https://a.example/?b=%20") if s.href.startswith("http") else s
            for s in spans
        )

    def block(old: Block) -> Block:
        table = old.table and replace(
            old.table, cells=tuple(replace(c, spans=mend(c.spans)) for c in old.table.cells)
        )
        items = tuple(replace(item, spans=mend(item.spans)) for item in old.items)
        return replace(old, spans=mend(old.spans), table=table, items=items)

    pages = (replace(p, blocks=tuple(map(block, p.blocks))) for p in document.pages)
    return replace(document, pages=tuple(pages))


@given(documents.map(with_whole_links))
@WHOLE_DOCUMENTS
def test_any_document_reads_back_as_from_emit(document: Document) -> None:
    assert parse_document(to_html(document), source="x") == parse_document(
        emit(document), source="x"
    )


def test_control_characters_read_back() -> None:
    text = "a\rb\0c\r\nd\U000f0000e"
    page = Page(1, 9, 9, 72.0, blocks=(Block("paragraph", BBox(0, 0, 9, 9), text),))
    assert parse_document(to_html(Document("s", (page,))), source="") == Document("s", (page,))


def test_hostile_documents_are_harmless() -> None:
    check_harmless(to_html(hostile_document()))


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_passes_even_unescaped(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = emit(sample())
    for place in ("<p ", "</section>", "</title>", "<meta name", "<body>", "</head>"):
        assert place in whole
        broken = whole.replace(place, text + place, 1)
        monkeypatch.setattr(html_module, "emit", lambda document, broken=broken: broken)
        check_harmless(to_html(sample()))


@pytest.mark.parametrize("picture", PICTURES)
def test_pictures_from_elsewhere_do_not_load(picture: str, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = emit(sample()).replace("sample_files/page-0001-formula-01.png", picture)
    assert picture in whole
    monkeypatch.setattr(html_module, "emit", lambda document: whole)
    check_harmless(to_html(sample()))


CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


def dump_dom(html: str, folder: Path) -> str:
    """The page as headless Chromium has it after everything ran that runs."""
    file = folder / "page.html"
    file.write_text(html, encoding="utf-8")
    command = [
        str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=2000",
        "--host-resolver-rules=MAP * ~NOTFOUND", "--dump-dom", file.as_uri(),
    ]  # fmt: skip
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
def test_nothing_runs_in_a_browser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def without_policy(html: str) -> str:
        lines = html.split("\n")
        return "\n".join(line for line in lines if "Content-Security-Policy" not in line)

    assert 'data-ran="yes"' in dump_dom(f"<p>x</p><script>{RUN}</script>", tmp_path)  # it can tell
    dom = dump_dom(without_policy(to_html(hostile_document())), tmp_path)
    assert "data-page=" in dom
    assert 'data-ran="yes"' not in dom
    # The same with an `emit` that escapes nothing: only the second wall stands.
    whole = emit(sample())
    broken = whole.replace("<p ", "".join(HOSTILE) + "<p ").replace(
        "</head>", HOSTILE[0] + "</head>"
    )
    assert 'data-ran="yes"' in dump_dom(without_policy(broken), tmp_path)
    monkeypatch.setattr(html_module, "emit", lambda document: broken)
    dom = dump_dom(without_policy(to_html(sample())), tmp_path)
    assert "data-page=" in dom
    assert 'data-ran="yes"' not in dom
