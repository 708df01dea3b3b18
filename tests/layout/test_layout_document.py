"""Heading levels, running heads and joins over the pages of a document."""

from __future__ import annotations

import random
import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from layout_paper import HEIGHT, block, page, word

from docparse.layout.document import finish
from docparse.types import BBox, Block, Cell, ListItem, OutlineEntry, Page, Table

BODY = "Running text that is as small as most of the text in a document is set."


def headings(*texts: tuple[str, dict[str, object]] | str, outline: object = ()) -> list[int]:
    """The levels of headings given as text with style, below each other on one page."""
    blocks = [block(BODY, y=50)]
    for number, entry in enumerate(texts):
        text, style = (entry, {}) if isinstance(entry, str) else entry
        blocks.append(block(text, kind="heading", y=100 + 60 * number, **style))
    (done,) = finish([page(*blocks, number=2)], outline)  # type: ignore[arg-type]
    return [b.level for b in done.blocks if b.kind == "heading"]


def test_levels_by_decimal_numbers() -> None:
    assert headings("1 One", "1.1 Two", "1.1.1 Three", "1.2 Two", "2 One") == [1, 2, 3, 2, 1]
    assert headings("3.1 Starts inside", "3.2 Beside", "4 Above") == [1, 1, 1]


def test_numbers_count_more_than_sizes() -> None:
    big: dict[str, object] = {"size": 40}
    assert headings("1 One", ("1.1 Two, but large", big), "1.2 Two", "2 One") == [1, 2, 2, 1]


def test_levels_by_japanese_numbers() -> None:
    assert headings("第1章 総則", "第1節 目的", "(1) 範囲", "① 対象", "② 例外", "(2) 定義") == [
        1, 2, 3, 4, 4, 3,
    ]  # fmt: skip
    assert headings("４【状況】", "(1)【概要】", "① 方針", "５【経理】") == [1, 2, 3, 1]
    assert headings("・のれん", "(1) 金額", "① 方法", "・資産", "(1) 金額") == [1, 2, 3, 1, 2]


def test_levels_by_size_and_weight() -> None:
    top: dict[str, object] = {"size": 40}
    mid: dict[str, object] = {"size": 30, "bold": True}
    low: dict[str, object] = {"size": 30}
    assert headings(("A", top), ("B", mid), ("C", low), ("D", mid), ("E", top)) == [1, 2, 3, 2, 1]


def test_unnumbered_headings_stand_beside_numbered_ones_of_their_look() -> None:
    assert headings("Abstract", "1 Introduction", "1.1 Aims", "References") == [1, 1, 2, 1]


def test_bookmarks_decide() -> None:
    outline = [
        OutlineEntry(1, "Part one", 2),
        OutlineEntry(2, "Its first chapter", 2),
        OutlineEntry(2, "Its second chapter", 2),
    ]
    levels = headings("Part One", "Its first chapter", "Its second chapter", outline=outline)
    assert levels == [1, 2, 2]


def test_a_paragraph_that_is_a_bookmark_is_a_heading() -> None:
    outline = [OutlineEntry(1, "Missed heading", 2), OutlineEntry(1, "Not here", 9)]
    made = page(block("Missed heading", y=100), block(BODY, y=200), number=2)
    (done,) = finish([made], outline)
    assert [b.kind for b in done.blocks] == ["heading", "paragraph"]


def test_no_level_is_left_out() -> None:
    sizes = [{"size": 60}, {"size": 30}, {"size": 30}, {"size": 45}, {"size": 30}]
    levels = headings(*[(f"H{n}", style) for n, style in enumerate(sizes)])  # type: ignore[misc]
    assert levels == [1, 2, 2, 2, 3]


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["", "1 ", "1.1 ", "2.1.3 ", "(1) ", "① ", "第2章 ", "A. ", "iv. "]),
            st.integers(10, 40),
            st.booleans(),
        ),
        max_size=20,
    )
)
def test_levels_begin_at_one_and_never_jump_down(
    made: list[tuple[str, int, bool]],
) -> None:
    levels = headings(*[(f"{mark}Text", {"size": s, "bold": b}) for mark, s, b in made])
    assert len(levels) == len(made)
    assert all(1 <= level <= 6 for level in levels)
    for before, level in zip([0, *levels], levels, strict=False):
        assert level <= before + 1


