"""The parts of the reader, each by tables of cases."""

from __future__ import annotations

import pytest

from docparse.omni import tags
from docparse.omni.grid import RawCell, build_table
from docparse.omni.inline import read_inline
from docparse.omni.latex import split_math
from docparse.omni.lenient_json import Pairs, Value, parse_json
from docparse.omni.lists import split_marker
from docparse.omni.markup import MAX_DEPTH, Element, decode, parse_markup
from docparse.omni.parse import parse_reply
from docparse.omni.repair import cut_loop, read_numbers, split_fences
from docparse.types import KINDS, Frame

FRAME = Frame(1000, 1400, 1000, 1400, dpi=72)


def sketch(element: Element) -> str:
    """A tree on one line: `p[a b[c]]`."""
    parts = [part if isinstance(part, str) else sketch(part) for part in element.children]
    return f"{element.name}[{' '.join(parts)}]" if element.name else " ".join(parts)


@pytest.mark.parametrize(
    ("markup", "tree"),
    [
        ("<p>a<p>b", "p[a] p[b]"),
        ("<p>a<div>b</div>c", "p[a] div[b] c"),
        ("<ul><li>a<li>b<ul><li>c</ul></ul>", "ul[li[a] li[b ul[li[c]]]]"),
        ("<table><tr><td>1<td>2<tr><td>3</table>", "table[tr[td[1] td[2]] tr[td[3]]]"),
        ("<table><tr><td><table><td>x</table></table>", "table[tr[td[table[td[x]]]]]"),
        ("<table><tr><td>x<table><tr><td>y", "table[tr[td[x table[tr[td[y]]]]]]"),
        ("<td>x</div>y</td>", "td[x y]"),
        ("<html><head></head><body><p>a</p></html></body>", "p[a]"),
        ("8.00<全> <total> <time>", "8.00<全> <total>  <time>"),
        ("<time datetime='1'>now</time>", "time[now]"),
        ("a < b, a<b, <b and c>, <b>d</b>", "a < b, a<b, <b and c>,  b[d]"),
        ("<P CLASS=x>a</P>", "p[a]"),
        ("<img src='a'/>b<br/>c<br>d</br>e", "img[] b br[] c br[] d br[] e"),
        ('<p data-bbox="1 2 3 4/>x', "p[] x"),
        ("<!-- a --> b <!-- c", " b <!-- c"),
        ("<style>p{}</style>a<script>if (a<b) '</p>'</script>b<style>c", "a b c"),
        ("<!DOCTYPE html><?xml version='1'?>a", "a"),
        ("<title>T</title><p>a <title> b", "title[T] p[a  <title>  b]"),
        ("a\0b\x0cc", "a\0b\x0cc"),
        ("<p>a</p", "p[a]"),
        ("<p>a<im", "p[a]"),
        ("<p>a<全", "p[a<全]"),
        ('<p>a<img src="path_to_image_5', "p[a]"),
        ("<p>a<b c and", "p[a<b c and]"),
        ('<img alt="a < b > c">', "img[]"),
    ],
)
def test_markup(markup: str, tree: str) -> None:
    assert sketch(parse_markup(markup).root) == tree


def test_a_forgotten_quote_costs_one_attribute() -> None:
    root = parse_markup('<p data-bbox="1 2 3 4>Text</p><p class="a">more</p>').root
    assert sketch(root) == "p[Text] p[more]"
    first = root.children[0]
    assert isinstance(first, Element) and read_numbers(first.attrs["data-bbox"]) == [1, 2, 3, 4]


