"""Where figures are: raster pictures and drawings, put together from their pieces."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from docparse.layout.regions import Region, Sight
from docparse.pages.page import PageInput
from docparse.types import BBox, union_of

# In points: smaller pictures are bullets and ornaments, thinner paths are rules.
SHORTEST, LONGEST_OF_SMALL, THIN = 12, 24, 2.5
# Pieces of one drawing are no further apart, in points.
NEAR = 6
# Drawings of more paths than this are taken as the model sees them.
MAX_PIECES = 4000
# A region of which read text covers this share, and in which nothing is drawn, is no picture.
TEXT = 0.15
# From this share of the page on, a picture with text on it is the ground of the page.
GROUND = 0.6


@dataclass(frozen=True, slots=True)
class Graphics:
    """`figures`: regions of kind figure; `texts`: the other regions, some with a new kind."""

    figures: tuple[Region, ...]
    texts: tuple[Region, ...]


def find_figures(page: PageInput, sight: Sight) -> Graphics:
    """The figures of a page and the regions that are none.

    A region that the model takes for text in a picture is a figure only where something is
    painted; without, it is a caption (below or above a picture) or a paragraph.
    """
    point = page.dpi / 72
    regions = [replace(r, kind="paragraph") if _is_text(r, page) else r for r in sight.regions]
    texts = [r for r in regions if r.kind != "figure"]
    labels = [r for r in regions if r.kind == "figure"]
    found = [Region("figure", area) for area in _rasters(page, texts, point)]
    found += [Region("figure", area) for area in _drawings(page, sight, texts, labels, point)]
    is_seen = [any(_meet(label.bbox, seen) for seen in sight.pictures) for label in labels]
    sure = [label for label, seen in zip(labels, is_seen, strict=True) if seen]
    unsure = [label for label, seen in zip(labels, is_seen, strict=True) if not seen]
    for label in unsure:
        if any(_meet(label.bbox, area.bbox) for area in found):
            sure.append(label)
        else:
            texts.append(_without_picture(label, found, point))
    figures = _merge([*found, *sure])
    figures += _seen_only(sight, page, [*figures, *texts])
    return Graphics(tuple(figures), tuple(texts))


def _is_text(region: Region, page: PageInput) -> bool:
    """Whether a region that the model takes for a picture has nothing but text that was read."""
    if region.kind != "figure" or page.drawn is None:
        return False
    if any(_meet(region.bbox, box) for box in page.drawn):
        return False
    inside = [line.bbox for line in page.lines if line.bbox.overlap(region.bbox) > 0.5]
    return sum(box.area for box in inside) > TEXT * region.bbox.area


def _merge(regions: Sequence[Region]) -> list[Region]:
    """Figures that share a good part of the smaller one as one figure."""
    merged: list[Region] = []
    for region in regions:
        while (other := next((m for m in merged if _meet(m.bbox, region.bbox)), None)) is not None:
            merged.remove(other)
            region = Region(
                "figure",
                region.bbox.union(other.bbox),
                lines=(*other.lines, *region.lines),
                confidence=min(other.confidence, region.confidence),
            )
        merged.append(region)
    return merged


def _meet(a: BBox, b: BBox) -> bool:
    return max(a.overlap(b), b.overlap(a)) > 0.3


def _belongs(label: BBox, area: BBox) -> bool:
    return label.overlap(area) > 0.3 or area.overlap(label) > 0.5


def _without_picture(label: Region, figures: Iterable[Region], point: float) -> Region:
    """A label where nothing is painted, as a caption (below or above a figure) or a paragraph."""
    reach = 24 * point
    for figure in figures:
        box = figure.bbox
        apart = max(box.y0 - label.bbox.y1, label.bbox.y0 - box.y1)
        beside = min(box.x1, label.bbox.x1) - max(box.x0, label.bbox.x0)
        if apart < reach and beside > 0:
            return replace(label, kind="caption")
    return replace(label, kind="paragraph")


def _rasters(page: PageInput, texts: Sequence[Region], point: float) -> list[BBox]:
    """Boxes of raster pictures, strips and tiles of one picture as one."""
    whole = page.width * page.height
    found = []
    for box in _unite(page.images, gap=round(point)):
        if min(box.width, box.height) < SHORTEST * point:
            continue
        if max(box.width, box.height) < LONGEST_OF_SMALL * point:
            continue
        on_it = sum(len(r.lines) for r in texts if r.bbox.overlap(box) > 0.6)
        if box.area > GROUND * whole and on_it:
            continue
        if on_it > 8 and box.area > 0.2 * whole:
            continue
        if any(r.kind == "table" and box.overlap(r.bbox) > 0.8 for r in texts):
            continue
        found.append(box)
    return found


def _drawings(
    page: PageInput,
    sight: Sight,
    texts: Sequence[Region],
    labels: Sequence[Region],
    point: float,
) -> list[BBox]:
    """Boxes of drawings: clusters of paths that look like more than rules and frames of text."""
    whole = page.width * page.height
    tables = [r.bbox for r in texts if r.kind == "table"]
    pieces = []
    curved = set(sight.curves)
    for box in (*sight.vectors, *sight.curves):
        if _is_rule(box, point) and not any(box.overlap(p) > 0.8 for p in sight.pictures):
            continue
        if box.area > 0.5 * whole or any(box.overlap(table) > 0.7 for table in tables):
            continue
        pieces.append(box)
    if not pieces or len(pieces) > MAX_PIECES:
        return []
    found = []
    for cluster in _clusters(pieces, gap=round(NEAR * point)):
        area = sight.trim(union_of(cluster))
        if min(area.width, area.height) < SHORTEST * point:
            continue
        num_curves = sum(box in curved for box in cluster)
        if _is_drawing(area, num_curves, sight, texts, labels):
            found.append(area)
    return found


def _is_rule(box: BBox, point: float) -> bool:
    return min(box.width, box.height) < THIN * point and max(box.width, box.height) > 36 * point


def _is_drawing(
    area: BBox,
    num_curves: int,
    sight: Sight,
    texts: Sequence[Region],
    labels: Sequence[Region],
) -> bool:
    inside = [r for r in texts if r.bbox.overlap(area) > 0.6]
    num_lines = sum(len(r.lines) for r in inside)
    share = sum(r.bbox.area for r in inside) / max(1, area.area)
    if num_lines > 6 and share > 0.25:
        return False
    seen = sum(common.area for box in sight.pictures if (common := box.intersect(area))) / max(
        1, area.area
    )
    if seen > 0.4 or any(_belongs(label.bbox, area) for label in labels):
        return True
    return not inside and num_curves >= 3


def _seen_only(sight: Sight, page: PageInput, known: Iterable[Region]) -> list[Region]:
    """Pictures that only the image net has seen: shadings, patterns, glyphs drawn as paths."""
    boxes = [region.bbox for region in known]
    whole = page.width * page.height
    found = []
    for seen in sight.pictures:
        if seen.area < 0.02 * whole or seen.area > 0.9 * whole:
            continue
        if not (sight.vectors or sight.curves or page.images):
            continue
        if any(seen.overlap(box) > 0.1 or box.overlap(seen) > 0.1 for box in boxes):
            continue
        found.append(Region("figure", seen))
    return found


def _unite(boxes: Iterable[BBox], *, gap: int) -> list[BBox]:
    """Boxes that overlap for the greater part, or that adjoin along a side, as one."""
    united = [box for box in boxes if box.area]
    changed = len(united) <= 300
    while changed:
        changed = False
        for i, a in enumerate(united):
            j = next((j for j in range(i + 1, len(united)) if _one(a, united[j], gap)), None)
            if j is not None:
                united[i] = a.union(united.pop(j))
                changed = True
                break
    return united


def _one(a: BBox, b: BBox, gap: int) -> bool:
    if max(a.overlap(b), b.overlap(a)) > 0.5:
        return True
    shared_x = min(a.x1, b.x1) - max(a.x0, b.x0)
    shared_y = min(a.y1, b.y1) - max(a.y0, b.y0)
    # Strips of one picture have the same width, or the same height.
    if shared_x > 0.95 * max(a.width, b.width):
        return shared_y >= -gap and gap > 0
    return shared_y > 0.95 * max(a.height, b.height) and shared_x >= -gap and gap > 0


def _clusters(boxes: Sequence[BBox], *, gap: int) -> list[list[BBox]]:
    """Boxes in groups of those no further apart than `gap`, by a grid of cells."""
    parent = list(range(len(boxes)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    cell = max(8 * gap, 32)
    grid: dict[tuple[int, int], list[int]] = defaultdict(list)
    for i, box in enumerate(boxes):
        for x in range((box.x0 - gap) // cell, (box.x1 + gap) // cell + 1):
            for y in range((box.y0 - gap) // cell, (box.y1 + gap) // cell + 1):
                # Enough neighbours to be tied to each group at this place.
                for j in grid[x, y][-24:]:
                    if root(i) != root(j) and _is_near(box, boxes[j], gap):
                        parent[root(j)] = root(i)
                grid[x, y].append(i)
    groups: dict[int, list[BBox]] = defaultdict(list)
    for i, box in enumerate(boxes):
        groups[root(i)].append(box)
    return list(groups.values())


def _is_near(a: BBox, b: BBox, gap: int) -> bool:
    return a.x0 - gap <= b.x1 and b.x0 - gap <= a.x1 and a.y0 - gap <= b.y1 and b.y0 - gap <= a.y1
