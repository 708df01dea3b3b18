"""The column boundaries that the table-grid net proposes, each where heads and values part."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from docparse.layout.grid_columns import split_runs
from docparse.layout.grid_values import is_value
from docparse.layout.grid_words import Piece
from docparse.layout.rulings import Rule

_Stretch = tuple[float, float]
# A gap this many times as wide as the one that the net has chosen is the one between the columns.
WIDER = 2.5


def settle_votes(
    lines: Sequence[Sequence[Piece]], vertical: Sequence[Rule], net: Sequence[float], em: float
) -> tuple[float, ...]:
    """The boundaries of the net, ascending.

    One that stands alone between two columns of values may run through the heads above them, in a
    space inside of one: then it goes to the widest gap there is.
    """
    runs = [[(float(r.x0), float(r.x1)) for r in split_runs(i, vertical, (), em)] for i in lines]
    valued = [any(is_value(piece.text) for piece in line) for line in lines]
    gaps = _gaps(run for line, has in zip(runs, valued, strict=True) if has for run in line)
    heads = [run for line in runs[: valued.index(True)] for run in line] if any(valued) else []
    settled = []
    for at in net:
        around = next((gap for gap in gaps if gap[0] < at < gap[1]), None)
        if around and sum(around[0] < other < around[1] for other in net) == 1:
            at = _in_widest(at, around, heads)
        settled.append(at)
    return tuple(sorted(settled))


def _in_widest(at: float, around: _Stretch, heads: Iterable[_Stretch]) -> float:
    """`at`, or the middle of the widest stretch that no head reaches into, where that is elsewhere.

    What runs through the whole of it is a title over both columns.
    """
    left, right = around
    inside = [(x0, x1) for x0, x1 in heads if x1 > left and x0 < right]
    inside = [(x0, x1) for x0, x1 in inside if x0 > left or x1 < right]
    free = _gaps([(left, left), *inside, (right, right)])
    if not free:
        return at
    widest = max(free, key=lambda gap: gap[1] - gap[0])
    here = next((x1 - x0 for x0, x1 in free if x0 < at < x1), 0.0)
    return (widest[0] + widest[1]) / 2 if widest[1] - widest[0] > WIDER * here else at


def _gaps(stretches: Iterable[_Stretch]) -> list[_Stretch]:
    """What lies between stretches, ascending."""
    merged: list[_Stretch] = []
    for x0, x1 in sorted(stretches):
        if merged and x0 <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(x1, merged[-1][1])
        else:
            merged.append((x0, x1))
    return [(a[1], b[0]) for a, b in pairwise(merged)]