def test_depth_is_bounded() -> None:
    tree = parse_markup("<div>" * 5000 + "x" + "</div>" * 5000 + "<p>after</p>")
    depth, element = 0, tree.root
    while isinstance(element.children[0], Element) and element.children[0].name == "div":
        depth, element = depth + 1, element.children[0]
    assert depth == MAX_DEPTH and tree.num_flattened == 5000 - MAX_DEPTH
    assert sketch(tree.root).endswith("p[after]") and not tree.is_open


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("&lt;&amp;&#x41;&#66;&nbsp;&hearts;", "<&AB\xa0♥"),
        (
            "&copy=1 &notit; &; &#; &#1114112; &#xd800;",
            "&copy=1 &notit; &; &#; &#1114112; &#xd800;",
        ),
        ("&#0;&#13;&#10;&#146;", "\0\r\n’"),
    ],
)
def test_decode(raw: str, text: str) -> None:
    assert decode(raw) == text


@pytest.mark.parametrize(
    ("text", "formulas"),
    [
        ("$x$ and $y$", ["x", "y"]),
        ("$5 and $6", []),
        ("$5 apples or 10$ more", ["5 apples or 10"]),
        ("US$5/US$6", []),
        ("a $ b $ c", []),
        ("$x$5", []),
        ("$$a$$ $b$", ["a", "b"]),
        ("$$a$", []),
        (r"\$5 and \$6", []),
        (r"\(a\) \[b\]", ["a", "b"]),
        (r"\\[2pt] \\(a\\)", []),
        (r"\( open", []),
        ("${ }^{8}$ das Phon", ["{ }^{8}"]),
        (r"$a \text{ \$ } b$", [r"a \text{ \$ } b"]),
        ("$$", []),
        ("$$$$", []),
    ],
)
def test_formulas(text: str, formulas: list[str]) -> None:
    pieces = split_math(text)
    assert [piece.text for piece in pieces if piece.is_math] == formulas
    if not formulas:
        assert "".join(piece.text for piece in pieces) == text


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        (" a \n b ", "a b"),
        ("a<br> b<br/>", "a\nb"),
        ("日本\n  語", "日本語"),
        ("a\u3000b\xa0c", "a\u3000b\xa0c"),
        ("<b>a </b> b", "a b"),
        ("<p>a</p><p>b</p>", "a\nb"),
        ("<code>$x$</code>", "$x$"),
        ("<span class='math'>$x$</span>", "x"),
        ("a <img alt='b'> c", "a c"),
    ],
)
def test_inline_text(markup: str, text: str) -> None:
    assert read_inline(parse_markup(markup).root.children).text == text


@pytest.mark.parametrize(
    ("text", "marker", "rest"),
    [
        ("• one", "•", "one"),
        ("(1) Scope", "(1)", "Scope"),
        ("1. Scope", "1.", "Scope"),
        ("1.5 GB", "", "1.5 GB"),
        ("①項目", "①", "項目"),
        ("（2）項目", "（2）", "項目"),
        ("a) x", "a)", "x"),
        ("iv. x", "iv.", "x"),
        ("a.m. is morning", "", "a.m. is morning"),
        ("-5 degrees", "", "-5 degrees"),
        ("– dash", "–", "dash"),
        ("2024. was", "", "2024. was"),
        ("•", "", "•"),
    ],
)
def test_markers(text: str, marker: str, rest: str) -> None:
    assert split_marker(text) == (marker, rest)


def rows_of(drawing: str) -> list[list[RawCell]]:
    """`a b2 / c3d` - letters with an optional colspan after and a rowspan before them (2a3)."""
    rows = []
    for line in drawing.split("/"):
        row = []
        for word in line.split():
            letter = next(char for char in word if char.isalpha())
            before, after = word.split(letter)
            row.append(RawCell(letter, rowspan=int(before or 1), colspan=int(after or 1)))
        rows.append(row)
    return rows


