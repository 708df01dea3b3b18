"""report.pdf: an English two-column report with everything that such reports have."""

from __future__ import annotations

import io
import re
from typing import Any

from report_text import (
    ABSTRACT,
    AUTHORS,
    BODY,
    FIGURE,
    FOOTNOTE,
    HYPHENATIONS,
    REFERENCES,
    TABLE,
    TITLE,
)
from reportlab.lib import colors
from reportlab.lib.enums import TA_CENTER, TA_JUSTIFY
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    CondPageBreak,
    Flowable,
    Frame,
    NextPageTemplate,
    PageTemplate,
    Paragraph,
    Spacer,
    Table,
    TableStyle,
)
from sample_fonts import register

WIDTH, HEIGHT = A4
MARGIN, GUTTER, TOP, BOTTOM = 56.0, 22.0, 66.0, 62.0
COLUMN = (WIDTH - 2 * MARGIN - GUTTER) / 2
INK, ACCENT, GREY = (
    colors.HexColor("#1b1b1b"),
    colors.HexColor("#1f4e79"),
    colors.HexColor("#6b6b6b"),
)
SERIF, BOLD, ITALIC = "LiberationSerif-Regular", "LiberationSerif-Bold", "LiberationSerif-Italic"
SANS, SANS_BOLD = "LiberationSans-Regular", "LiberationSans-Bold"
FAMILIES = [
    (f"{family}-Regular", f"{family}-Bold", f"{family}-Italic", f"{family}-BoldItalic")
    for family in ("LiberationSerif", "LiberationSans")
]

TEXT = ParagraphStyle(
    "text",
    fontName=SERIF,
    fontSize=9.6,
    leading=12.4,
    alignment=TA_JUSTIFY,
    textColor=INK,
    firstLineIndent=11,
    embeddedHyphenation=1,
    allowWidows=0,
    allowOrphans=0,
)
FIRST = ParagraphStyle("first", TEXT, firstLineIndent=0)
STYLES = {
    "text": TEXT,
    "first": FIRST,
    "h1": ParagraphStyle(
        "h1",
        fontName=SANS_BOLD,
        fontSize=12,
        leading=15,
        spaceBefore=11,
        spaceAfter=4,
        textColor=ACCENT,
    ),
    "h2": ParagraphStyle(
        "h2",
        fontName=SANS_BOLD,
        fontSize=10,
        leading=13,
        spaceBefore=7,
        spaceAfter=3,
        textColor=INK,
    ),
    "number": ParagraphStyle(
        "number",
        FIRST,
        leftIndent=15,
        bulletIndent=2,
        spaceBefore=2,
        bulletFontName=SERIF,
        bulletFontSize=9.6,
    ),
    "bullet": ParagraphStyle(
        "bullet",
        FIRST,
        leftIndent=27,
        bulletIndent=17,
        spaceBefore=1,
        bulletFontName=SERIF,
        bulletFontSize=9.6,
    ),
    "caption": ParagraphStyle(
        "caption", fontName=SANS, fontSize=8, leading=10, textColor=INK, spaceBefore=3, spaceAfter=9
    ),
    "reference": ParagraphStyle(
        "reference",
        FIRST,
        fontSize=8.4,
        leading=10.6,
        leftIndent=16,
        bulletFontName=SERIF,
        bulletFontSize=8.4,
        spaceBefore=2,
    ),
    "footnote": ParagraphStyle("footnote", FIRST, fontSize=7.8, leading=9.6),
    "title": ParagraphStyle(
        "title", fontName=SANS_BOLD, fontSize=19, leading=23, alignment=TA_CENTER, textColor=ACCENT
    ),
    "authors": ParagraphStyle(
        "authors", fontName=SERIF, fontSize=10.5, leading=14, alignment=TA_CENTER, textColor=INK
    ),
    "abstract": ParagraphStyle("abstract", FIRST, fontSize=9.2, leading=11.8),
}


