"""Blocks to Markdown: each kind, what page ends broke, and a whole document as people see it."""

from __future__ import annotations

import os
import re
import time
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from convert_samples import WHOLE_DOCUMENTS, grid, sample, styled
from hypothesis import given
from hypothesis import strategies as st
from markdown_it.tree import SyntaxTreeNode
from markdown_reading import parser, plain, squeezed
from omni_strategies import documents

from docparse.convert.markdown import to_markdown
from docparse.types import (
    BBox,
    Block,
    Cell,
    Document,
    Kind,
    ListItem,
    Note,
    NoteCode,
    Page,
    Span,
    Table,
)

GOLDEN = Path(__file__).parents[1] / "data" / "convert" / "sample.md"
BOX = BBox(0, 0, 10, 10)
MD = parser(math=True)


def block(kind: Kind, text: str = "", **rest: object) -> Block:
    return Block(kind, BOX, text, **rest)  # type: ignore[arg-type]


def document(*pages: list[Block]) -> Document:
    return Document(
        "x", tuple(Page(n, 100, 100, 72.0, blocks=tuple(p)) for n, p in enumerate(pages, 1))
    )


def markdown(*blocks: Block, headers_footers: bool = False) -> str:
    return to_markdown(document(list(blocks)), headers_footers=headers_footers).removesuffix("\n")


def item(text: str, marker: str = "", level: int = 0) -> ListItem:
    return ListItem(text, marker=marker, level=level, ordered=marker[:1].isdigit())


def test_the_sample_reads_as_it_should() -> None:
    made = to_markdown(sample())
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.write_text(made, encoding="utf-8")
    assert made == GOLDEN.read_text(encoding="utf-8")


def test_the_sample_has_the_structure_that_was_meant() -> None:
    tree = SyntaxTreeNode(MD.parse(to_markdown(sample())))
    headings = [
        (node.tag, plain(node.children[0].token)) for node in tree if node.type == "heading"
    ]
    assert headings == [
        ("h1", "On the *Parsing* of Documents #"),
        ("h2", "1. Introduction"),
        ("h3", "1.1 Costs of $5 and $10"),
        ("h2", "第2章 方法"),
    ]
    fences = [(node.info, node.content) for node in tree if node.type == "fence"]
    assert ("python", "def f(x):\n\treturn `x`  # ```\n") in fences
    assert ("abc", "X:1\nK:C\nCDEF|\n") in fences
    tables = [node for node in tree if node.type == "table"]
    assert len(tables) == 3
    html = [node.content for node in tree if node.type == "html_block"]
    assert len(html) == 1
    assert html[0].startswith("<table>\n<thead>")


# -- headings, forms, pictures ------------------------------------------------------------------


def test_headings_are_one_deeper_below_a_title() -> None:
    heads = [block("heading", "a", level=1), block("heading", "b", level=6)]
    assert markdown(*heads) == "# a\n\n###### b"
    assert markdown(block("title", "T"), *heads) == "# T\n\n## a\n\n###### b"
    assert markdown(block("heading", "no level")) == "# no level"