@pytest.mark.parametrize(
    ("drawing", "grid", "was_mended"),
    [
        ("a b / c d", "ab/cd", False),
        ("a2 / c d", "aa/cd", False),
        ("2a b / c", "ab/ac", False),
        ("a3", "aaa", False),
        ("a b c / d", "abc/d..", True),
        ("a / b c", "a./bc", True),
        ("a b / c5", "ab/cc", True),
        ("9a b / c", "ab/ac", True),
        ("0a b / c", "ab/ac", False),
        ("a 2b / c2", "ab/cb", True),
        ("a / / b", "a/b", True),
        ("2a 2b / / c d", "ab/ab/cd", False),
        ("a1000 b1000", "ab", True),
    ],
)
def test_grids(drawing: str, grid: str, was_mended: bool) -> None:
    table, mended = build_table(rows_of(drawing))
    assert table is not None
    slots = {
        (r, c): cell.text or "."
        for cell in table.cells
        for r in range(cell.row, cell.row + cell.rowspan)
        for c in range(cell.col, cell.col + cell.colspan)
    }
    rows = ["".join(slots[r, c] for c in range(table.num_cols)) for r in range(table.num_rows)]
    assert ("/".join(rows), mended) == (grid, was_mended)


def test_absurd_tables_stay_small() -> None:
    """A million by a million asked for, on every row; and a grid of mostly holes."""
    huge = RawCell("x", rowspan=10**6, colspan=10**6)
    table, mended = build_table([[huge]] * 300)
    assert table is not None and mended
    assert table.num_rows * table.num_cols < 1000
    ragged = [[RawCell("x")] * 1000] + [[RawCell("y")]] * 10_000
    assert build_table(ragged) == (None, True)


def to_plain(value: Value) -> object:
    if isinstance(value, Pairs):
        return [(key, to_plain(inner)) for key, inner in value.items]
    return [to_plain(inner) for inner in value] if isinstance(value, list) else value


@pytest.mark.parametrize(
    ("text", "value", "is_cut", "is_mended"),
    [
        ('{"a": [1, 2.5, "x"], "b": null}', [("a", [1, 2.5, "x"]), ("b", None)], False, False),
        ('[{"a": 1,},]', [[("a", 1)]], False, True),
        ("{'a': True, b: c d}", [("a", True), ("b", "c d")], False, True),
        ('{"a": "a "hi" b", "b": 1}', [("a", 'a "hi" b'), ("b", 1)], False, False),
        ('{"a": 1 "b": 2}', [("a", 1), ("b", 2)], False, True),
        ('{"a": "x"\n"b": "y"}', [("a", "x"), ("b", "y")], False, True),
        ('{"a": 1, "a": 2}', [("a", 1), ("a", 2)], False, False),
        ('{"a": "cut he', [("a", "cut he")], True, False),
        ('[1, [2, {"a": ', [1, [2, [("a", None)]]], True, False),
        ('["\\frac{a}{b} \\theta \\n \\u3042 \\ud83d\\ude00 \\ud83d"]',
         ["\\frac{a}{b} \\theta \n あ 😀 \ufffd"], False, False),
        ("[1, 2 // two\n, 3 /* four */]", [1, 2, 3], False, False),
        ('{"a": 1]', [("a", 1)], True, True),
    ],
)  # fmt: skip
def test_lenient_json(text: str, value: object, is_cut: bool, is_mended: bool) -> None:
    parsed = parse_json(text)
    assert to_plain(parsed.values[0]) == value
    assert (parsed.is_cut, parsed.is_mended) == (is_cut, is_mended)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("1 2 3 4", [1, 2, 3, 4]),
        ("[1, -2.5], (3;4)", [1, -2.5, 3, 4]),
        ("10px 20px", [10, 20]),
        ("1-2-3-4", [1, 2, 3, 4]),
        ("x1 y1 x2 y2", []),
        ("9" * 400 + " 1e400 nan inf", []),
        ("0.123456789012 .5", [0.123456789012]),
    ],
)
def test_numbers(text: str, numbers: list[float]) -> None:
    assert read_numbers(text) == numbers


