"""Words of a scan that leans to words on level lines, for rules that compare places."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from math import radians, tan
from statistics import median

from docparse.types import BBox, Word

# Degrees that are looked at; what leans more was set straight when it was read.
MOST, STEP = 3.0, 0.1
# Fewer words say nothing, and a smaller lean needs no correction.
LEAST_WORDS, LEAST = 12, 0.1


def find_lean(words: Sequence[Word]) -> float:
    """Degrees clockwise that lines of read words lean, 0 where nothing can be told.

    The angle at which most words share a line: the sum of squares of words per line is largest.
    """
    boxes = [word.bbox for word in words if word.is_read]
    if len(boxes) < LEAST_WORDS:
        return 0.0
    bin_ = max(1.0, 0.25 * median(box.height for box in boxes))
    middles = [((box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2) for box in boxes]
    scores: dict[float, int] = {}
    for i in range(-round(MOST / STEP), round(MOST / STEP) + 1):
        slope = tan(radians(i * STEP))
        offsets = [(y - slope * x) / bin_ for x, y in middles]
        counts = (Counter(int(o + phase) for o in offsets) for phase in (0.0, 0.5))
        scores[i * STEP] = sum(n * n for count in counts for n in count.values())
    top = max(scores.values())
    lean = median(angle for angle, score in scores.items() if score >= 0.98 * top)
    return lean if abs(lean) >= LEAST else 0.0


def straighten(word: Word, lean: float) -> Word:
    """The word where it would stand on a page that does not lean; its box as high as its text."""
    slope = tan(radians(lean))
    box = word.bbox
    x, y = (box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2
    half_width = box.width / 2
    half_height = max(box.height - abs(slope) * box.width, 0.5 * box.height) / 2
    x, y = x + slope * y, y - slope * x
    even = (x - half_width, y - half_height, x + half_width, y + half_height)
    return replace(word, bbox=BBox.around(*even))
