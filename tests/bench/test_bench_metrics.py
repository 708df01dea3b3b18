"""The formulas, against values worked out by hand and against a second, naive implementation."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from docparse.bench.boxes import Area, iou, match_areas
from docparse.bench.edit import normalise, similarity
from docparse.bench.grid import Grid, GridCell
from docparse.bench.order import score_order
from docparse.bench.teds import MOST_NODES, Node, compare_tables, count_nodes, pair_tables, to_tree


def grid(*rows: str) -> Grid:
    """Cells are split at `|`; `>` before a text spans two columns."""
    return Grid(
        tuple(
            tuple(
                GridCell(text.removeprefix(">"), colspan=1 + text.startswith(">"))
                for text in row.split("|")
            )
            for row in rows
        )
    )


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("a  b\n\tc", "a b c"),
        ("ﬁne ｆｕｌｌ １２", "fine full 12"),
        ("docu-\nment, twenty-\nOne", "document, twenty- One"),
        ("“quoted” – it’s", '"quoted" - it\'s'),
        ("so\u00adft\u200b", "soft"),
        ("before ----- after", "before after"),
        ("title . . . . . 7", "title 7"),
        ("- - - - x", "x"),
        ("a -- b", "a -- b"),
        ("日本 語 の\n文", "日本語の文"),
        ("第 3 章 PDF の", "第3章PDFの"),
        ("  ", ""),
    ],
)
def test_normalise(raw: str, clean: str) -> None:
    assert normalise(raw) == clean
    assert normalise(clean) == clean


@pytest.mark.parametrize(
    ("truth", "found", "value"),
    [
        ("", "", 1.0),
        ("abc", "", 0.0),
        ("", "abc", 0.0),
        ("same text", "same  text\n", 1.0),
        ("abc", "abd", 2 / 3),
        ("kitten", "sitting", 1 - 3 / 7),
        ("日本語の文書", "日本語文書", 1 - 1 / 6),
    ],
)
def test_similarity(truth: str, found: str, value: float) -> None:
    assert similarity(truth, found) == pytest.approx(value)


SQUARE = grid("a|b", "c|dddd")  # 1 table + 2 rows + 4 cells = 7 nodes


@pytest.mark.parametrize(
    ("truth", "found", "full", "structure"),
    [
        (SQUARE, SQUARE, 1, 1),
        (SQUARE, grid("a|b", "c|dddx"), 1 - 0.25 / 7, 1),
        (SQUARE, grid("a|b", "c|x"), 1 - 1 / 7, 1),
        (SQUARE, grid("a|b", "c|"), 1 - 1 / 7, 1),
        # a row and its two cells are gone
        (SQUARE, grid("a|b"), 1 - 3 / 7, 1 - 3 / 7),
        # a span of two instead of two cells: one cell changed, one gone
        (grid(">a", "c|d"), grid("a|", "c|d"), 1 - 2 / 7, 1 - 2 / 7),
        # one row cut in two: its node goes, two come; the cells stay
        (grid("a|b|c|d"), grid("a|b", "c|d"), 1 - 3 / 7, 1 - 3 / 7),
        # nothing but the table itself stays
        (SQUARE, Grid(()), 1 / 7, 1 / 7),
        (Grid(()), Grid(()), 1, 1),
    ],
)
def test_teds_by_hand(truth: Grid, found: Grid, full: float, structure: float) -> None:
    teds = compare_tables(truth, found)
    assert teds.full == pytest.approx(full)
    assert teds.structure == pytest.approx(structure)


def naive_distance(truth: Node, found: Node) -> float:
    """The recursive definition of the edit distance of ordered trees, over forests."""

    @cache
    def forests(a: tuple[Node, ...], b: tuple[Node, ...]) -> float:
        if not a or not b:
            return float(sum(map(count_nodes, a)) + sum(map(count_nodes, b)))
        return min(
            forests(a[:-1] + a[-1].children, b) + 1,
            forests(a, b[:-1] + b[-1].children) + 1,
            forests(a[:-1], b[:-1])
            + forests(a[-1].children, b[-1].children)
            + (a[-1].tag != b[-1].tag or a[-1].spans != b[-1].spans or a[-1].text != b[-1].text),
        )

    return forests((truth,), (found,))


grids = st.lists(
    st.lists(
        st.builds(GridCell, st.sampled_from("xy"), st.just(1), st.integers(1, 2)), max_size=3
    ).map(tuple),
    max_size=3,
).map(lambda rows: Grid(tuple(rows)))


@settings(max_examples=60, deadline=None)
@given(grids, grids)
def test_teds_is_the_tree_edit_distance(truth: Grid, found: Grid) -> None:
    # texts of one letter: alike or not, so that the costs are whole numbers
    most = max(truth.num_nodes, found.num_nodes)
    expected = 1 - naive_distance(to_tree(truth), to_tree(found)) / most
    assert compare_tables(truth, found).full == pytest.approx(expected)


def test_huge_tables_are_cut_after_a_row() -> None:
    tree = to_tree(grid(*["a|b|c"] * 1000))
    assert count_nodes(tree) <= MOST_NODES
    assert len(tree.children) == (MOST_NODES - 1) // 4
    assert all(len(row.children) == 3 for row in tree.children)


def test_tables_pair_by_their_text() -> None:
    truth = [grid("one|1"), grid("two|2"), grid("only here|9")]
    found = [grid("two|2|x"), grid("uvw"), grid("one|1")]
    pairs = pair_tables(truth, found)
    assert pairs[0] == 2
    assert pairs[1] == 0
    assert pair_tables(truth, []) == {}
    assert pair_tables([grid("abc")], [grid("xyz")]) == {}


A, B, C, D = (f"the {name} paragraph stands here" for name in ("first", "second", "third", "last"))


@pytest.mark.parametrize(
    ("found", "value"),
    [
        ([A, B, C, D], 1.0),
        ([A, C, B, D], 0.5),
        ([A, B, D], 0.75),
        ([D, C, B, A], 0.0),
        ([], 0.0),
        ([A.replace("paragraph", "paragreph"), "something else", B, C, D], 1.0),
    ],
)
def test_order(found: list[str], value: float) -> None:
    assert score_order([A, B, C, D], "\n\n".join(found)) == pytest.approx(value)


def test_order_needs_two_pieces_that_can_be_told_apart() -> None:
    assert score_order([A, "short", ""], A) is None
    assert score_order([A, A, B, B], A) is None
    # a piece that stands inside another one says nothing about places
    assert score_order([A, f"{A} and more", B], f"{A} and more {B}") == 1.0


def area(x0: float, y0: float, x1: float, y1: float, *, page: int = 1, kind: str = "text") -> Area:
    return Area(page, kind, x0, y0, x1, y1)


@pytest.mark.parametrize(
    ("a", "b", "value"),
    [
        (area(0, 0, 10, 10), area(0, 0, 10, 10), 1.0),
        (area(0, 0, 10, 10), area(5, 0, 15, 10), 1 / 3),
        (area(0, 0, 10, 10), area(0, 0, 10, 5), 0.5),
        (area(0, 0, 10, 10), area(10, 0, 20, 10), 0.0),
        (area(0, 0, 10, 10), area(0, 0, 10, 10, page=2), 0.0),
        (area(3, 3, 3, 3), area(3, 3, 3, 3), 0.0),
    ],
)
def test_iou(a: Area, b: Area, value: float) -> None:
    assert iou(a, b) == pytest.approx(value)


def test_f1_of_boxes() -> None:
    truth = [area(0, 0, 10, 10), area(0, 20, 10, 30, kind="table"), area(0, 40, 10, 50)]
    found = [area(0, 0, 10, 9), area(0, 20, 10, 30), area(0, 20, 10, 29), area(50, 0, 60, 9)]
    alike = match_areas(truth, found, with_kind=False)
    assert (alike.right, alike.f1) == (2, pytest.approx(2 * 2 / 7))
    same_kind = match_areas(truth, found, with_kind=True)
    assert (same_kind.right, same_kind.f1) == (1, pytest.approx(2 * 1 / 7))
    assert match_areas([], [], with_kind=True).f1 == 1.0
    assert match_areas(truth, [], with_kind=True).f1 == 0.0
    assert match_areas([], found, with_kind=True).f1 == 0.0


def test_a_box_pairs_once_and_with_the_best() -> None:
    truth = [area(0, 0, 10, 10), area(0, 0, 10, 9)]
    assert match_areas(truth, [area(0, 0, 10, 9)], with_kind=True).right == 1
    assert match_areas(truth, [area(0, 0, 10, 9), area(0, 0, 10, 9)], with_kind=True).right == 2