class Formula(Flowable):
    """A display formula with its number: the mean shade of a street over the hours of a day."""

    def wrap(self, width: float, _: float) -> tuple[float, float]:
        self.width, self.height = width, 40.0
        return self.width, self.height

    def draw(self) -> None:
        canvas, base = self.canv, 17.0
        x = 26.0
        x = put(canvas, x, base, [(ITALIC, 11, "S"), (SERIF, 11, " = ")])
        x = put_fraction(canvas, x, base, (SERIF, "1"), (ITALIC, "T"))
        x = put_sum(canvas, x + 3, base)
        x = put(canvas, x + 2, base, [(SERIF, 12, "("), (SERIF, 11, "1 − "), (ITALIC, 11, "e")])
        put(canvas, x, base + 5, [(SERIF, 7.5, "−"), (ITALIC, 7.5, "kL")])
        put(canvas, x + 12.2, base + 3.4, [(ITALIC, 5.5, "t")])
        x = put(canvas, x + 14.5, base, [(SERIF, 12, ")"), (SERIF, 11, " cos "), (ITALIC, 11, "θ")])
        put(canvas, x, base - 2.5, [(ITALIC, 7, "t")])
        canvas.setFont(SERIF, 9.6)
        canvas.drawRightString(self.width, base, "(1)")


def put(canvas: Canvas, x: float, y: float, runs: list[tuple[str, float, str]]) -> float:
    """Draws runs of text after each other; the place where the next would begin."""
    canvas.setFillColor(INK)
    for font, size, text in runs:
        canvas.setFont(font, size)
        canvas.drawString(x, y, text)
        x += pdfmetrics.stringWidth(text, font, size)
    return x


def put_fraction(
    canvas: Canvas, x: float, y: float, above: tuple[str, str], below: tuple[str, str]
) -> float:
    width = 9.0
    for (font, text), offset in ((above, 6.0), (below, -7.5)):
        canvas.setFont(font, 11)
        canvas.drawCentredString(x + width / 2, y + offset, text)
    canvas.setLineWidth(0.6)
    canvas.line(x, y + 3.4, x + width, y + 3.4)
    return x + width


def put_sum(canvas: Canvas, x: float, y: float) -> float:
    canvas.setFont(SERIF, 18)
    canvas.drawString(x, y - 2.5, "∑")
    width = pdfmetrics.stringWidth("∑", SERIF, 18)
    canvas.setFont(ITALIC, 7)
    canvas.drawCentredString(x + width / 2, y + 15, "T")
    put(canvas, x + 1, y - 11, [(ITALIC, 7, "t"), (SERIF, 7, " = 1")])
    return x + width


class Chart(Flowable):
    """A line chart in vectors: mean shade by month, one line a year."""

    def wrap(self, width: float, _: float) -> tuple[float, float]:
        self.width, self.height = width, 150.0
        return self.width, self.height

    def draw(self) -> None:
        canvas = self.canv
        left, bottom, right, top = 30.0, 26.0, self.width - 6, self.height - 10
        months, lowest, highest = FIGURE["months"], 0, 50
        step = (right - left) / (len(months) - 1)

        def height_of(value: float) -> float:
            return bottom + (value - lowest) * (top - bottom) / (highest - lowest)

        canvas.setFont(SANS, 7)
        for value in range(lowest, highest + 1, 10):
            canvas.setStrokeColor(colors.HexColor("#d9d9d9"))
            canvas.setLineWidth(0.4)
            canvas.line(left, height_of(value), right, height_of(value))
            canvas.setFillColor(GREY)
            canvas.drawRightString(left - 4, height_of(value) - 2.4, str(value))
        for i, month in enumerate(months):
            canvas.drawCentredString(left + i * step, bottom - 10, month)
        canvas.drawCentredString((left + right) / 2, bottom - 21, FIGURE["x"])
        canvas.saveState()
        canvas.translate(8, (bottom + top) / 2)
        canvas.rotate(90)
        canvas.drawCentredString(0, 0, FIGURE["y"])
        canvas.restoreState()
        for row, (year, values, colour, is_dashed) in enumerate(FIGURE["lines"]):
            points = [(left + i * step, height_of(value)) for i, value in enumerate(values)]
            draw_series(canvas, points, colour, is_dashed)
            y = top - 6 - 11 * row
            draw_series(canvas, [(left + 12, y), (left + 32, y)], colour, is_dashed)
            canvas.setFillColor(INK)
            canvas.drawString(left + 37, y - 2.4, year)


