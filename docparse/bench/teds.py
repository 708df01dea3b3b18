"""How alike two tables are, from 0 to 1, by the edit distance of their trees (TEDS)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from docparse.bench.edit import normalise, similarity
from docparse.bench.extras import require
from docparse.bench.grid import Grid

# Beyond this a comparison takes tens of seconds in Python; the tables are then cut after the
# last row that fits, both at the same number of nodes.
MOST_NODES = 900


@dataclass(frozen=True, slots=True)
class Node:
    """A node of a table's tree: the table, a row, or a cell with its normalised text."""

    tag: str
    children: tuple[Node, ...] = ()
    text: str = ""
    spans: tuple[int, int] = (1, 1)


@dataclass(frozen=True, slots=True)
class Teds:
    """`full` compares structure and text, `structure` the structure alone; both 0 to 1."""

    full: float
    structure: float


def compare_tables(truth: Grid, found: Grid) -> Teds:
    """TEDS = 1 - EditDist(Ta, Tb) / max(|Ta|, |Tb|), Zhong et al. 2020 (arXiv:1911.10683), eq. 2.

    Insertions and deletions cost 1; changing a node into another costs 1 if their tags or spans
    differ, else the normalised edit distance of the cells' texts. Two readings of ours: header and
    body parts and header cells are not told apart, since GitHub's tables cannot and much ground
    truth does not; |T| counts all nodes, the table itself included.
    """
    if not truth.rows and not found.rows:
        return Teds(1.0, 1.0)
    trees = to_tree(truth), to_tree(found)
    most = max(map(count_nodes, trees))
    return Teds(
        1 - _distance(trees[0], trees[1], with_text=True) / most,
        1 - _distance(trees[0], trees[1], with_text=False) / most,
    )


def to_tree(grid: Grid) -> Node:
    """table > tr > td; cut after the last row that fits into MOST_NODES."""
    rows: list[Node] = []
    left = MOST_NODES - 1  # the table itself
    for row in grid.rows:
        left -= 1 + len(row)
        if left < 0:
            break
        cells = [Node("td", (), normalise(c.text), (c.rowspan, c.colspan)) for c in row]
        rows.append(Node("tr", tuple(cells)))
    return Node("table", tuple(rows))


def count_nodes(node: Node) -> int:
    return 1 + sum(map(count_nodes, node.children))


def _distance(truth: Node, found: Node, *, with_text: bool) -> float:
    apted = require("apted")
    levenshtein = require("rapidfuzz.distance.Levenshtein")

    class Costs(apted.Config):  # type: ignore[misc, name-defined]  # loaded by name
        def rename(self, a: Node, b: Node) -> float:
            if a.tag != b.tag or a.spans != b.spans:
                return 1.0
            if not with_text or a.text == b.text:
                return 0.0
            return float(levenshtein.normalized_distance(a.text, b.text))

        def children(self, node: Node) -> tuple[Node, ...]:
            return node.children

    return float(apted.APTED(truth, found, Costs()).compute_edit_distance())


def pair_tables(truth: Sequence[Grid], found: Sequence[Grid]) -> dict[int, int]:
    """Index of each true table to that of the found table that is most like it.

    The most alike pair first, each table once; alike means by text, row by row (TEDS of every
    pair would cost minutes and pair the same). Tables that share nothing stay alone.
    """
    likeness = [
        (similarity(a.text, b.text), -i, -j)
        for i, a in enumerate(truth)
        for j, b in enumerate(found)
    ]
    pairs: dict[int, int] = {}
    for value, minus_i, minus_j in sorted(likeness, reverse=True):
        if value > 0 and -minus_i not in pairs and -minus_j not in pairs.values():
            pairs[-minus_i] = -minus_j
    return pairs
