"""Markdown and HTML as the scores read them."""

from __future__ import annotations

import pytest

from docparse.bench.flow import read_markdown
from docparse.bench.grid import MOST_SPAN, Grid, GridCell, read_html_table


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("# Title\n\nSome *plain* **words**\nin `lines`.", "Title\nSome plain words\nin lines."),
        ("- one\n- two\n  - three", "one\ntwo\nthree"),
        ("1\\. not \\*a\\* list &amp; more", "1. not *a* list & more"),
        ("see [here](http://x.y) ![alt](a.png)now", "see here now"),
        ("```py\na = 1\n```", "a = 1\n"),
        ("a<br>b<sup>2</sup>", "a\nb2"),
        ("<div>one<br/>two</div>", "one\ntwo"),
        ("> quoted", "quoted"),
        ("", ""),
    ],
)
def test_text(markdown: str, text: str) -> None:
    assert read_markdown(markdown).text == text


def test_tables_of_both_kinds_in_their_places() -> None:
    flow = read_markdown(
        "before\n\n|A|B|\n|---|---|\n|**1**|2<br>3|\n\nbetween\n"
        "<table><tr><th colspan='2'>head</th></tr>\n\n<tr><td>x &lt; y</td><td>z</td></tr></table>"
        "\nafter"
    )
    github = Grid(
        ((GridCell("A"), GridCell("B")), (GridCell("1"), GridCell("2\n3"))),
    )
    html = Grid(((GridCell("head", 1, 2),), (GridCell("x < y"), GridCell("z"))))
    assert flow.pieces == ("before", github, "between", html, "after")
    assert flow.text == "before\nA B\n1 2\n3\nbetween\nhead\nx < y z\nafter"


def test_an_empty_header_of_a_github_table_is_no_row() -> None:
    (table,) = read_markdown("| | |\n|---|---|\n|a|b|\n| | |").tables
    assert table == Grid(((GridCell("a"), GridCell("b")), (GridCell(""), GridCell(""))))
    (table,) = read_markdown("<table><tr><td></td></tr><tr><td>a</td></tr></table>").tables
    assert len(table.rows) == 2


@pytest.mark.parametrize(
    "markdown", ["<table><tr><td>never closed", "</table> alone", "<table></table>", "\0"]
)
def test_odd_markup_does_not_fail(markdown: str) -> None:
    assert all(not table.rows for table in read_markdown(markdown).tables)


def test_html_table() -> None:
    html = (
        "<table><thead><tr><th rowspan=2>a</th><th colspan='0'>b</th><td colspan=999999>c</td></tr>"
        "</thead><tbody><tr><td>d<br>e</td><td><table><tr><td>in</td></tr></table></td></tr></table>"
    )
    assert read_html_table(html) == Grid(
        (
            (GridCell("a", 2, 1), GridCell("b"), GridCell("c", 1, MOST_SPAN)),
            (GridCell("d\ne"), GridCell("in")),
        )
    )


@pytest.mark.parametrize("html", ["", "no table", "<table>", "<!--", "<td>cell</td>"])
def test_html_without_rows(html: str) -> None:
    assert read_html_table(html) == Grid(())
