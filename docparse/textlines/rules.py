"""Straight rules of a page, apart from the rest of its ink."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from docparse.textlines.arrows import without_heads

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Grey = NDArray[np.uint8]
    Box = tuple[int, int, int, int]

# A stroke that is longer than so many times the height of letters is a rule.
LENGTH = 3.5
# No stroke of ordinary letters is longer than this, in heights of letters.
STROKE = 1.7
# A rule is there along this share of its length.
SOLID = 0.8
# A rule is at most so thick, in heights of letters.
THICKNESS = 0.45
# Along more of its length than this it has not several strokes, one above the other.
SEVERAL = 0.2
# A shorter stroke leads from one rule to another if it ends within this of both, in heights of
# letters.
NEAR = 0.25
# Pale rules are this long at least, in heights of letters, and this much darker, of 255, than what
# is so many pixels above and below.
FAINT_LENGTH, FAINT, FAINT_REACH = 6.0, 8, 3


@dataclass(frozen=True, slots=True, eq=False)
class Rules:
    """`across`, `down`: boxes of horizontal and vertical rules, [N, 4] as x0 y0 x1 y1.

    `ink`: the page's ink without them.
    """

    across: NDArray[np.int32]
    down: NDArray[np.int32]
    ink: Grey


@dataclass(frozen=True, slots=True, eq=False)
class _Runs:
    """What may be rules across a page, as boxes x0 y0 x1 y1.

    `boxes`: of the rules. `mask`: 255 where they have ink, [H, W / 2]. `short`: straight strokes
    that are shorter than rules or may be of letters, each with its own pixels at half width.
    """

    boxes: NDArray[np.int32]
    mask: Grey
    short: tuple[tuple[Box, NDArray[np.bool_]], ...]

    def with_links(self, others: NDArray[np.int32], near: float) -> _Runs:
        """With the short ones that lead from one of the `others`, rules down the page, to another.

        `near`: pixels between the end of one and the rule that it leads to.
        """
        boxes, mask = [], self.mask.copy()
        for box, part in self.short:
            if all(_touches(others, place, box, near) for place in (box[0], box[2])):
                boxes.append(box)
                y, x = box[1], box[0] // 2
                mask[y : y + part.shape[0], x : x + part.shape[1]][part] = 255
        if not boxes:
            return self
        return _Runs(np.concatenate([self.boxes, np.array(boxes, np.int32)]), mask, ())

    def ink(self, width: int) -> Grey:
        """255 on the ink of the rules, and around it by a pixel, as wide as the page."""
        wider = cv2.dilate(self.mask, np.ones((3, 3), np.uint8))
        size = (width, wider.shape[0])
        full = cv2.resize(wider, size, interpolation=cv2.INTER_NEAREST)
        return full.astype(np.uint8, copy=False)


def split_rules(ink: Grey, letter: float) -> Rules:
    """Takes the rules off the ink of a page whose letters are `letter` pixels high.

    Shorter strokes are rules where they lead from one to another: the sides of low frames, and the
    arrows between frames, which go with their heads.
    """
    length = max(20, round(LENGTH * letter))
    thick = max(3.0, THICKNESS * letter)
    near = NEAR * letter
    across = _runs(ink, length, thick)
    down = _runs(np.ascontiguousarray(ink.T), length, thick)
    down = down.with_links(across.boxes[:, [1, 0, 3, 2]], near)
    across = across.with_links(down.boxes[:, [1, 0, 3, 2]], near)
    flat, upright = across.ink(ink.shape[1]), cv2.transpose(down.ink(ink.shape[0]))
    # What is left of an arrow is no longer its shape: heads are looked for while they have stems.
    left = _less(without_heads(_less(ink, upright), across.boxes, letter), flat)
    free = without_heads(np.ascontiguousarray(_less(ink, flat).T), down.boxes, letter)
    left = cv2.bitwise_and(left, cv2.transpose(free)).astype(np.uint8, copy=False)
    return Rules(across.boxes, down.boxes[:, [1, 0, 3, 2]], left)


def with_faint_rules(ink: Grey, even: Grey, letter: float) -> Grey:
    """The ink of a page with long straight strokes that are too pale for it, as screens show them.

    Each of their pixels is a little darker than what is above and below it (or beside it), which
    the noise of a scan leaves true for no long stroke. The pale sides of ink are none.
    """
    length = max(40, round(FAINT_LENGTH * letter))
    free = _less(np.full_like(ink, 255), cv2.dilate(ink, np.ones((3, 3), np.uint8)))
    across = _faint(even, free, length)
    down = _faint(np.ascontiguousarray(even.T), np.ascontiguousarray(free.T), length)
    pale = cv2.bitwise_or(across, cv2.transpose(down))
    return cv2.bitwise_or(ink, pale).astype(np.uint8, copy=False)


def _faint(even: Grey, free: Grey, length: int) -> Grey:
    padded = cv2.copyMakeBorder(even, FAINT_REACH, FAINT_REACH, 0, 0, cv2.BORDER_REPLICATE)
    around = cv2.min(padded[: -2 * FAINT_REACH], padded[2 * FAINT_REACH :])
    darker = cv2.threshold(cv2.subtract(around, even), FAINT - 1, 255, cv2.THRESH_BINARY)[1]
    darker = cv2.bitwise_and(darker, free)
    # Where another one crosses it, a stroke has no lighter side.
    whole = cv2.morphologyEx(darker, cv2.MORPH_CLOSE, np.ones((1, 3), np.uint8))
    return cv2.morphologyEx(whole, cv2.MORPH_OPEN, np.ones((1, length), np.uint8)).astype(np.uint8)


def _less(ink: Grey, other: cv2.typing.MatLike) -> Grey:
    return cv2.bitwise_and(ink, cv2.bitwise_not(other)).astype(np.uint8, copy=False)


def _touches(others: NDArray[np.int32], place: int, box: Box, near: float) -> bool:
    """Whether one of the rules down the page passes the end of `box` that is at `place`."""
    passes = (others[:, 0] - near <= place) & (place <= others[:, 2] + near)
    passes &= (others[:, 1] - near <= box[3]) & (box[1] <= others[:, 3] + near)
    return bool(passes.any())


def _runs(ink: Grey, length: int, thick: float) -> _Runs:
    """What may be rules across a page, those of `length` pixels and the shorter ones."""
    # Rules lean a little: they are looked for in a picture that is narrower than the page.
    low = cv2.resize(ink, (ink.shape[1] // 2, ink.shape[0]), interpolation=cv2.INTER_AREA)
    low = cv2.threshold(low, 100, 1, cv2.THRESH_BINARY)[1].astype(np.uint8, copy=False)
    # No stroke of a letter is so long; then the pieces of broken rules are joined.
    stroke = max(8, round(length / LENGTH * STROKE / 2))
    runs = cv2.morphologyEx(low, cv2.MORPH_OPEN, np.ones((1, stroke), np.uint8))
    joined = cv2.dilate(runs, np.ones((2, 13), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    mask = np.zeros(low.shape, np.uint8)
    boxes: list[Box] = []
    short: list[tuple[Box, NDArray[np.bool_]]] = []
    whole: list[NDArray[np.int32]] = []
    for label in range(1, count):
        x, y, w, h = (int(v) for v in stats[label, :4])
        part = (runs[y : y + h, x : x + w] > 0) & (labels[y : y + h, x : x + w] == label)
        columns = np.flatnonzero(part.any(axis=0))
        x, w = x + int(columns[0]), int(columns[-1] - columns[0]) + 1
        part = part[:, columns[0] : columns[0] + w]
        if len(columns) < SOLID * w or not _is_thin(part, thick):
            continue
        box = (2 * x, y, 2 * (x + w), y + h)
        is_short = w < length / 2
        if not is_short and not whole:
            _, marks, sizes, _ = cv2.connectedComponentsWithStats(low, connectivity=8)
            whole = [np.asarray(marks, np.int32), np.asarray(sizes, np.int32)]
        if is_short or _is_of_letters(whole[0], whole[1], part, (x, y)):
            short.append((box, part))
            continue
        mask[y : y + h, x : x + w][part] = 255
        boxes.append(box)
    return _Runs(np.array(boxes, np.int32).reshape(-1, 4), mask, tuple(short))


def _is_thin(part: NDArray[np.bool_], thick: float) -> bool:
    """Whether a run at half width is one stroke; a long one may lean.

    Those of small ideographs side by side come as several, one above the other, and two of those
    are hardly as long as the run, as the two of a double rule are.
    """
    height, width = part.shape
    above = np.count_nonzero(part[1:] & ~part[:-1], axis=0) + part[0]
    if np.mean(above > 1) > SEVERAL and np.sort(part.mean(axis=1))[-2] < SOLID:
        return False
    area = int(np.count_nonzero(part))
    return bool(area <= (thick + 2) * width and height <= thick + 0.03 * 2 * width + 3)


def _is_of_letters(
    labels: NDArray[np.int32],
    stats: NDArray[np.int32],
    run: NDArray[np.bool_],
    corner: tuple[int, int],
) -> bool:
    """Whether every piece of a run is a stroke of a large letter.

    What such a piece hangs on is hardly larger than itself. `labels`, `stats`: of the ink, at half
    width. `run`: the run's own pixels from `corner` on.
    """
    count, _, pieces, _ = cv2.connectedComponentsWithStats(run.astype(np.uint8), connectivity=8)
    for left, top, width, height, _ in pieces[1:count].tolist():
        y, x = np.argwhere(run[top : top + height, left : left + width])[0]
        mark = int(labels[corner[1] + top + y, corner[0] + left + x])
        _, _, w, h, area = (int(v) for v in stats[mark])
        solid = mark and area > 0.13 * w * h
        if not (solid and w < 1.5 * width and 0.5 * width < h < 8 * width):
            return False
    return True