@pytest.mark.parametrize(
    ("blocks", "expected"),
    [
        ([block("paragraph", "  ")], ""),
        ([block("title", "\n")], ""),
        ([block("table", table=Table(0, 0, ()))], ""),
        ([block("list")], ""),
        ([block("figure")], ""),
        ([block("formula")], ""),
        ([block("code", "\n \n")], ""),
        ([block("figure", image="a b.png")], "![](a%20b.png)"),
        ([block("figure", "x", image="https://evil.example/a.png")], "*x*"),
        ([block("figure", "x", image="javascript:x")], "*x*"),
        ([block("figure", "x", image="data:image/png;base64,AA==")],
         "![x](data:image/png;base64,AA==)"),
        ([block("figure", "x", image="data:image/svg+xml;base64,AA==")], "*x*"),
        ([block("formula", "x^2", image="a.png")], "$$\nx^2\n$$"),
        ([block("formula", "$$ x^2 $$")], "$$\nx^2\n$$"),
        ([block("formula", "\\[x\\]")], "$$\nx\n$$"),
        ([block("formula", "- x")], "$$- x$$"),
        ([block("formula", "a % one\n+ b % two\n\\% c")], "$$a + b \\% c$$"),
        ([block("formula", "a\n\n\nb")], "$$\na\nb\n$$"),
        ([block("formula", "a $$ b")], "$$\na $ $ b\n$$"),
        ([block("formula", "a<b<script>[x](javascript:y)")],
         "$$\na< b< script>[x] (javascript:y)\n$$"),
        ([block("paragraph", "x<y", spans=(Span(0, 3, math=True),))], "$x< y$"),
        ([block("formula", image="a.png")], "![formula](a.png)"),
        ([block("music-sheet", "X:1", image="a.png")], "![music sheet](a.png)\n\n```abc\nX:1\n```"),
        ([block("chemical-formula", "CCO")], "```smiles\nCCO\n```"),
        ([block("seal", "印", image="a.png")], "![seal](a.png)\n\n印"),
        ([block("image-ocr", "a\nb")], "> a\\\n> b"),
        ([block("code", "x", label="c++ `evil`")], "```c++\nx\n```"),
        ([block("code", "````\n", label="")], "`````\n````\n`````"),
        ([block("code", "\n  indented\n\tx\r\ny\0\n\n")], "```\n  indented\n\tx\ny\n```"),
        ([block("form-field", "v", label="N"), block("form-field", "1. x", label="")],
         "- **N:** v\n- 1\\. x"),
        ([block("list", items=(item("a", "•"),)), block("form-field", "v", label="N")],
         "- a\n\n* **N:** v"),
        ([block("page-header", "h"), block("paragraph", "p"), block("page-footer", "f")], "p"),
        ([block("table", "only text")], "only text"),
    ],
)  # fmt: skip
def test_single_blocks(blocks: list[Block], expected: str) -> None:
    assert markdown(*blocks) == expected


def test_page_headers_and_footers_on_demand() -> None:
    blocks = [block("page-header", "h"), block("paragraph", "p"), block("page-footer", "- 3 -")]
    assert markdown(*blocks, headers_footers=True) == "h\n\np\n\n\\- 3 -"


def test_an_empty_document_is_empty() -> None:
    assert to_markdown(Document("x")) == ""
    assert to_markdown(document([], [])) == ""


# -- lists ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        ([item("a", "•"), item("b", "-"), item("c")], "- a\n- b\n- c"),
        ([item("a", "1."), item("b", "2.")], "1. a\n2. b"),
        ([item("a", "9)"), item("b", "10)"), item("c", "•", 1)], "9) a\n10) b\n    - c"),
        ([item("a", "3."), item("b", "５．"), item("c", "６．")], "3. a\n5) b\n6) c"),
        ([item("a", "1."), item("b", "1."), item("c", "1.")], "1. a\n1) b\n1. c"),
        ([item("a", "(a)"), item("b", "①"), item("c", "イ."), item("d", "ⅳ")],
         "- (a) a\n- ① b\n- イ. c\n- ⅳ d"),
        ([item("a", "01.")], "- 01\\. a"),
        ([item("a", "1234567890.")], "- 1234567890. a"),
        ([item("a", "•"), item("b", "1.", 1), item("c", "4.", 1)], "- a\n  1. b\n  4) c"),
        ([item("a", "•"), item("b", "2.", 1)], "- a\n\n  2. b"),
        ([item("a", "•", 3), item("b", "•", 5), item("c", "•", 4), item("d", "•", 0),
          item("e", "•", 1)], "- a\n  - b\n  - c\n- d\n  - e"),
        ([item("", "•"), item("a", "•"), item("", "2."), item("", "•", 1)], "- a\n- 2\\."),
        ([item("a\n- b\nc", "•")], "- a\\\n  \\- b\\\n  c"),
        ([item("- a", "•"), item("1. b", "•"), item("# c", "•")], "- \\- a\n- 1\\. b\n- \\# c"),
        ([ListItem("a", ordered=True), ListItem("b", ordered=True)], "1. a\n2. b"),
        ([item("[ ] open", "•")], "- [ ] open"),
    ],
)  # fmt: skip
def test_lists(items: list[ListItem], expected: str) -> None:
    assert markdown(block("list", items=tuple(items))) == expected


def test_lists_in_a_row_stay_apart() -> None:
    bullets = block("list", items=(item("a", "•"),))
    numbers = block("list", items=(item("b", "1."),))
    made = markdown(bullets, bullets, bullets, numbers, numbers, block("paragraph", "p"), bullets)
    assert made == "- a\n\n* a\n\n- a\n\n1. b\n\n1) b\n\np\n\n- a"
    kinds = [node.type for node in SyntaxTreeNode(MD.parse(made))]
    assert kinds == ["bullet_list"] * 3 + ["ordered_list"] * 2 + ["paragraph", "bullet_list"]


