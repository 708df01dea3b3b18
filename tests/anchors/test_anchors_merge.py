"""Joining image boxes: the same groups as comparing every pair, without comparing every pair."""

from __future__ import annotations

import time

from hypothesis import given, settings
from hypothesis import strategies as st

from docparse.anchors.merge import Box, merge_boxes

coordinates = st.integers(0, 40).map(lambda value: value / 4)


@st.composite
def boxes(draw: st.DrawFn) -> Box:
    x0, y0 = draw(coordinates), draw(coordinates)
    return Box(x0, y0, x0 + draw(coordinates) / 4, y0 + draw(coordinates) / 4)


def merge_pairwise(given_boxes: list[Box], gap: float) -> list[Box]:
    """The definition, with every pair compared until nothing changes."""
    group = list(range(len(given_boxes)))
    changed = True
    while changed:
        changed = False
        for i, a in enumerate(given_boxes):
            for j, b in enumerate(given_boxes):
                across = max(a.x0, b.x0) - min(a.x1, b.x1)
                up = max(a.y0, b.y0) - min(a.y1, b.y1)
                if across <= gap and up <= gap and group[i] != group[j]:
                    group[i] = group[j] = min(group[i], group[j])
                    changed = True
    merged = []
    for first in sorted(set(group)):
        members = [box for box, of in zip(given_boxes, group, strict=True) if of == first]
        merged.append(
            Box(
                min(box.x0 for box in members),
                min(box.y0 for box in members),
                max(box.x1 for box in members),
                max(box.y1 for box in members),
            )
        )
    return merged


@settings(deadline=None)
@given(st.lists(boxes(), max_size=30))
def test_groups_are_those_of_comparing_every_pair(given_boxes: list[Box]) -> None:
    assert merge_boxes(given_boxes, gap=0.5) == merge_pairwise(given_boxes, 0.5)


def test_a_gap_of_exactly_half_a_point_joins() -> None:
    near = [Box(0, 0, 10, 10), Box(10.5, 0, 20, 10)]
    assert merge_boxes(near, gap=0.5) == [Box(0, 0, 20, 10)]
    apart = [Box(0, 0, 10, 10), Box(10.75, 0, 20, 10)]
    assert merge_boxes(apart, gap=0.5) == apart


def test_bounds_of_two_groups_may_overlap() -> None:
    corner = [Box(0, 0, 10, 1), Box(0, 0, 1, 10), Box(5, 5, 6, 6)]
    assert merge_boxes(corner, gap=0.5) == [Box(0, 0, 10, 10), Box(5, 5, 6, 6)]


def test_thousands_of_strips_take_no_time() -> None:
    strips = [Box(0, float(i), 500, i + 0.8) for i in range(20_000)]
    dots = [Box(2.0 * i, 2.0 * j, 2.0 * i + 1, 2.0 * j + 1) for i in range(100) for j in range(100)]
    started = time.process_time()
    assert merge_boxes(strips, gap=0.5) == [Box(0, 0, 500, 19_999.8)]
    assert merge_boxes(dots, gap=0.5) == dots
    assert time.process_time() - started < 6