def test_the_largest_text_of_the_first_page_is_the_title() -> None:
    first = page(
        block("A Study of Things", kind="heading", y=100, size=40),
        block("1 Introduction", kind="heading", y=200, size=25),
        block(BODY, y=300),
    )
    second = page(block("A Later Heading", kind="title", y=100, size=40), number=2)
    done = finish([first, second], ())
    assert [b.kind for b in done[0].blocks] == ["title", "heading", "paragraph"]
    assert [(b.kind, b.level) for b in done[1].blocks] == [("heading", 1)]


@pytest.mark.parametrize(
    "made",
    [
        page(block("1 Introduction", kind="heading", size=40), block(BODY, y=300)),
        page(block("A Heading", kind="heading", size=40), block(BODY, y=300), number=5),
        page(block("Small", kind="heading"), block("Small too", kind="heading"), block(BODY)),
        page(),
    ],
)
def test_pages_without_a_title(made: Page) -> None:
    (done,) = finish([made], ())
    assert "title" not in [b.kind for b in done.blocks]


def numbered_pages(count: int) -> list[Page]:
    return [
        page(
            block("Annual report 2024", y=50),
            block(f"{BODY} {number}", y=300),
            block(f"Page {number}", y=HEIGHT - 60),
            number=number,
        )
        for number in range(1, count + 1)
    ]


def test_a_copy_of_a_page_makes_no_running_heads() -> None:
    pages = [page(block("May 5, 2023", y=60), block("A letter.", y=400), number=n) for n in (1, 2)]
    assert all(b.kind == "paragraph" for done in finish(pages, ()) for b in done.blocks)


def test_what_comes_back_at_the_edge_is_a_running_head() -> None:
    for done in finish(numbered_pages(4), ()):
        assert [b.kind for b in done.blocks] == ["page-header", "paragraph", "page-footer"]
    (alone,) = finish(numbered_pages(1), ())
    assert [b.kind for b in alone.blocks] == ["paragraph"] * 3


def test_a_title_that_comes_back_small_stays_a_title() -> None:
    pages = numbered_pages(4)
    title = block("Annual report 2024", kind="title", y=150, size=60)
    pages[0] = replace(pages[0], blocks=(title, *pages[0].blocks[1:]))
    done = finish(pages, ())
    assert done[0].blocks[0].kind == "title"
    assert done[1].blocks[0].kind == "page-header"


def test_text_inside_the_page_may_come_back() -> None:
    pages = [page(block("Name:", y=600), number=n) for n in range(1, 6)]
    assert all(b.kind == "paragraph" for done in finish(pages, ()) for b in done.blocks)


def column(*texts: str, x: int = 100, y: int = 100, width: int = 300) -> Block:
    """A paragraph of full lines, the last as long as its text."""
    words = tuple(w for n, text in enumerate(texts) for w in block(text, x=x, y=y + 26 * n).words)
    box = BBox(x, y, x + width, y + 26 * len(texts))
    return Block("paragraph", box, " ".join(texts), words=words)


def test_a_sentence_goes_on_in_the_next_column_and_on_the_next_page() -> None:
    left = column("text that stops in the", "middle of a sentence, then", "goes over to the", y=800)
    right = column("next column of the page", "and stops again without", "an end there", x=500)
    figure = Block("figure", BBox(500, 300, 800, 500))
    more = column("and is over here.", y=100)
    done = finish([page(left, right, figure), page(more, number=2)], ())
    assert [b.continues for b in done[0].blocks] == [False, True, False]
    assert [b.continues for b in done[1].blocks] == [True]


def test_a_new_sentence_is_a_new_paragraph() -> None:
    done = finish([page(column("it ends here.", y=800)), page(column("another one"), number=2)], ())
    assert not done[1].blocks[0].continues
    below = [column("stops without an end", y=100), column("goes on below", y=200)]
    assert not any(b.continues for b in finish([page(*below)], ())[0].blocks)


def test_a_raised_mark_begins_an_address_and_does_not_go_on_with_the_names() -> None:
    names = column("the names of some people and", "of others who stopped in", y=800)
    address = column("of the place where they are", x=500)
    assert finish([page(names, address)], ())[0].blocks[1].continues
    mark = word("a", 500, 100, size=12, script="super", space_after=False)
    marked = replace(address, text="a" + address.text, words=(mark, *address.words))
    assert not finish([page(names, marked)], ())[0].blocks[1].continues


