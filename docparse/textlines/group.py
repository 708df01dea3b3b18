"""Marks to lines of text, for writing that goes from left to right."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from docparse.textlines.marks import LARGER, letter_height

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Boxes = NDArray[np.int32]
    Indices = NDArray[np.int64]

# In heights of the line: letters closer than WORD are a word, words closer than GAP one line.
WORD, GAP = 0.4, 1.35
# A wider space may be a gutter: it is one where the lines above and below have it too.
SPACE = 0.85
# Gutters are looked for in a picture so many times smaller.
SMALL = 2
# A mark lower than this, in heights of a letter, is a dot, a dash or an accent.
CRUMB = 0.42
# So many pairs of words are looked at at once: what that takes stays in the cache.
MOST_PAIRS = 50_000
# Sizes of type on one page that are looked for, the smallest first.
MOST_SIZES = 4


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """Marks of one line. `members`: their indices. `bbox`: x0 y0 x1 y1."""

    members: Indices
    bbox: tuple[int, int, int, int]

    @property
    def height(self) -> int:
        return self.bbox[3] - self.bbox[1]


def group_lines(boxes: Boxes, barriers: Boxes, shape: tuple[int, int]) -> list[Group]:
    """The lines of a page's marks. `barriers`: vertical rules, which no line crosses.

    Type of one size at a time, so that a large initial does not tie the lines beside it together.
    """
    left = np.arange(len(boxes))
    groups: list[Group] = []
    for _ in range(MOST_SIZES):
        if not len(left):
            break
        letter = letter_height(boxes[left])
        heights = boxes[left, 3] - boxes[left, 1]
        now = left[heights <= LARGER * letter]
        found = _lines_of_size(boxes, now, barriers, shape, letter)
        groups = _merged(groups, found)
        left = left[heights > LARGER * letter]
    return _joined(boxes, groups, barriers, shape)


def _joined(
    boxes: Boxes, groups: list[Group], barriers: Boxes, shape: tuple[int, int]
) -> list[Group]:
    """Lines whose letters fell into two sizes put together again."""
    if len(groups) < 2:
        return groups
    letter = letter_height(boxes)
    groups = _contained(boxes, groups)
    chains = _chain(boxes, [g.members for g in groups], _Ground(boxes, barriers, shape), letter)
    return _stacked(
        boxes, _contained(boxes, [group_of(boxes, members) for members in chains]), letter
    )


def _stacked(boxes: Boxes, groups: list[Group], letter: float) -> list[Group]:
    """The upper and the lower half of a character that stands alone, put together: 台, 言."""
    low = [g for g in groups if g.height < 0.7 * letter and g.bbox[2] - g.bbox[0] < 1.4 * letter]
    low.sort(key=lambda group: group.bbox[1])
    joined = {id(group): group for group in groups}
    for i, upper in enumerate(low):
        for lower in low[i + 1 :]:
            a, b = upper.bbox, lower.bbox
            across = min(a[2], b[2]) - max(a[0], b[0])
            if across > 0.7 * max(a[2] - a[0], b[2] - b[0]) and b[3] - a[1] < 1.25 * letter:
                if id(upper) in joined and id(lower) in joined:
                    members = np.concatenate([joined.pop(id(upper)).members, lower.members])
                    joined[id(lower)] = group_of(boxes, members)
                break
    return list(joined.values())


def _lines_of_size(
    boxes: Boxes, which: Indices, barriers: Boxes, shape: tuple[int, int], letter: float
) -> list[Group]:
    words = _words(boxes, which, barriers, shape, letter)
    chains = _chain(boxes, words, _Ground(boxes, barriers, shape), letter)
    lines: list[Indices] = []
    crumbs: list[Indices] = []
    for members in chains:
        (crumbs if _is_crumb(boxes, members, letter) else lines).append(members)
    boxed = _contained(boxes, [group_of(boxes, members) for members in lines])
    boxed, loose = _absorb(boxes, boxed, crumbs, letter)
    return boxed + _dashes(boxes, loose, letter)


def _is_crumb(boxes: Boxes, members: Indices, letter: float) -> bool:
    """A dot, an accent, a dash, a comma: no line by itself."""
    x0, y0, x1, y1 = _outer(boxes, members)
    if len(members) == 1 and x1 - x0 < 0.6 * letter and y1 - y0 < 0.7 * letter:
        return True
    return int((boxes[members, 3] - boxes[members, 1]).max()) < CRUMB * letter


def _contained(boxes: Boxes, lines: list[Group]) -> list[Group]:
    """Pieces of characters that lie inside another line of their size made part of it."""
    if not lines:
        return lines
    outer = np.array([line.bbox for line in lines], dtype=np.float64)
    x0, y0, x1, y1 = outer.T
    sizes, high = (x1 - x0) * (y1 - y0), y1 - y0
    into: dict[int, list[Indices]] = {}
    gone: set[int] = set()
    for i in np.argsort(sizes, kind="stable").tolist():
        near = np.flatnonzero((y0 < y1[i]) & (y1 > y0[i]) & (x0 < x1[i]) & (x1 > x0[i]))
        # the lower halves of letters are low, but wholly inside
        room = 0.1 * high[near]
        within = (y0[near] - room < y0[i]) & (y1[near] + room > y1[i])
        within &= (x0[near] - room < x0[i]) & (x1[near] + room > x1[i])
        alike = high[near] < 2.3 * high[i]
        near = near[(sizes[near] > sizes[i]) & (alike | within)]
        if not len(near):
            continue
        across = np.minimum(x1[near], x1[i]) - np.maximum(x0[near], x0[i])
        down = np.minimum(y1[near], y1[i]) - np.maximum(y0[near], y0[i])
        # two lines never lie on each other, so what does is one
        much = min(0.8 * (x1[i] - x0[i]), 0.7 * high[i])
        inside = (across > much) & (down > 0.6 * np.minimum(high[i], high[near]))
        if inside.any():
            gone.add(i)
            holder = int(near[inside][np.argmax(down[inside])])
            into.setdefault(holder, []).extend([lines[i].members, *into.pop(i, [])])
    return [
        group_of(boxes, np.concatenate([line.members, *into[i]])) if i in into else line
        for i, line in enumerate(lines)
        if i not in gone
    ]


def _words(
    boxes: Boxes, which: Indices, barriers: Boxes, shape: tuple[int, int], letter: float
) -> list[Indices]:
    """Marks joined with what stands close to their right."""
    canvas = np.zeros(shape, np.uint8)
    part = boxes[which]
    heights = part[:, 3] - part[:, 1]
    reach = (WORD * np.clip(heights, 0.6 * letter, 1.5 * letter)).astype(np.int32)
    inset = (0.2 * heights).astype(np.int32)  # ascenders and descenders of lines set solid overlap
    drawn = np.stack(
        [part[:, 0], part[:, 1] + inset, part[:, 2] + reach, part[:, 3] - inset], axis=1
    )
    for x0, y0, x1, y1 in drawn.tolist():
        canvas[y0 : max(y1, y0 + 1), x0:x1] = 1
    for x0, y0, x1, y1 in barriers.tolist():
        canvas[y0:y1, x0:x1] = 0
    _, labels = cv2.connectedComponents(canvas, connectivity=4)
    middle = (part[:, 1] + part[:, 3]) // 2
    inside = (part[:, 0] + part[:, 2]) // 2
    found = labels[middle, inside].astype(np.int64)
    hidden = found == 0  # under a barrier
    found[hidden] = -1 - np.flatnonzero(hidden)
    return _by_label(found, which)


def _by_label(labels: Indices, which: Indices) -> list[Indices]:
    order = np.argsort(labels, kind="stable")
    cuts = np.flatnonzero(np.diff(labels[order])) + 1
    return [part for part in np.split(which[order], cuts) if len(part)]


def _chain(boxes: Boxes, words: list[Indices], page: _Ground, letter: float) -> list[Indices]:
    """Words joined with the next one to their right on the same line."""
    if not words:
        return []
    outer = np.array([_outer(boxes, members) for members in words], dtype=np.int32)
    order = np.argsort(outer[:, 0], kind="stable")
    words = [words[i] for i in order.tolist()]
    outer = outer[order]
    parent = list(range(len(words)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    for i, followers in enumerate(_followers(outer, letter)):
        for j in followers:
            if root(i) != root(j) and not page.parts(outer[i], outer[j], letter):
                parent[root(j)] = root(i)
    chains: dict[int, list[Indices]] = {}
    for i, members in enumerate(words):
        chains.setdefault(root(i), []).append(members)
    return [np.concatenate(parts) for parts in chains.values()]


def _followers(outer: Boxes, letter: float) -> Iterator[list[int]]:
    """For each word those that follow it on its line, the crumbs first; words sorted by x0."""
    x0, y0, x1, y1 = outer.T
    heights = y1 - y0
    highs = np.maximum(heights.astype(np.float64), 0.85 * letter)
    lasts = np.searchsorted(x0, x1 + GAP * LARGER * highs)
    places = np.arange(len(outer))
    step = max(1, MOST_PAIRS // len(outer))
    for start in range(0, len(outer), step):
        own = slice(start, start + step)
        gap = x0 - x1[own, None]
        lower = np.minimum(heights, heights[own, None])
        common = np.minimum(y1, y1[own, None]) - np.maximum(y0, y0[own, None])
        fits = (places > places[own, None]) & (places < lasts[own, None])
        fits &= (gap < GAP * np.maximum(heights, highs[own, None])) & (gap > -0.4 * letter)
        fits &= (x0 > x0[own, None]) & (common > 0.5 * lower)
        # parts of characters may be low, but words of two sizes that differ much are two lines
        higher = np.maximum(heights, heights[own, None])
        fits &= (lower < 0.7 * letter) | (higher < 2.4 * lower)
        for fit, gaps in zip(fits, gap, strict=True):
            near = np.flatnonzero(fit)
            yield _until_word(outer, near[np.argsort(gaps[near])][:5].tolist(), letter)


def _until_word(outer: Boxes, near: Sequence[int], letter: float) -> list[int]:
    """Words up to the first that is no crumb; all of those that stand above each other there."""
    followers: list[int] = []
    for j in near:
        if followers:
            _, top, end, low = outer[followers[-1]].tolist()
            high = max(low - top, int(outer[j, 3] - outer[j, 1]))
            is_beside = outer[j, 0] >= end or high >= 0.7 * letter
            if low - top >= CRUMB * letter and is_beside:
                break
        followers.append(j)
    return followers


class _Ground:
    """What stands between the words of a page: vertical rules and gutters."""

    def __init__(self, boxes: Boxes, barriers: Boxes, shape: tuple[int, int]) -> None:
        self._barriers = barriers
        canvas = np.zeros((shape[0] // SMALL + 2, shape[1] // SMALL + 2), np.uint8)
        for x0, y0, x1, y1 in (boxes // SMALL).tolist():
            canvas[y0 : y1 + 1, x0 : x1 + 1] = 1
        self._sum = cv2.integral(canvas)

    def parts(self, left: NDArray[np.int32], right: NDArray[np.int32], letter: float) -> bool:
        """Whether a rule or a gutter stands between two boxes."""
        if _crossed(left, right, self._barriers):
            return True
        gap = float(right[0] - left[2])
        high = max(left[3] - left[1], right[3] - right[1], 0.85 * letter)
        if gap < SPACE * high:
            return False
        middle, half = (left[2] + right[0]) / 2, 0.3 * gap
        top, bottom = min(left[1], right[1]), max(left[3], right[3])
        above = (top - 1.7 * high, top - 0.15 * high)
        below = (bottom + 0.15 * high, bottom + 1.7 * high)
        if any(self._ink(middle - half, y0, middle + half, y1) for y0, y1 in (above, below)):
            return False
        side = 2.5 * high
        beside = [
            self._ink(left[2] - side, y0, left[2], y1)
            and self._ink(right[0], y0, right[0] + side, y1)
            for y0, y1 in (above, below)
        ]
        return any(beside)

    def _ink(self, x0: float, y0: float, x1: float, y1: float) -> bool:
        high, wide = self._sum.shape
        a, c = (min(max(round(v / SMALL), 0), wide - 1) for v in (x0, x1))
        b, d = (min(max(round(v / SMALL), 0), high - 1) for v in (y0, y1))
        return bool(self._sum[d, c] - self._sum[b, c] - self._sum[d, a] + self._sum[b, a])


def _crossed(left: NDArray[np.int32], right: NDArray[np.int32], barriers: Boxes) -> bool:
    """Whether a vertical rule stands between two boxes."""
    if not len(barriers):
        return False
    top, bottom = max(left[1], right[1]), min(left[3], right[3])
    middle = (barriers[:, 0] + barriers[:, 2]) / 2
    between = (middle > left[2] - 2) & (middle < right[0] + 2)
    common = np.minimum(barriers[:, 3], bottom) - np.maximum(barriers[:, 1], top)
    return bool((between & (common > 0.5 * (bottom - top))).any())


def _outer(boxes: Boxes, members: Indices) -> tuple[int, int, int, int]:
    part = boxes[members]
    low, high = part.min(axis=0), part.max(axis=0)
    return int(low[0]), int(low[1]), int(high[2]), int(high[3])


def group_of(boxes: Boxes, members: Indices) -> Group:
    """Marks as one line, with the box around them."""
    return Group(members, _outer(boxes, members))


def _absorb(
    boxes: Boxes, lines: list[Group], crumbs: list[Indices], letter: float
) -> tuple[list[Group], list[Indices]]:
    """Dots, accents and dashes put into the line that they stand in; and those that fit none."""
    if not lines or not crumbs:
        return lines, crumbs
    outer = np.array([line.bbox for line in lines])
    more: dict[int, list[Indices]] = {}
    loose = []
    for members in crumbs:
        x0, y0, x1, y1 = _outer(boxes, members)
        cx, cy = (x0 + x1) / 2, (y0 + y1) / 2
        pad_x, pad_y = 1.4 * letter, 0.25 * letter
        holds = (outer[:, 0] - pad_x < cx) & (cx < outer[:, 2] + pad_x)
        holds &= (outer[:, 1] - pad_y < cy) & (cy < outer[:, 3] + pad_y)
        found = np.flatnonzero(holds)
        if len(found):
            off = np.abs((outer[found, 1] + outer[found, 3]) / 2 - cy)
            more.setdefault(int(found[np.argmin(off)]), []).append(members)
        else:
            loose.append(members)
    grown = [
        group_of(boxes, np.concatenate([line.members, *more[i]])) if i in more else line
        for i, line in enumerate(lines)
    ]
    return grown, loose


def _dashes(boxes: Boxes, crumbs: list[Indices], letter: float) -> list[Group]:
    """What is left and may be text after all: a dash alone, strokes above each other (二, =)."""
    found = []
    for members in crumbs:
        x0, y0, x1, y1 = _outer(boxes, members)
        w, h = x1 - x0, y1 - y0
        dash = 0.2 * letter < w < 2.5 * letter and w > 1.5 * h and h > 1 and len(members) < 4
        if dash or h >= CRUMB * letter:
            found.append(group_of(boxes, members))
    return _merged([], found, apart=0.8 * letter)


def _merged(groups: list[Group], more: list[Group], apart: float = 0.0) -> list[Group]:
    """Lines with those of larger type, or strokes up to `apart` pixels above each other, joined."""
    merged = list(groups)
    for group in more:
        whole = group
        for other in list(merged):
            if _belongs(other, whole, apart):
                merged.remove(other)
                members = np.concatenate([other.members, whole.members])
                a, b = other.bbox, whole.bbox
                bbox = (min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3]))
                whole = Group(members, bbox)
        merged.append(whole)
    return merged


def _belongs(small: Group, large: Group, apart: float) -> bool:
    """Whether a line is a piece of a line of larger type: a dot, a radical, a stroke."""
    x0, y0, x1, y1 = small.bbox
    a0, b0, a1, b1 = large.bbox
    if apart:
        across = min(x1, a1) - max(x0, a0)
        down = min(y1, b1) - max(y0, b0)
        return across > 0.6 * min(x1 - x0, a1 - a0) and down > -apart
    high = large.height
    if x1 - x0 > 0.7 * high or small.height > high:
        return False
    middle = (x0 + x1) / 2, (y0 + y1) / 2
    return a0 - 0.35 * high < middle[0] < a1 + 0.35 * high and b0 - 0.1 * high < middle[1] < b1