ITEMS = st.lists(
    st.builds(
        item,
        st.sampled_from(["a", "*c*", "1. d", "e\n2. f", "- g", "```", "| h |\n| - |", "> i", "--"]),
        st.sampled_from(["•", "1.", "2.", "3)", "7.", "(a)", ""]),
        st.integers(0, 4),
    ),
    min_size=1,
    max_size=9,
)  # fmt: skip


def printed(one: ListItem) -> str:
    """Number or text marker and text, as a reader sees them."""
    lead = "" if one.marker == "•" else one.marker.replace(")", ".") if one.ordered else one.marker
    return squeezed(f"{lead} {one.text}")


def read_items(node: SyntaxTreeNode) -> list[str]:
    """The items of all lists in order, with the numbers that a reader gives them."""
    found = []
    for number, entry in enumerate(node.children):
        assert entry.type == "list_item"
        lead = (
            f"{int(node.attrs.get('start', 1)) + number}. " if node.type == "ordered_list" else ""
        )
        for position, child in enumerate(entry.children):
            if child.type in ("bullet_list", "ordered_list"):
                found += read_items(child)
            else:
                assert child.type == "paragraph"
                assert position == 0
                found.append(squeezed(lead + plain(child.children[0].token)))
    return found


@given(st.lists(ITEMS, min_size=1, max_size=3))
def test_lists_are_read_with_the_same_items_and_numbers(lists: list[list[ListItem]]) -> None:
    made = markdown(*(block("list", items=tuple(items)) for items in lists))
    read = []
    for node in SyntaxTreeNode(MD.parse(made)):
        assert node.type in ("bullet_list", "ordered_list")
        read += read_items(node)
    assert read == [printed(one) for items in lists for one in items]


# -- tables ---------------------------------------------------------------------------------------


def test_pipe_tables() -> None:
    assert markdown(block("table", table=grid([["a", "b"], ["c\nd", "e|f"]]))) == (
        "| a | b |\n| --- | --- |\n| c<br>d | e\\|f |"
    )


def test_a_table_without_heads_gets_its_first_row_as_head() -> None:
    made = markdown(block("table", table=grid([["a", "b"], ["c", "d"]], heads=0)))
    assert made == "| a | b |\n| --- | --- |\n| c | d |"


def test_row_heads_alone_leave_the_head_row_empty() -> None:
    cells = (Cell(0, 0, "Name", header=True), Cell(0, 1, "x"), Cell(1, 0, "Age", header=True),
             Cell(1, 1, "5"))  # fmt: skip
    assert markdown(block("table", table=Table(2, 2, cells))) == (
        "|  |  |\n| --- | --- |\n| Name | x |\n| Age | 5 |"
    )


def test_two_head_rows_make_an_html_table() -> None:
    made = markdown(block("table", table=grid([["a"], ["b"], ["<c>"]], heads=2)))
    assert made == (
        "<table>\n<thead>\n<tr><th>a</th></tr>\n<tr><th>b</th></tr>\n</thead>\n"
        "<tbody>\n<tr><td>&lt;c&gt;</td></tr>\n</tbody>\n</table>"
    )


def test_a_head_that_reaches_into_the_body_is_no_head_row() -> None:
    cells = (Cell(0, 0, "a", rowspan=2, header=True), Cell(0, 1, "b", header=True), Cell(1, 1, "c"))
    made = markdown(block("table", table=Table(2, 2, cells)))
    assert "<thead>" not in made
    assert '<tr><th rowspan="2">a</th><th>b</th></tr>' in made


def test_styles_in_html_cells() -> None:
    text = "bold x2 a_1 code <b>\nend"
    spans = styled(text, ("bold", "bold"), ("2", "super"), ("a_1", "math"), ("code", "code"))
    table = Table(1, 2, (Cell(0, 0, text, colspan=2, spans=spans),))
    assert "<strong>bold</strong> x<sup>2</sup> $a_1$ <code>code</code> &lt;b&gt;<br>end" in (
        markdown(block("table", table=table))
    )


