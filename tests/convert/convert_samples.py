"""A hand-made document with every kind of block, and the odd cases that come with each."""

from __future__ import annotations

from hypothesis import HealthCheck, Phase, settings

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
    Style,
    Table,
    Word,
)

# Whole documents take minutes to shrink, and few of them show enough.
WHOLE_DOCUMENTS = settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)


def styled(text: str, *stretches: tuple[str, str]) -> tuple[Span, ...]:
    """Spans for the first place of each given stretch; the second part names what it is."""
    spans = []
    position = 0
    for stretch, how in stretches:
        start = text.index(stretch, position)
        position = start + len(stretch)
        if how.startswith(("http", "mailto", "#", "javascript")):
            spans.append(Span(start, position, href=how))
        elif how in ("super", "sub"):
            spans.append(Span(start, position, script="super" if how == "super" else "sub"))
        else:
            marks = how.split()
            spans.append(
                Span(
                    start,
                    position,
                    bold="bold" in marks,
                    italic="italic" in marks,
                    code="code" in marks,
                    math="math" in marks,
                )
            )
    return tuple(spans)


class Column:
    """Gives each block a box below the one before."""

    def __init__(self) -> None:
        self.y = 100

    def __call__(self, kind: Kind, text: str = "", **rest: object) -> Block:
        self.y += 60
        return Block(kind, BBox(150, self.y, 1500, self.y + 50), text, **rest)  # type: ignore[arg-type]


def grid(rows: list[list[str]], *, heads: int = 1) -> Table:
    """A table without spans."""
    return Table(
        len(rows),
        len(rows[0]),
        tuple(
            Cell(r, c, text, header=r < heads)
            for r, row in enumerate(rows)
            for c, text in enumerate(row)
        ),
    )


def first_page() -> Page:
    block = Column()
    text = "We follow Smith et al. [3] with β = 5 * 3 and a_b; E = mc2 as in the 19th century."
    link = "See the manual (https://example.org/~me/_a_b_.html) or write to me@example.org."
    return Page(
        1,
        1654,
        2339,
        200.0,
        blocks=(
            block("page-header", "Journal of Examples 12 (2024)"),
            block("title", "On the *Parsing* of\nDocuments #"),
            block("paragraph", "A. Author, B. Author*", source="ocr", confidence=0.75),
            block("heading", "1. Introduction", level=1, spans=(Span(0, 15, bold=True),)),
            block(
                "paragraph",
                text,
                spans=styled(
                    text,
                    ("Smith et al.", "italic"),
                    ("mc", "italic"),
                    ("2", "super"),
                    ("th", "super"),
                ),
                words=(Word("We", BBox(1, 2, 3, 4), style=Style(25.0, "Times", bold=True)),),
            ),
            block("paragraph", link, spans=styled(link, ("the manual", "https://example.org/a b"))),
            block("paragraph", "2019. was a good year.\n- not a list\n# nor a heading\n---"),
            block("heading", "1.1 Costs of $5 and $10", level=2),
            block("paragraph", "AT&T paid $5 to $10 per <b>unit</b>, i.e. 100% &amp; more. a < b"),
            block(
                "list",
                items=(
                    ListItem("first", marker="1.", ordered=True),
                    ListItem("second\nwith a break", marker="2.", ordered=True),
                    ListItem("nested", level=1, marker="•"),
                    ListItem("nested twice, from three", level=2, marker="3)", ordered=True),
                    ListItem("fourth", marker="4.", ordered=True),
                ),
            ),
            block("list", items=(ListItem("bullet", marker="•"), ListItem("other", marker="•"))),
            block(
                "list",
                items=(
                    ListItem("by hand", marker="(a)"),
                    ListItem("more", marker="①"),
                    ListItem("done", marker="☑"),
                ),
            ),
            block("caption", "Table 1: Results for a|b", target=12),
            block("table", table=grid([["Name", "Value | unit"], ["a_1\nb", "5 * 3"], ["", "$5"]])),
            block(
                "table",
                table=Table(
                    3,
                    3,
                    (
                        Cell(0, 0, "Item", rowspan=2, header=True),
                        Cell(0, 1, "Price", colspan=2, header=True),
                        Cell(1, 1, "net", header=True),
                        Cell(1, 2, "gross", header=True),
                        Cell(2, 0, "A & B <x>\n2nd line"),
                        Cell(2, 1, "x2", spans=(Span(1, 2, script="super"),)),
                        Cell(2, 2, "¥1,100"),
                    ),
                ),
            ),
            block("formula", "E = mc^2 \\\\\n+ \\frac{a}{b}"),
            block("formula", "\\begin{aligned}\na &= b \\\\\n c &= d\n\\end{aligned}"),
            block("formula", image="sample_files/page-0001-formula-01.png"),
            block("figure", "A boat\non a [lake]", image="my files/page-0001-figure-01.png"),
            block("caption", "Figure 1. A boat, see also Fig. *2*.", target=18),
            block("figure", "A picture that was not cut out"),
            block("chart", "Sales by year", table=grid([["2023", "2024"], ["1", "2"]])),
            block("code", "def f(x):\n\treturn `x`  # ```\n", label="python"),
            block("paragraph", "This sentence is broken by the end of a col-"),
            block("footnote", "* Corresponding author."),
            block("page-footer", "- 1 -"),
        ),
    )


def second_page() -> Page:
    block = Column()
    japanese = "これは「重要」な注意です。PDFを読む。"
    return Page(
        2,
        1654,
        2339,
        200.0,
        blocks=(
            block("page-header", "Journal of Examples 12 (2024)"),
            block("paragraph", "umn and goes on here.", continues=True),
            block("heading", "第2章　方法", level=1),
            block("paragraph", japanese, spans=styled(japanese, ("「重要」", "bold"))),
            block("paragraph", "二つに分かれた段"),
            block("paragraph", "落です。", continues=True),
            block("form-field", "Jane * Doe", label="Name:"),
            block("form-field", "", label="Date"),
            block("image-ocr", "STOP\n1. ahead"),
            block("music-sheet", "X:1\nK:C\nCDEF|"),
            block("chemical-formula", "CC(=O)OC1=CC=CC=C1C(=O)O"),
            block("seal", "株式会社サンプル之印"),
            block("table", table=grid([["Name", "Value | unit"], ["last", "row"]]),
                  continues=True),
        ),
    )  # fmt: skip


def sample() -> Document:
    """Four pages: two read, one failed, one read in part."""
    reading = Note("truncated", "the reply stopped before its end")
    failed = Note("page-failed", "the page took longer than 120 s; see --page-timeout")
    return Document(
        "sample.pdf",
        (
            first_page(),
            second_page(),
            Page(3, 1654, 2339, 200.0, notes=(failed,)),
            Page(4, 1654, 2339, 200.0, rotation=90, notes=(reading,),
                 blocks=(Block("paragraph", BBox(1, 1, 9, 9), "not joined", continues=True),)),
        ),
        meta={"title": "A sample"},
    )  # fmt: skip
