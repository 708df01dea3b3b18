"""Rows to text: line ends, styles, links and leaders."""

from __future__ import annotations

import pytest
from layout_paper import line, row, rows, word

from docparse.layout.flows import Canvas
from docparse.layout.prose import Lexicon, Prose, read_lexicon, without_head, write
from docparse.layout.rows import make_row
from docparse.types import BBox, Link, Span

NOTHING = Lexicon()
ON_PAGE = Lexicon(
    compounds=frozenset(["well-known", "data-driven"]),
    whole=frozenset(["afternoon", "after", "noon", "long", "term"]),
)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (("an exam-", "ple of it"), "an example of it"),
        (("an exam\u00ad", "Ple of it"), "an examPle of it"),
        (("a well-", "known man"), "a well-known man"),
        (("one after-", "noon"), "one afternoon"),
        (("the long-", "term plan"), "the long-term plan"),
        (("pre-", "and post-war"), "pre- and post-war"),
        (("COVID-", "19 cases"), "COVID-19 cases"),
        (("Austria-", "Hungary"), "Austria-Hungary"),
        (("1990–", "1995"), "1990–1995"),
        (("a dash –", "and more"), "a dash – and more"),
        (("platforms—", "reflects"), "platforms—reflects"),
        (("two words", "more words"), "two words more words"),
        (("日本語の文", "章です。"), "日本語の文章です。"),
        (("日本語の", "PDF です"), "日本語のPDF です"),
        (("한국어 문장", "입니다"), "한국어 문장 입니다"),
        (("สวัสดี", "ชาวโลก"), "สวัสดีชาวโลก"),
    ],
)
def test_line_ends(lines: tuple[str, ...], expected: str) -> None:
    assert write(rows(*lines), lexicon=ON_PAGE).text == expected


def test_breaks_keep_lines_and_hyphens() -> None:
    prose = write(rows("12 High-", "street", "London"), lexicon=NOTHING, breaks={0, 1})
    assert prose.text == "12 High-\nstreet\nLondon"


def test_the_lexicon_knows_compounds_and_whole_words() -> None:
    lexicon = read_lexicon([line("A well-known, long walk"), line("state-of-the-art")])
    assert "well-known" in lexicon.compounds
    assert "state-of-the-art" in lexicon.compounds
    assert {"a", "long", "walk"} <= lexicon.whole


def test_spans_cover_styled_stretches_with_their_spaces() -> None:
    canvas = Canvas(1000, 1000, "right")
    made = make_row(
        [
            word("see", 0, 0),
            word("the", 50, 0, bold=True),
            word("text", 100, 0, bold=True, space_after=False),
            word("2", 150, 0, script="super"),
            word("x", 200, 0, italic=True),
        ],
        canvas,
    )
    prose = write([made], lexicon=NOTHING)
    assert prose.text == "see the text2 x"
    assert prose.spans == (
        Span(4, 12, bold=True),
        Span(12, 13, script="super"),
        Span(14, 15, italic=True),
    )


def test_a_bold_heading_has_no_span_but_a_bold_paragraph_has() -> None:
    lines = rows("All of it", bold=True)
    assert write(lines, lexicon=NOTHING, heading=True).spans == ()
    assert write(lines, lexicon=NOTHING).spans == (Span(0, 9, bold=True),)


def test_typewriter_face_is_code_only_beside_others() -> None:
    assert write(rows("all mono", mono=True), lexicon=NOTHING).spans == ()
    mixed = make_row(
        [word("run", 0, 0), word("make", 60, 0, mono=True)], Canvas(1000, 1000, "right")
    )
    assert write([mixed], lexicon=NOTHING).spans == (Span(4, 8, code=True),)


def test_a_comma_behind_a_link_is_no_part_of_it() -> None:
    lines = rows("see example.org/shade, or")
    at = next(word.bbox for row in lines for word in row.words if "shade" in word.text)
    for href, length in (("https://example.org/shade", 17), ("https://example.org/shade,", 18)):
        prose = write(lines, lexicon=NOTHING, links=[Link(at, href)])
        assert prose.text == "see example.org/shade, or"
        assert prose.spans == (Span(4, 4 + length, href=href),)


def test_links_lie_on_the_words_below_them() -> None:
    lines = rows("go to our", "site now")
    links = [Link(BBox(100, 120, 150, 150), "https://example.org/")]
    prose = write(lines, lexicon=NOTHING, links=links)
    assert prose.text == "go to our site now"
    assert prose.spans == (Span(10, 14, href="https://example.org/"),)


def test_an_address_broken_over_lines_is_one() -> None:
    lines = rows("https://example.org/a/", "b.html rest")
    links = [Link(BBox(0, 90, 900, 125), "u"), Link(BBox(90, 126, 165, 150), "u")]
    prose = write(lines, lexicon=NOTHING, links=links)
    assert prose.text == "https://example.org/a/b.html rest"


def test_leaders_are_four_dots() -> None:
    assert write(rows("Scope......................12"), lexicon=NOTHING).text == "Scope .... 12"
    assert write(rows("Scope . . . . . . . . 12"), lexicon=NOTHING).text == "Scope .... 12"
    assert write(rows("and so on . . ."), lexicon=NOTHING).text == "and so on . . ."
    assert write(rows("Name: ________"), lexicon=NOTHING).text == "Name: ________"


def test_without_head_moves_spans() -> None:
    prose = Prose("1. bold text", (Span(0, 2, italic=True), Span(3, 7, bold=True)))
    assert without_head(prose, 3) == Prose("bold text", (Span(0, 4, bold=True),))


def test_the_same_rows_give_the_same_text() -> None:
    lines = [row("one two", y=100), row("three", y=130)]
    assert write(lines, lexicon=NOTHING) == write(lines, lexicon=NOTHING)