def test_heads_are_not_marked_bold() -> None:
    spans = (Span(0, 1, bold=True),)
    cells = (Cell(0, 0, "a", header=True, spans=spans), Cell(1, 0, "b", spans=spans))
    assert markdown(block("table", table=Table(2, 1, cells))) == "| a |\n| --- |\n| **b** |"
    wide = (Cell(0, 0, "a", header=True, spans=spans, colspan=2),)
    made = markdown(block("table", table=Table(1, 2, wide)))
    assert '<th colspan="2">a</th>' in made


class Cells(HTMLParser):
    """The texts of an HTML table's cells with their spans."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None], str]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("td", "th"):
            self.found.append((tag, dict(attrs), ""))
        elif tag == "br":
            self.handle_data("\n")
        else:
            assert tag in ("table", "thead", "tbody", "tr", "strong", "em", "code", "sup", "sub")

    def handle_data(self, data: str) -> None:
        if self.found:
            tag, attrs, text = self.found[-1]
            self.found[-1] = (tag, attrs, text + data)


CELL_TEXTS = st.sampled_from(
    ["", "a", "<b>", "&amp;", "x\n\ny", "a|b", "</td></table>\n\n# x", "<!--", "$5", "**"]
)


@st.composite
def spanning_tables(draw: st.DrawFn) -> Table:
    num_rows, num_cols = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    cells, taken = [], set()
    for row in range(num_rows):
        for col in range(num_cols):
            if (row, col) in taken:
                continue
            rowspan = draw(st.integers(1, num_rows - row))
            cells.append(Cell(row, col, draw(CELL_TEXTS), rowspan, header=draw(st.booleans())))
            taken |= {(row + down, col) for down in range(rowspan)}
    return Table(num_rows, num_cols, tuple(cells))


@given(spanning_tables())
def test_tables_keep_their_cells(table: Table) -> None:
    (node,) = SyntaxTreeNode(MD.parse(markdown(block("table", table=table))))
    expected = [squeezed(cell.text) for cell in table.cells]
    if node.type == "table":
        read = [plain(n.token) for n in node.walk() if n.type == "inline"]
        assert read[-len(expected) :] == expected
        assert not "".join(read[: -len(expected)])
        return
    assert node.type == "html_block"
    found = Cells(node.content).found
    assert [squeezed(text) for _, _, text in found] == expected
    assert [tag for tag, _, _ in found] == ["th" if c.header else "td" for c in table.cells]
    spans = [int(attrs.get("rowspan") or 1) for _, attrs, _ in found]
    assert spans == [cell.rowspan for cell in table.cells]


# -- what page and column ends broke ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("one", "two", "one two"),
        ("a col-", "umn of", "a column of"),
        ("a col\u00ad", "umn of", "a column of"),
        ("a col‐", "umn of", "a column of"),
        ("the well-", "known", "the wellknown"),
        ("a state-of-the-", "art thing", "a state-of-the-art thing"),
        ("pre-", "and post-war", "pre- and post-war"),
        ("the NATO-", "led force", "the NATO-led force"),
        ("in 1998-", "1999", "in 1998-1999"),
        ("Jean-", "Paul", "Jean-Paul"),
        ("x-", "axis", "x-axis"),
        ("a dash -", "like this", "a dash - like this"),
        ("weiter-", "führen", "weiterführen"),
        ("これは二つに", "分かれた", "これは二つに分かれた"),
        ("これは", "PDF", "これはPDF"),
        ("PDF", "を読む", "PDFを読む"),
        ("한국어", "문장", "한국어 문장"),
        ("ภาษา", "ไทย", "ภาษาไทย"),
        ("first ", "second", "first second"),
        ("", "second", "second"),
        ("first", "", "first"),
    ],
)
def test_paragraphs_over_a_page_end(first: str, second: str, expected: str) -> None:
    made = to_markdown(
        document([block("paragraph", first)], [block("paragraph", second, continues=True)])
    )
    assert made == expected + "\n"


def test_a_hyphen_stays_where_the_document_writes_the_word_with_it() -> None:
    made = to_markdown(
        document(
            [block("paragraph", "A Well-known fact."), block("paragraph", "the well-")],
            [block("paragraph", "known", continues=True)],
        )
    )
    assert made == "A Well-known fact.\n\nthe well-known\n"


def test_footnotes_figures_and_headers_step_aside() -> None:
    made = to_markdown(
        document(
            [block("paragraph", "one"), block("footnote", "note"), block("page-footer", "1")],
            [
                block("page-header", "head"),
                block("figure", "fig"),
                block("paragraph", "two", continues=True),
                block("paragraph", "three", continues=True),
                block("paragraph", "new"),
            ],
        )
    )
    assert made == "one two three\n\nnote\n\n*fig*\n\nnew\n"


def test_spans_move_with_their_text() -> None:
    first = Block("paragraph", BOX, "see this bro-", spans=(Span(9, 13, bold=True),))
    spans = (Span(0, 3, bold=True), Span(10, 11, script="super"))
    second = Block("paragraph", BOX, "ken word x2", spans=spans, continues=True)
    assert to_markdown(document([first], [second])) == "see this **broken** word x²\n"


def test_a_formula_at_the_joint_keeps_its_minus() -> None:
    first = Block("paragraph", BOX, "is ab-", spans=(Span(3, 6, math=True),))
    assert to_markdown(document([first], [block("paragraph", "so", continues=True)])) == (
        "is $ab-$ so\n"
    )


def test_lists_and_code_over_a_page_end() -> None:
    made = to_markdown(
        document(
            [block("list", items=(item("one", "1."), item("two is bro-", "2.")))],
            [
                block("list", items=(item("ken"), item("three", "3.")), continues=True),
                block("code", "a"),
            ],
            [block("code", "  b\n", continues=True)],
        )
    )
    assert made == "1. one\n2. two is broken\n3. three\n\n```\na\n  b\n```\n"


def test_tables_over_a_page_end() -> None:
    def table(rows: list[list[str]], *, heads: int = 1, continues: bool = True) -> Block:
        return block("table", table=grid(rows, heads=heads), continues=continues)

    head = ["a", "b"]
    first = table([head, ["1", "2"]], continues=False)
    repeated = table([head, ["3", "4"]])
    plain_rows = table([["5", "6"]], heads=0)
    other = table([["x", "y", "z"]])
    rows = "| a | b |\n| --- | --- |\n| 1 | 2 |\n| 3 | 4 |\n| 5 | 6 |\n"
    assert to_markdown(document([first], [repeated], [plain_rows])) == rows
    assert to_markdown(document([first], [other])).count("---") == 5


def test_tables_go_on_sideways() -> None:
    def table(rows: list[list[str]], *, continues: bool = True) -> Block:
        return block("table", table=grid(rows, heads=1), continues=continues)

    left = table([["Port", "2021"], ["Bay", "1"], ["Mole", "2"]], continues=False)
    right = table([["Port", "2022", "2023"], ["Bay", "3", "4"], ["Mole", "5", "6"]])
    more = table([["Port", "2024"], ["Bay", "7"], ["Mole", "8"]])
    below = table([["Pier", "9", "9", "9", "9"], ["Lock", "9", "9", "9", "9"]])
    wide = "| Port | 2021 | 2022 | 2023 | 2024 |\n"
    made = to_markdown(document([left], [right], [more], [below]))
    assert made.startswith(wide)
    assert "| Mole | 2 | 5 | 6 | 8 |\n| Pier | 9 | 9 | 9 | 9 |" in made
    # one that fits neither way stands alone, and nothing is lost
    assert to_markdown(document([left], [right], [left], [right])).count("2022") == 2
    other = table([["Port", "2022"], ["Bay", "3"], ["Pier", "5"]])
    assert "| Port | 2021 |\n" in to_markdown(document([left], [other]))


def test_nothing_is_joined_if_not_wanted() -> None:
    whole = document([block("paragraph", "half a")], [block("paragraph", "text", continues=True)])
    assert to_markdown(whole) == "half a text\n"
    assert to_markdown(whole, join=False) == "half a\n\ntext\n"


def test_nothing_is_joined_across_a_page_that_was_not_read() -> None:
    whole = document([block("paragraph", "one")], [], [block("paragraph", "two", continues=True)])
    for code in ("page-failed", "truncated"):
        note = Note(code, "it *broke*\nhere")  # type: ignore[arg-type]
        pages = (whole.pages[0], replace(whole.pages[1], notes=(note,)), whole.pages[2])
        lines = to_markdown(replace(whole, pages=pages)).split("\n\n")
        assert lines[0] == "one"
        assert lines[1].startswith("> Page 2 ")
        assert "it \\*broke\\*\\\n> here" in lines[1]
        assert lines[2] == "two\n"


@pytest.mark.parametrize("code", ["page-failed", "needs-reading", "truncated", "repeated-tail"])
def test_a_page_that_was_not_read_in_full_says_so(code: NoteCode) -> None:
    page = Page(7, 9, 9, 72.0, notes=(Note(code, "the reason"),))
    assert re.search(
        r"^> Page 7 .*: the reason$", to_markdown(Document("x", (page,))), re.MULTILINE
    )


def test_pages_in_a_row_that_failed_alike_share_a_notice() -> None:
    notes = {n: Note("needs-reading", "no text") for n in (1, 2, 3, 7)}
    notes |= {
        4: Note("page-failed", "too slow"),
        8: Note("truncated", "x"),
        9: Note("truncated", "x"),
    }
    pages = tuple(Page(n, 9, 9, 72.0, notes=(note,)) for n, note in sorted(notes.items()))
    assert to_markdown(Document("x", pages)).split("\n\n") == [
        "> Pages 1 to 3 could not be read: no text",
        "> Page 4 could not be read: too slow",
        "> Page 7 could not be read: no text",
        "> Page 8 was read only in part: x",
        "> Page 9 was read only in part: x\n",
    ]


def test_other_notes_stay_out() -> None:
    page = Page(7, 9, 9, 72.0, notes=(Note("repaired", "x"), Note("blank", "y")))
    assert to_markdown(Document("x", (page,))) == ""


def test_captions_stand_beside_what_they_describe() -> None:
    table = block("table", table=grid([["a"]]))
    made = markdown(
        block("caption", "above", target=3),
        block("paragraph", "o"),
        block("paragraph", "p"),
        table,
        block("paragraph", "q"),
        block("caption", "below", target=3),
        block("caption", "of nothing", target=99),
        block("caption", "of itself", target=7),
        block("caption", "without"),
    )
    assert made == (
        "o\n\np\n\n*above*\n\n| a |\n| --- |\n\n"
        "*below*\n\nq\n\n*of nothing*\n\n*of itself*\n\n*without*"
    )


def test_a_subtitle_between_a_caption_and_its_table_comes_between_them() -> None:
    table = block("table", table=grid([["a"]]))
    made = markdown(
        block("caption", "Table 1", target=2), block("paragraph", "(in dollars)"), table
    )
    assert made == "*Table 1*\n\n(in dollars)\n\n| a |\n| --- |"


def test_the_caption_of_a_continued_table_comes_after_all_of_it() -> None:
    first = [block("caption", "Table 1", target=1), block("table", table=grid([["a"], ["b"]]))]
    second = [
        block("caption", "(continued)", target=1),
        block("table", table=grid([["a"], ["c"]]), continues=True),
    ]
    assert to_markdown(document(first, second)) == (
        "*Table 1*\n\n| a |\n| --- |\n| b |\n| c |\n\n*(continued)*\n"
    )


# -- anything --------------------------------------------------------------------------------------


@given(documents, st.booleans())
@WHOLE_DOCUMENTS
def test_any_document_makes_markdown_without_html_or_unsafe_links(
    whole: Document, headers_footers: bool
) -> None:
    made = to_markdown(whole, headers_footers=headers_footers)
    assert made == to_markdown(whole, headers_footers=headers_footers)
    assert not made or (made.endswith("\n") and not made.endswith("\n\n"))
    for node in SyntaxTreeNode(MD.parse(made)).walk():
        if node.type == "html_inline":
            assert node.content == "<br>"
        elif node.type == "html_block":
            Cells(node.content)
        elif node.type == "link":
            assert str(node.attrs["href"]).startswith(("http://", "https://", "mailto:"))
        elif node.type == "image":
            src = str(node.attrs["src"])
            assert src.startswith("data:image/png;base64,") or ":" not in src.split("/")[0]
            assert not src.startswith(("/", "\\"))


def test_hostile_documents_take_linear_time() -> None:
    paragraphs = [block("paragraph", "some words of a-", continues=True)] * 20_000
    items = tuple(item("x", "1.", level) for level in range(20_000))
    spans = tuple(Span(n, n + 1, bold=True) for n in range(0, 40_000, 2))
    start = time.process_time()
    made = markdown(
        *paragraphs, block("list", items=items), block("paragraph", "a b*" * 10_000, spans=spans)
    )
    assert time.process_time() - start < 8
    assert len(made) > 100_000