@pytest.mark.parametrize(
    ("head", "unit", "copies", "cut"),
    [
        ("Before. ", "and so on ", 40, 3),
        ("<p>a</p>", '<p data-bbox="1 2 3 4">the same line</p>', 9, 12),
        ("", "0", 400, 0),
        ("", "".join(map(str, range(1500))), 5, 17),
        ("start", "long line of text\n", 4000, 5),
    ],
)
def test_loops_are_cut(head: str, unit: str, copies: int, cut: int) -> None:
    text = head + unit * copies + unit[:cut]
    kept, times = cut_loop(text)
    assert times in (copies, copies - 1, copies + 1) or len(set(unit)) < 3
    assert text.startswith(kept) and len(head + unit) <= len(kept) + len(unit) // 2 + 1
    assert len(kept) <= len(head) + 3 * len(unit)


@pytest.mark.parametrize(
    "text",
    [
        "no loop in this",
        "........................................ 12",
        "<td></td>" * 100 + "</tr></table>",
        "1 1 1 1 1 1",
        "",
    ],
)
def test_what_is_no_loop_stays(text: str) -> None:
    assert cut_loop(text) == (text, 0)


@pytest.mark.parametrize(
    ("text", "segments"),
    [
        ("plain", [("prose", "", "plain")]),
        ("```html\n<p>a</p>\n```", [("fenced", "html", "\n<p>a</p>\n")]),
        ("say:\n```json\n[1]\n```\nend", [("prose", "", "say:\n"), ("fenced", "json", "\n[1]\n"),
                                         ("prose", "", "\nend")]),
        ("```html\n<p>a", [("fenced", "html", "\n<p>a")]),
        ("```html\n<p>a</p>\n``", [("fenced", "html", "\n<p>a</p>")]),
        ("```json [1]```", [("fenced", "json", " [1]")]),
        ("<p>```</p>\n```\nx\n```", [("prose", "", "<p>```</p>\n```\nx\n```")]),
        ("<p>a</p>\n```", [("prose", "", "<p>a</p>")]),
        ("```", []),
    ],
)  # fmt: skip
def test_fences(text: str, segments: list[tuple[str, str, str]]) -> None:
    assert [(s.type, s.language, s.text) for s in split_fences(text)] == segments


def test_every_kind_is_written_and_named() -> None:
    assert set(tags.FORMS) == set(KINDS)
    for kind, form in tags.FORMS.items():
        assert tags.kind_of_label(kind) == kind
        assert tags.kind_of_element(form.tag, form.css) in (kind, None)
    for label, kind in {
        "formula.handwritten": "formula",
        "Section-header": "heading",
        "List-item": "list",
        "Page-footer": "page-footer",
        "table12": "table",
        "image caption": "figure",
        "image ocr": "image-ocr",
        "address.author": "paragraph",
        "search-results": None,
    }.items():
        assert tags.kind_of_label(label) == kind


@pytest.mark.parametrize(
    ("reply", "kinds"),
    [
        ("```latex\nE=mc^2\n```", ["formula"]),
        ("```python\nx = 1\n```", ["code"]),
        ("```abc\nX:1\nK:C\nCDEF|\n```", ["music-sheet"]),
        ("```\nplain\nlines\n```", ["paragraph", "paragraph"]),
        ('{"a": 1}\n{"b": 2}', ["form-field", "form-field"]),
        ("[10, 20, 30, 40]", ["figure"]),
        ('["a", "b"]', ["paragraph", "paragraph"]),
        ("[1] A reference", ["paragraph"]),
        ("{curly} text", ["paragraph"]),
        ("Before\n<table><tr><td>a</td></tr></table>\nafter", ["paragraph", "table", "paragraph"]),
        ('[{"bbox": [1,2,3,4], "label": "table", "score": 0.5}]', ["figure"]),
        ('{"result": [{"bbox_2d": [1,2,3,4], "text_content": "x"}]}', ["paragraph"]),
        ("<ht", []),
        ("\ufeff", []),
        ("<|im_end|>", []),
    ],
)
def test_grammars(reply: str, kinds: list[str]) -> None:
    page = parse_reply(reply, FRAME)
    assert [block.kind for block in page.blocks] == kinds
    if not kinds:
        assert page.notes[0].code == "page-failed"
