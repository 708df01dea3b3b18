"""A document with every kind of block, as a reader would meet them."""

from __future__ import annotations

import re

from docparse.types import (
    BBox,
    Block,
    Cell,
    Document,
    Kind,
    ListItem,
    Note,
    Page,
    Span,
    Table,
)

# The smallest PNG: one white pixel.
PNG = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEA"
    "GwsR5gAAAABJRU5ErkJggg=="
)


def styled(text: str) -> tuple[str, tuple[Span, ...]]:
    """`a *b* c` to its text and spans: *bold*, /italic/, `code`, $math$, ^super^, _sub_."""
    marks = {"*": "bold", "/": "italic", "`": "code", "$": "math"}
    plain, spans = "", []
    for part in re.split(r"(\*[^*]+\*|/[^/]+/|`[^`]+`|\$[^$]+\$|\^[^^]+\^|_[^_]+_)", text):
        start = len(plain)
        if len(part) > 2 and part[0] == part[-1] and part[0] in "*/`$^_":
            plain += part[1:-1]
            if part[0] in marks:
                spans.append(Span(start, len(plain), **{marks[part[0]]: True}))
            else:
                spans.append(Span(start, len(plain), script="super" if part[0] == "^" else "sub"))
        else:
            plain += part
    return plain, tuple(spans)


def results_table() -> Table:
    return Table(
        3,
        4,
        (
            Cell(0, 0, "Method", rowspan=2, header=True),
            Cell(0, 1, "Accuracy", colspan=2, header=True),
            Cell(0, 3, "Time (ms)", rowspan=2, header=True),
            Cell(1, 1, "dev", header=True),
            Cell(1, 2, "test", header=True),
            Cell(2, 0, "ours\n(nano)", bbox=BBox(100, 900, 300, 960)),
            Cell(2, 1, "98.2", spans=(Span(0, 4, bold=True),), bbox=BBox(300, 900, 400, 960)),
            Cell(2, 2, "97.9", bbox=BBox(400, 900, 500, 960)),
            Cell(2, 3, "< 12 & falling", bbox=BBox(500, 900, 700, 960)),
        ),
    )


def column(*blocks: tuple[Kind, str, dict[str, object]]) -> tuple[Block, ...]:
    """Blocks below each other."""
    placed = []
    for index, (kind, text, more) in enumerate(blocks):
        top = 60 + index * 110
        spans: tuple[Span, ...] = ()
        if kind in ("paragraph", "footnote", "caption"):
            text, spans = styled(text)
        box = BBox(100, top, 1500, top + 90)
        placed.append(Block(kind, box, text, spans=spans, **more))  # type: ignore[arg-type]
    return tuple(placed)


def sample_document() -> Document:
    entries = (
        ListItem("first point", BBox(110, 600, 800, 630), marker="•"),
        ListItem("second point", BBox(110, 640, 800, 670), marker="•"),
        ListItem("nested one", level=1, marker="–"),
        ListItem("third", marker="•"),
    )
    numbered = (
        ListItem("Scope", marker="(1)", ordered=True),
        ListItem("sub a", level=1, marker="(a)", ordered=True),
        ListItem("no marker", ordered=True),
    )
    first = column(
        ("page-header", "Journal of Examples · Vol. 3", {}),
        ("title", "A Report on Reading Pages", {}),
        ("heading", "1 Introduction", {"level": 2}),
        (
            "paragraph",
            "See /Smith et al./ for *more*; $E=mc^2$ holds, H_2_O boils at 100 °C^1^, "
            "call `parse()`, and 3 < 5 & 7 > 5 for $5 or $6.",
            {},
        ),
        ("list", "", {"items": entries}),
        ("list", "", {"items": numbered}),
        ("formula", "\\int_0^1 x\\,dx = \\frac{1}{2}", {}),
        ("formula", "a < b", {"image": "report_files/page-0001-formula-01.png"}),
        ("table", "", {"table": results_table()}),
        ("caption", "Table 1: Results.", {"target": 8}),
        ("figure", "", {"image": PNG}),
        ("figure", "A photograph of a cat.", {"confidence": 0.75, "source": "model"}),
        ("caption", "Figure 2: A cat.", {"target": 11}),
        ("paragraph", "This goes on", {}),
        ("paragraph", "over two columns.", {"continues": True}),
        ("footnote", "1 At sea level.", {}),
        ("page-footer", "12", {}),
    )
    second = column(
        ("heading", "請求書", {"level": 1}),
        ("paragraph", "株式会社サンプル　御中\n〒100-0001 東京都", {"source": "ocr"}),
        ("form-field", "2026年11月20日", {"label": "発行日"}),
        ("form-field", "", {"label": "備考"}),
        ("chart", "売上の推移", {"table": results_table(), "image": "report_files/chart.png"}),
        ("code", 'def f(x):\n    return x < 3 and "<b>"\n', {"label": "python"}),
        ("image-ocr", "STOP\nSLOW", {}),
        ("seal", "株式会社サンプル之印", {"image": "report_files/page-0002 図#1.png"}),
        ("music-sheet", "X:1\nT:Scale\nK:C\nCDEF GABc|", {}),
        ("chemical-formula", "C1=CC=CC=C1", {}),
        ("table", "", {"image": PNG}),
    )
    pages = (
        Page(1, 1654, 2339, 200, 0, first, (Note("bad-box", "2 were turned", BBox(1, 2, 3, 4)),)),
        Page(2, 1654, 2339, 200, 90, second),
        Page(3, 1654, 2339, 200, notes=(Note("page-failed", "no memory was left"),)),
        Page(4, 1240, 1754, 149.5, blocks=column(("paragraph", "The reply stops in the mid", {})),
             notes=(Note("truncated", "the reply stops before its end"),)),
    )  # fmt: skip
    return Document("report.pdf", pages, {"title": "A Report", "author": "A & B", "lang": "en"})
