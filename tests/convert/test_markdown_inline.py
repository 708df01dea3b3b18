"""Inline Markdown: a parser reads any text as it was, with as few backslashes as can be."""

from __future__ import annotations

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_reading import chars, parser, plain, squeezed

from docparse.convert import inline
from docparse.types import Span

PLAIN, MATH = parser(math=False), parser(math=True)
# Marks, what stands beside them, and whole constructs, so that many of them meet.
BITS = [
    *"*_~`[]()<>!#&$\\|-+=:.,;19aZéあ「。＄ \n\t{}^\"'@/%?\u3000\u00a0",
    *[
        "**",
        "___",
        "```",
        "~~~",
        "$$",
        "---",
        "===",
        "<b>",
        "</i>",
        "<!--",
        "-->",
        "&amp;",
        "&#35;",
    ],
    *["1. ", "2) ", "- ", "# ", "> ", "[a](b)", "![", "](", "[x]:", "| a | b |\n", "|-|-|", "x2"],
    *["https://x.org/", "https://x.org/~a_b_?c=*d", "me@x.org", "<http://y.de>", "www.x.org"],
]
TEXTS = st.one_of(
    st.lists(st.sampled_from(BITS), max_size=14).map("".join),
    st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=20),
)


@given(TEXTS)
@example("a\\ \nb")
@example("***\n*a")
@example("[x\ny]: /z")
def test_a_paragraph_reads_as_its_text(text: str) -> None:
    for md in (PLAIN, MATH):
        tokens = md.parse(inline.paragraph(text))
        if not text.strip():
            assert not tokens
            continue
        assert [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"]
        assert plain(tokens[1]) == squeezed(text)
        marks = {mark for char in chars(tokens[1]) for mark in char.marks}
        assert marks <= {"a"}  # an address that stands in the text may become a link
        assert "softbreak" not in [child.type for child in tokens[1].children or []]


@given(TEXTS)
def test_a_heading_reads_as_its_text(text: str) -> None:
    tokens = MATH.parse("# " + inline.heading(text))
    if text.strip():
        assert [token.type for token in tokens] == ["heading_open", "inline", "heading_close"]
        assert plain(tokens[1]) == " ".join(text.split())


@given(TEXTS, TEXTS)
def test_table_cells_read_as_their_texts(left: str, right: str) -> None:
    rows = f"| {inline.cell(left)} | {inline.cell(right)} |\n| --- | --- |"
    cells = [token for token in MATH.parse(rows) if token.type == "inline"]
    assert [plain(cell) for cell in cells] == [squeezed(left), squeezed(right)]


@given(TEXTS)
def test_italics_hold_whatever_is_in_them(text: str) -> None:
    tokens = MATH.parse(inline.emphasised(text))
    if not text.strip():
        assert not tokens
        return
    assert [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"]
    assert plain(tokens[1]) == squeezed(text)
    assert all("em" in char.marks for char in chars(tokens[1]))


@given(TEXTS, TEXTS)
def test_a_form_field_reads_as_name_and_value(name: str, value: str) -> None:
    tokens = MATH.parse(inline.field(name, value))
    name = " ".join(name.split()).rstrip(":： ")
    if not name and not value.strip():
        assert not tokens
        return
    assert [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"]
    expected = f"{name}: {value.strip()}" if name else value
    assert plain(tokens[1]).replace("\n", " ") == squeezed(expected).replace("\n", " ")
    if name:
        first = chars(tokens[1])[0]
        assert first.marks == {"strong"}


@given(TEXTS)
def test_an_image_keeps_its_description(text: str) -> None:
    tokens = MATH.parse(inline.image("my (1)/a_b.png", text))
    (image,) = tokens[1].children or []
    assert image.type == "image"
    assert image.attrs["src"] == "my%20(1)/a_b.png"
    assert " ".join(plain(image).split()) == " ".join(text.split())


@st.composite
def styled_texts(draw: st.DrawFn) -> tuple[str, tuple[Span, ...]]:
    parts = draw(st.lists(st.tuples(TEXTS, st.sampled_from(STYLES)), max_size=6))
    text, spans = "", []
    for part, style in parts:
        if part and style:
            spans.append(Span(len(text), len(text) + len(part), **style))
        text += part
    return text, tuple(spans)


STYLES: list[dict[str, object]] = [
    {},
    {},
    {"bold": True},
    {"italic": True},
    {"bold": True, "italic": True},
    {"code": True},
    {"bold": True, "code": True},
    {"href": "https://example.org/a_(b)*c"},
    {"href": "https://example.org/d", "bold": True},
    {"href": "#page=3"},
]


def expected_chars(text: str, spans: tuple[Span, ...]) -> list[tuple[str, set[str]]]:
    marks: list[set[str]] = [set() for _ in text]
    for span in spans:
        names = {"strong": span.bold, "em": span.italic, "code": span.code,
                 "a": span.href.startswith("http")}  # fmt: skip
        for position in range(span.start, span.end):
            marks[position] |= {name for name, has in names.items() if has}
    return [(char, mark) for char, mark in zip(text, marks, strict=True) if not char.isspace()]


@given(styled_texts())
def test_marks_stand_where_the_spans_are_and_nowhere_else(
    styled: tuple[str, tuple[Span, ...]],
) -> None:
    text, spans = styled
    for written in (inline.paragraph, inline.cell):
        tokens = PLAIN.parse(written(text, spans)) if written is inline.paragraph else PLAIN.parse(
            f"| {written(text, spans)} |\n| - |")  # fmt: skip
        read = [char for token in tokens if token.type == "inline" for char in chars(token)]
        read = [char for char in read if char.char != "\n"]
        expected = expected_chars(text, spans)
        assert "".join(char.char for char in read) == "".join(char for char, _ in expected)
        for char, (_, marks) in zip(read, expected, strict=True):
            in_address = "://" in text or "@" in text  # may have become a link by itself
            assert char.marks <= marks | ({"a"} if in_address else set())
            assert char.marks >= marks & {"a"} or char.char in "\\"
            if written is inline.paragraph:
                assert char.marks >= marks & {"code"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # what needs no backslash gets none
        ("a_b, 1.5, 5 * 3, (c), #1, C#, 50%, a/b, x^2, {y}", None),
        ("AT&T, R&D; a < b > c, 3<5, x -> y, <- here", None),
        ("it costs $5, footnote*, see [1] and [2, p. 3]!", None),
        ("snake_case_name and __x and 2**8 and 'quoted' \"text\"", None),
        ("C:\\Users\\me, about ~5 m, a | b, 1) and - and + and = inside", None),
        ("これは「重要」です。（注）＊※・①", None),
        ("mail me@example.org or see https://example.org/a_b?c=d&e=f#g.", None),
        ("-5 degrees", None),
        ("#hashtag", None),
        ("1.5 m", None),
        ("=> so", None),
        ("[ ] to do", None),
        # what could be read as markup does
        ("*a*", "\\*a\\*"),
        ("_init_ and __main__", "\\_init\\_ and \\_\\_main\\_\\_"),
        ("a*b*c", "a\\*b\\*c"),
        ("10~20 and 30~40", "10\\~20 and 30\\~40"),
        ("$5 and $10", "\\$5 and \\$10"),
        ("1. Intro", "1\\. Intro"),
        ("3) more", "3\\) more"),
        ("- dash", "\\- dash"),
        ("# hash", "\\# hash"),
        ("> more", "\\> more"),
        ("* note", "\\* note"),
        ("_____", "\\_____"),
        ("* * *", "\\* * *"),
        ("a\n===", "a\\\n\\==="),
        ("a | b\n- | -", "a | b\\\n\\- | -"),
        ("[1]: Smith et al.", "\\[1]: Smith et al."),
        ("f[i](x)", "f[i\\](x)"),
        ("&copy; &nothing;", "\\&copy; &nothing;"),
        ("<b>bold</b>", "\\<b>bold\\</b>"),
        ("<div", "\\<div"),
        ("`a` and `b`", "\\`a\\` and \\`b\\`"),
        ("back\\*slash", "back\\\\*slash"),
        ("https://x.org/~me/_b_", "<https://x.org/~me/_b_>"),
    ],
)
def test_backslashes_only_where_needed(text: str, expected: str | None) -> None:
    assert inline.paragraph(text) == (text if expected is None else expected)


@pytest.mark.parametrize(
    ("text", "spans", "expected"),
    [
        ("a bold word", [Span(2, 6, bold=True)], "a **bold** word"),
        ("a bold word", [Span(1, 7, bold=True)], "a **bold** word"),
        ("all of it", [Span(0, 3, bold=True), Span(4, 9, bold=True)], "**all of it**"),
        ("これは「重要」です", [Span(3, 7, bold=True)], "これは「**重要**」です"),
        ("これは重要です", [Span(3, 5, bold=True)], "これは**重要**です"),
        ("x...y", [Span(1, 4, bold=True)], "x...y"),
        ("(see it)", [Span(0, 8, italic=True)], "*(see it)*"),
        ("bolditalic", [Span(0, 4, bold=True), Span(4, 10, italic=True)], "**bold**italic"),
        ("5*3 bold", [Span(4, 8, bold=True)], "5\\*3 **bold**"),
        ("use a`b", [Span(4, 7, code=True)], "use ``a`b``"),
        ("is x^2 so", [Span(3, 6, math=True)], "is $x^2$ so"),
        ("is $x^2$ for $5", [Span(3, 8, math=True)], "is $x^2$ for \\$5"),
        ("10-3 m", [Span(2, 4, script="super")], "10⁻³ m"),
        ("H2O", [Span(1, 2, script="sub")], "H₂O"),
        ("19th", [Span(2, 4, script="super")], "19th"),
        ("me", [Span(0, 2, href="https://a.b/c d")], "[me](https://a.b/c%20d)"),
        ("me", [Span(0, 2, href="javascript:alert(1)")], "me"),
        ("me", [Span(0, 2, href="data:text/html,x")], "me"),
        ("me", [Span(0, 2, href="#page=2")], "me"),
        ("https://a.b/c", [Span(0, 13, href="https://a.b/c")], "<https://a.b/c>"),
        ("me@a.b", [Span(0, 6, href="mailto:me@a.b")], "<me@a.b>"),
        ("a [b] c", [Span(0, 7, href="https://a.b/")], "[a \\[b\\] c](https://a.b/)"),
        ("see! here", [Span(4, 9, href="https://a.b/")], "see! [here](https://a.b/)"),
        ("see!here", [Span(4, 8, href="https://a.b/")], "see\\![here](https://a.b/)"),
    ],
)
def test_styles(text: str, spans: list[Span], expected: str) -> None:
    assert inline.paragraph(text, spans) == expected


def test_pipes_in_code_and_formulas_stay_in_their_cell() -> None:
    assert inline.cell("a|b", [Span(0, 3, code=True)]) == "`a\\|b`"
    assert inline.cell("|x| \\|y\\|", [Span(0, 9, math=True)]) == (
        "$\\vert x\\vert \\Vert y\\Vert$"
    )


def test_control_characters_vanish() -> None:
    assert inline.paragraph("a\x00b\x1b[31mc\r\nd\ud800") == "ab[31mc\\\nd\ufffd"


@pytest.mark.parametrize(
    "unit", ["*a", "_a_ ", "<a ", "[", "](", "`", "``` ", "&a", "$a ", "\\", "\\ ", "~", "https://"]
)
def test_hostile_texts_take_linear_time(unit: str) -> None:
    text = unit * (200_000 // len(unit))
    start = time.process_time()
    inline.paragraph(text)
    assert time.process_time() - start < 4
