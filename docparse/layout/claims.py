"""Every word of a page in exactly one region, or left over."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise
from statistics import median

from docparse.layout.regions import Region
from docparse.layout.rows import Run
from docparse.types import BBox, Line, Word

# Boxes of the model and of the text layer differ by about this share of a line's height.
SLACK = 0.25
# Height of the strips of the page by which boxes are looked up, in pixels.
STRIP = 64


def tidy(regions: Sequence[Region], ruled: Iterable[BBox]) -> tuple[Region, ...]:
    """The regions without those that lie in a table or a picture, and ruled tables added.

    Text in a table or a figure is part of it, but a caption keeps its own region. A ruled table is
    added unless the model has put a table, a figure or a formula at its place, and a table of the
    model that is several ruled ones is parted.
    """
    boxes = list(ruled)
    kept = [part for region in regions for part in _by_rules(region, boxes)]
    for box in boxes:
        if not any(_clash(region, box) for region in kept):
            kept.append(Region("table", box))
    kept = _with_labels(kept)
    holders = [r for r in kept if r.kind in ("table", "figure")]
    return tuple(r for r in kept if not any(_swallows(holder, r) for holder in holders))


def _by_rules(region: Region, ruled: Sequence[BBox]) -> list[Region]:
    """A table region fitted to the ruled tables of the page.

    It is parted into the ruled tables that its lines stand in, if they are several, and widened
    to the one that it holds most of.
    """
    if region.kind != "table":
        return [region]
    near = [box for box in ruled if box.overlap(region.bbox) > 0.5]
    inside = [box for box in near if box.overlap(region.bbox) > 0.8]
    parts = [
        Region("table", box, lines=lines, confidence=region.confidence)
        for box in inside
        if (lines := tuple(line for line in region.lines if line.overlap(box) > 0.5))
    ]
    held = sum(len(part.lines) for part in parts)
    if len(parts) > 1 and held >= 0.9 * len(region.lines):
        return parts
    return [replace(region, bbox=region.bbox.union(near[0]))] if len(near) == 1 else [region]


def _with_labels(regions: Sequence[Region]) -> list[Region]:
    """The regions, narrow columns of single lines beside a table as a part of it."""
    labels = [r for r in regions if r.kind in ("paragraph", "list") and len(r.lines) > 1]
    taken: list[Region] = []
    found = []
    for region in regions:
        if region.kind == "table" and region.lines:
            for label in labels:
                if label not in taken and _is_label_column(label, region):
                    taken.append(label)
                    region = replace(
                        region,
                        bbox=region.bbox.union(label.bbox),
                        lines=(*label.lines, *region.lines),
                        grid=(),
                    )
        found.append(region)
    return [region for region in found if region not in taken]


def _is_label_column(label: Region, table: Region) -> bool:
    a, b = label.bbox, table.bbox
    em = median(line.height for line in label.lines)
    if a.y0 < b.y0 or a.y1 > b.y1 or a.width > 0.3 * b.width:
        return False
    if not -em < max(b.x0 - a.x1, a.x0 - b.x1) < 2 * em:
        return False
    tops = sorted(line.y0 for line in label.lines)
    return median(below - above for above, below in pairwise(tops)) > 1.7 * em


def _clash(region: Region, ruled: BBox) -> bool:
    if region.kind not in ("table", "figure", "formula"):
        return False
    return max(region.bbox.overlap(ruled), ruled.overlap(region.bbox)) > 0.4


def _swallows(holder: Region, region: Region) -> bool:
    if holder is region or region.kind in ("page-header", "page-footer"):
        return False
    inside = region.bbox.overlap(holder.bbox)
    if region.kind == holder.kind:
        smaller = region.bbox.area < holder.bbox.area or not region.lines
        return inside > 0.8 and smaller
    if holder.kind == "table":
        return inside > 0.8 and region.bbox.area < holder.bbox.area
    # What stands in a picture: labels, but not a text that is longer than labels are.
    return inside > 0.9 and region.kind not in ("caption", "table") and len(region.lines) <= 3


def claim(
    lines: Sequence[Line], regions: Sequence[Region]
) -> tuple[dict[int, list[Run]], list[Run]]:
    """The runs of words of each region, by its index, and those of none.

    A word belongs to the region whose model line holds its centre, else to the smallest region
    around it; a line that crosses from one region to another is parted there.
    """
    index = _Index(regions)
    claimed: dict[int, list[Run]] = defaultdict(list)
    left: list[Run] = []
    for number, line in enumerate(lines):
        for region, words in _runs(line, index):
            run = Run(words, number, line)
            if region is None:
                left.append(run)
            else:
                claimed[region].append(run)
    return claimed, left


def _runs(line: Line, index: _Index) -> list[tuple[int | None, tuple[Word, ...]]]:
    found: list[tuple[int | None, list[Word]]] = []
    for word in line.words:
        region = index.find(word.bbox)
        if found and found[-1][0] == region:
            found[-1][1].append(word)
        else:
            found.append((region, [word]))
    if len(found) > 1:
        found = _smooth(found, index)
    return [(region, tuple(words)) for region, words in found]


def _smooth(
    runs: list[tuple[int | None, list[Word]]], index: _Index
) -> list[tuple[int | None, list[Word]]]:
    """Words that no region claims go with their neighbours on the line, unless a gap parts them."""
    merged: list[tuple[int | None, list[Word]]] = []
    for position, (region, words) in enumerate(runs):
        if region is None:
            following = runs[position + 1] if position + 1 < len(runs) else None
            if merged and merged[-1][0] is not None and _touch(merged[-1][1][-1], words[0]):
                region = merged[-1][0]
            elif following and _touch(words[-1], following[1][0]):
                region = following[0]
        if merged and merged[-1][0] == region:
            merged[-1][1].extend(words)
        else:
            merged.append((region, words))
    return merged


def _touch(word: Word, following: Word) -> bool:
    em = max(1, min(max(word.bbox.height, 1), max(following.bbox.height, 1)))
    dx = max(word.bbox.x0, following.bbox.x0) - min(word.bbox.x1, following.bbox.x1)
    dy = max(word.bbox.y0, following.bbox.y0) - min(word.bbox.y1, following.bbox.y1)
    return max(dx, dy) < em


class _Index:
    """Finds the region at a place; boxes are looked up by the strip of the page they lie in."""

    def __init__(self, regions: Sequence[Region]) -> None:
        self._lines: dict[int, list[tuple[BBox, int]]] = defaultdict(list)
        self._areas: dict[int, list[tuple[BBox, int]]] = defaultdict(list)
        for number, region in enumerate(regions):
            _enter(self._areas, region.bbox, number)
            for line in region.lines:
                slack = round(SLACK * min(line.width, line.height)) + 1
                wider = BBox(line.x0 - slack, line.y0 - slack, line.x1 + slack, line.y1 + slack)
                _enter(self._lines, wider, number)

    def find(self, box: BBox) -> int | None:
        x, y = box.center
        for table in (self._lines, self._areas):
            here = [
                (_distance(held, y), held.area, number)
                for held, number in table[int(y) // STRIP]
                if held.x0 <= x <= held.x1 and held.y0 <= y <= held.y1
            ]
            if here:
                return min(here)[2]
        return None


def _distance(held: BBox, y: float) -> float:
    """How far off the middle of a line a word lies, in coarse steps."""
    return round(abs(held.y0 + held.y1 - 2 * y) / max(1, held.height), 1)


def _enter(table: dict[int, list[tuple[BBox, int]]], box: BBox, number: int) -> None:
    for strip in range(box.y0 // STRIP, box.y1 // STRIP + 1):
        table[strip].append((box, number))