def draw_series(
    canvas: Canvas, points: list[tuple[float, float]], colour: str, is_dashed: bool
) -> None:
    canvas.saveState()
    canvas.setStrokeColor(colors.HexColor(colour))
    canvas.setFillColor(colors.HexColor(colour))
    canvas.setLineWidth(1.3)
    if is_dashed:
        canvas.setDash(4, 2)
    path = canvas.beginPath()
    path.moveTo(*points[0])
    for point in points[1:]:
        path.lineTo(*point)
    canvas.drawPath(path)
    for x, y in points:
        canvas.circle(x, y, 1.8, stroke=0, fill=1)
    canvas.restoreState()


class Heading(Paragraph):
    """A heading that is in the bookmarks too."""

    def __init__(self, text: str, level: int) -> None:
        super().__init__(text, STYLES[f"h{level + 1}"])
        self.level, self.plain = level, text.replace("&nbsp;", " ").replace("\u00ad", "")

    def draw(self) -> None:
        key = f"section-{self.plain.split(' ')[0]}"
        self.canv.bookmarkPage(key)
        self.canv.addOutlineEntry(" ".join(self.plain.split()), key, level=self.level)
        super().draw()


def make_table() -> Table:
    """The table with its spanning heads, one column of rows that belong together."""
    style: list[tuple[Any, ...]] = [
        ("FONT", (0, 0), (-1, -1), SANS, 8.2),
        ("FONT", (0, 0), (-1, 1), SANS_BOLD, 8.2),
        ("FONT", (0, -1), (-1, -1), SANS_BOLD, 8.2),
        ("TEXTCOLOR", (0, 0), (-1, -1), INK),
        ("ALIGN", (2, 0), (-1, -1), "CENTER"),
        ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
        ("TOPPADDING", (0, 0), (-1, -1), 2.6),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2.6),
        ("LINEABOVE", (0, 0), (-1, 0), 1, INK),
        ("LINEBELOW", (3, 0), (6, 0), 0.4, GREY),
        ("LINEBELOW", (0, 1), (-1, 1), 0.8, INK),
        ("LINEBELOW", (0, 3), (-1, 3), 0.3, GREY),
        ("LINEBELOW", (0, 5), (-1, 5), 0.3, GREY),
        ("LINEBELOW", (0, 7), (-1, 7), 0.8, INK),
        ("LINEBELOW", (0, -1), (-1, -1), 1, INK),
        ("BACKGROUND", (0, 0), (-1, 1), colors.HexColor("#eef3f8")),
        ("SPAN", (3, 0), (4, 0)),
        ("SPAN", (5, 0), (6, 0)),
        ("SPAN", (0, -1), (1, -1)),
    ]
    style += [("SPAN", (column, 0), (column, 1)) for column in (0, 1, 2, 7)]
    style += [("SPAN", (0, row), (0, row + 1)) for row in (2, 4, 6)]
    widths = [82, 96, 50, 46, 46, 46, 46, 71]
    return Table(TABLE["rows"], colWidths=widths, style=TableStyle(style))


def draw_wide(canvas: Canvas, flowable: Flowable, y: float, inset: float = 0) -> float:
    """Draws something across both columns, its top at y; where it ends."""
    width = WIDTH - 2 * (MARGIN + inset)
    _, height = flowable.wrapOn(canvas, width, HEIGHT)
    flowable.drawOn(canvas, MARGIN + inset, y - height)
    return y - height


def draw_running(canvas: Canvas, document: BaseDocTemplate) -> None:
    """Page header and footer."""
    canvas.saveState()
    canvas.setFont(SANS, 7.5)
    canvas.setFillColor(GREY)
    canvas.drawString(MARGIN, HEIGHT - 40, "Harrow Bay Canopy Programme")
    canvas.drawRightString(WIDTH - MARGIN, HEIGHT - 40, "Technical Report 14")
    canvas.setStrokeColor(GREY)
    canvas.setLineWidth(0.4)
    canvas.line(MARGIN, HEIGHT - 46, WIDTH - MARGIN, HEIGHT - 46)
    canvas.drawCentredString(WIDTH / 2, 34, f"Page {document.page} of 2")
    canvas.restoreState()