def item_list(*items: tuple[str, str], y: int = 100) -> Block:
    made = block(" ".join(f"{mark} {text}".strip() for mark, text in items), y=y)
    parts = tuple(
        ListItem(text, made.bbox, marker=mark, ordered=mark[:1].isdigit()) for mark, text in items
    )
    return replace(made, kind="list", text="", items=parts)


@pytest.mark.parametrize(
    ("first", "second", "continues"),
    [
        ((("1.", "one"), ("2.", "two")), (("3.", "three"),), True),
        ((("1.", "one"), ("2.", "two")), (("1.", "one"),), False),
        ((("•", "one"),), (("•", "two"),), True),
        ((("•", "one"),), (("1.", "two"),), False),
        ((("•", "an item that is"),), (("", "not over yet"),), True),
    ],
)
def test_lists_go_on(
    first: tuple[tuple[str, str], ...], second: tuple[tuple[str, str], ...], continues: bool
) -> None:
    pages = [page(item_list(*first, y=1200)), page(item_list(*second), number=2)]
    assert finish(pages, ())[1].blocks[0].continues is continues


def test_the_rest_of_an_item_that_looks_like_a_paragraph_joins_the_list() -> None:
    pages = [page(item_list(("•", "an item that is"), y=1200)), page(block("not over"), number=2)]
    rest = finish(pages, ())[1].blocks[0]
    assert (rest.kind, rest.continues, rest.items[0].text) == ("list", True, "not over")


def table(*, y: int, columns: int = 3, x1: int = 800) -> Block:
    cells = tuple(Cell(0, c, "x") for c in range(columns))
    return Block("table", BBox(100, y, x1, y + 100), table=Table(1, columns, cells))


@pytest.mark.parametrize(
    ("second", "continues"),
    [
        ([table(y=100)], True),
        ([table(y=100, columns=4)], False),
        ([table(y=100, x1=500)], False),
        ([block(BODY), table(y=200)], False),
        ([block("Table 2: another", kind="caption"), table(y=200)], False),
        ([block("Table 1 (continued)", kind="caption"), table(y=200)], True),
    ],
)
def test_tables_go_on(second: list[Block], continues: bool) -> None:
    pages = [page(table(y=1200)), page(*second, number=2)]
    assert finish(pages, ())[1].blocks[-1].continues is continues


def test_tables_go_on_sideways() -> None:
    def grid(heads: tuple[str, ...], names: tuple[str, ...], x1: int) -> Block:
        cells = [Cell(0, c, text, header=True) for c, text in enumerate(heads)]
        for r, name in enumerate(names, start=1):
            cells += [Cell(r, 0, name), *(Cell(r, c, "1") for c in range(1, len(heads)))]
        made = Table(len(names) + 1, len(heads), tuple(cells))
        return Block("table", BBox(100, 100, x1, 300), table=made)

    left = grid(("Port", "2021", "2022"), ("Bay", "Mole"), 800)
    for right, continues in (
        (grid(("Port", "2023"), ("Bay", "Mole"), 500), True),
        (grid(("Port", "2023"), ("Bay", "Pier"), 500), False),
        (grid(("Port", "2022"), ("Bay", "Mole"), 500), False),
    ):
        done = finish([page(left), page(right, number=2)], ())
        assert done[1].blocks[0].continues is continues


def test_a_thousand_pages_take_less_than_two_seconds() -> None:
    rng = random.Random(1)

    def text() -> str:
        return " ".join(rng.choice(["alpha", "beta", "gamma", "delta"]) for _ in range(40))

    # Making half a million words takes longer than what is measured, so places have forty texts.
    rows = [[block(text(), y=100 + 80 * row) for _ in range(40)] for row in range(12)]
    pages = [
        page(
            block("A running head", y=40),
            *map(rng.choice, rows),
            block(f"{number}. Heading", kind="heading", y=1100, size=30),
            number=number,
        )
        for number in range(1, 1001)
    ]
    outline = [OutlineEntry(1, f"{n}. Heading", n) for n in range(1, 1001, 3)]
    start = time.process_time()
    done = finish(pages, outline)
    assert time.process_time() - start < 2
    assert done == finish(pages, outline)