def draw_first(canvas: Canvas, document: BaseDocTemplate) -> None:
    draw_running(canvas, document)
    y = draw_wide(canvas, Paragraph(TITLE, STYLES["title"]), HEIGHT - 70, inset=20)
    y = draw_wide(canvas, Paragraph(AUTHORS, STYLES["authors"]), y - 8)
    y = draw_wide(canvas, Paragraph(ABSTRACT, STYLES["abstract"]), y - 12, inset=34)
    note = Paragraph(FOOTNOTE, STYLES["footnote"])
    _, height = note.wrapOn(canvas, COLUMN, 100)
    canvas.setStrokeColor(GREY)
    canvas.setLineWidth(0.5)
    canvas.line(MARGIN, BOTTOM + height + 3, MARGIN + 70, BOTTOM + height + 3)
    note.drawOn(canvas, MARGIN, BOTTOM - 2)


def draw_second(canvas: Canvas, document: BaseDocTemplate) -> None:
    draw_running(canvas, document)
    y = draw_wide(canvas, Paragraph(TABLE["caption"], STYLES["caption"]), HEIGHT - TOP + 4)
    draw_wide(canvas, make_table(), y - 4)


def columns(tops: tuple[float, float], bottoms: tuple[float, float]) -> list[Frame]:
    return [
        Frame(
            MARGIN + i * (COLUMN + GUTTER),
            bottom,
            COLUMN,
            HEIGHT - top - bottom,
            leftPadding=0,
            rightPadding=0,
            topPadding=0,
            bottomPadding=0,
            id=f"column{i}",
        )
        for i, (top, bottom) in enumerate(zip(tops, bottoms, strict=True))
    ]


def mark_breaks(text: str) -> str:
    """The text with soft hyphens in the words that may be broken; tags and links untouched."""
    marked = {word.replace("-", ""): word.replace("-", "\u00ad") for word in HYPHENATIONS}

    def mark(found: re.Match[str]) -> str:
        word = found[0]
        hyphenated = marked.get(word.lower(), word)
        return word[0] + hyphenated[1:]

    return re.sub(r"(?<![/<.\w-])[A-Za-z]{5,}(?![\w/>-])", mark, text)


def flow() -> list[Flowable]:
    """The body in reading order."""
    story: list[Flowable] = [NextPageTemplate("second")]
    is_first = True
    for kind, text in BODY:
        text = mark_breaks(text)
        if kind in ("h1", "h2"):
            # Not keepWithNext: that would also keep the whole paragraph below in one piece.
            story += [CondPageBreak(58), Heading(text, int(kind[1]) - 1)]
        elif kind == "formula":
            story.append(Formula())
        elif kind == "figure":
            story += [Spacer(1, 6), Chart(), Paragraph(FIGURE["caption"], STYLES["caption"])]
        elif kind in ("number", "bullet"):
            bullet, _, rest = text.partition(" ")
            story.append(Paragraph(rest, STYLES[kind], bulletText=bullet))
        else:
            story.append(Paragraph(text, STYLES["first" if is_first else "text"]))
        is_first = kind not in ("text", "number", "bullet")
    for number, reference in enumerate(REFERENCES, start=1):
        story.append(Paragraph(reference, STYLES["reference"], bulletText=f"[{number}]"))
    return story


def make_report() -> bytes:
    """The file's bytes."""
    for family in FAMILIES:
        register("liberation2", list(family))
        pdfmetrics.registerFontFamily(family[0], *family)
    out = io.BytesIO()
    document = BaseDocTemplate(
        out,
        pagesize=A4,
        invariant=1,
        pageCompression=1,
        lang="en",
        title="Shade on the Way to School",
        author="I. Marlowe, D. Achterberg, S. Quill",
        subject="Technical Report 14",
        creator="docparse samples",
    )
    document.addPageTemplates(
        [
            PageTemplate("first", columns((240, 240), (BOTTOM + 40, BOTTOM)), draw_first),
            PageTemplate("second", columns((236, 236), (BOTTOM, BOTTOM)), draw_second),
        ]
    )
    document.build(flow())
    return out.getvalue()
