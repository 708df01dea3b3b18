"""Drafts of a page's blocks: each with its rows and a first kind, every word in one of them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from docparse.layout.claims import claim, tidy
from docparse.layout.columns import part_columns
from docparse.layout.contents import is_contents, leads_to_columns, split_columns, split_entries
from docparse.layout.figures import find_figures
from docparse.layout.flows import Canvas, Flow, flow_of, main_flow
from docparse.layout.markers import parse_marker
from docparse.layout.paragraphs import group_rows, split_paragraphs
from docparse.layout.regions import Region, Sight
from docparse.layout.rows import Row, Run, is_mono, make_row, make_rows
from docparse.layout.rulings import Rulings, read_rulings
from docparse.layout.tables import build_table, ruled_regions
from docparse.layout.ticks import (
    CheckBox,
    find_check_boxes,
    with_check_boxes,
    without_check_boxes,
    without_sides,
)
from docparse.pages.page import PageInput
from docparse.types import BBox, Kind, Table, union_of

# Loose pieces of a line are one row up to this gap, in font sizes.
REACH = 1.5


@dataclass(frozen=True, slots=True)
class Draft:
    """A block in the making: `rows` in reading order, `box` is `bbox` as a flow box of `flow`."""

    kind: Kind
    bbox: BBox
    rows: tuple[Row, ...] = ()
    flow: Flow = "right"
    table: Table | None = None
    confidence: float = 1.0

    @property
    def size(self) -> float:
        """The font size of most characters, in pixels."""
        sizes: Counter[float] = Counter()
        for row in self.rows:
            sizes[row.size] += len(row.text)
        return max(sizes, key=lambda size: (sizes[size], size)) if sizes else 0.0

    @property
    def text(self) -> str:
        """All rows with spaces between, for looking at; not what is given out."""
        return " ".join(row.text for row in self.rows)


def draft_page(page: PageInput, sight: Sight) -> list[Draft]:
    """All drafts of a page, in no particular order; every word is in the rows of one of them."""
    boxes = find_check_boxes(page, sight)
    graphics = find_figures(page, without_check_boxes(sight, boxes))
    rulings = without_sides(read_rulings(page), boxes)
    regions = tidy([*graphics.figures, *graphics.texts], ruled_regions(page, rulings))
    claimed, left = claim(page.lines, regions)
    if boxes:
        claimed, left = _ticked(claimed, left, boxes)
    if main_flow(page.lines) == "down":
        # The model does not know vertical writing: it takes its lines for the columns of a table.
        for number, region in enumerate(regions):
            if region.lines and region.kind != "figure" and _is_vertical(claimed[number]):
                left += claimed.pop(number)
    drafts: list[Draft] = []
    for number, region in enumerate(regions):
        drafts += _draft(page, region, claimed.get(number, []), rulings)
    loose = _loose(page, left)
    return drafts + (_drawing(loose) if sight.crowded else loose)


def _ticked(
    claimed: dict[int, list[Run]], left: list[Run], boxes: Sequence[CheckBox]
) -> tuple[dict[int, list[Run]], list[Run]]:
    """The runs of each region and those of none, with the check boxes beside them."""
    places: list[int | None] = [number for number, runs in claimed.items() for _ in runs]
    places += [None] * len(left)
    runs = with_check_boxes([*(run for runs in claimed.values() for run in runs), *left], boxes)
    found: dict[int | None, list[Run]] = defaultdict(list)
    for place, run in zip(places, runs, strict=True):
        found[place].append(run)
    rest = found.pop(None, [])
    return {number: runs for number, runs in found.items() if number is not None}, rest


def _is_vertical(runs: Sequence[Run]) -> bool:
    return _length(run for run in runs if run.line.vertical) > 0.5 * _length(runs)


def _drawing(loose: Sequence[Draft]) -> list[Draft]:
    """Loose text of a page with thousands of pieces: paragraphs, and the rest as one drawing."""
    texts = [d for d in loose if len(d.rows) > 1 and len(d.text) > 40 * len(d.rows)]
    labels = [d for d in loose if d not in texts]
    if not labels:
        return texts
    rows = [row for draft in labels for row in draft.rows]
    return [*texts, Draft("figure", union_of(d.bbox for d in labels), tuple(rows), confidence=0.5)]


def _draft(page: PageInput, region: Region, runs: list[Run], rulings: Rulings) -> list[Draft]:
    if region.kind == "figure":
        return [_figure(page, region, runs)]
    if not runs:
        return []
    if region.kind in ("table", "paragraph", "list"):
        canvas = Canvas(page.width, page.height, "right")
        rows = make_rows(runs, canvas)
        if is_contents(rows) and not (region.kind == "table" and leads_to_columns(rows)):
            columns = split_columns(rows, canvas)
            entries = [entry for column in columns for entry in split_entries(column)]
            return [draft_of("list", entry, "right", 0.9) for entry in entries]
    if region.kind == "table":
        return _table(page, region, runs, rulings)
    drafts = []
    for flow, part in _by_flow(runs).items():
        canvas = Canvas(page.width, page.height, flow)
        whole = region.kind in ("formula", "code") or flow == "down"
        for column in [part] if whole else part_columns(part, canvas):
            rows = make_rows(column, canvas)
            is_text = region.kind == "paragraph" or (
                region.kind == "list" and parse_marker(rows[0].text) is None
            )
            may_split = is_text and not is_mono(rows)
            for rows_of_one in split_paragraphs(rows) if may_split else [rows]:
                drafts.append(draft_of(region.kind, rows_of_one, flow, region.confidence))
    return drafts


def draft_of(kind: Kind, rows: Sequence[Row], flow: Flow, confidence: float = 1.0) -> Draft:
    """A draft of the given rows, at least one, with a box around them."""
    bbox = union_of(row.bbox for row in rows)
    return Draft(kind, bbox, tuple(rows), flow, confidence=confidence)


def _figure(page: PageInput, region: Region, runs: list[Run]) -> Draft:
    rows = [
        row
        for flow, part in _by_flow(runs).items()
        for row in make_rows(part, Canvas(page.width, page.height, flow), reach=REACH)
    ]
    bbox = union_of([region.bbox, *(row.bbox for row in rows)])
    return Draft("figure", bbox, tuple(rows), confidence=region.confidence)


def _table(page: PageInput, region: Region, runs: list[Run], rulings: Rulings) -> list[Draft]:
    """A table, or paragraphs where there is none after all."""
    own = tuple(replace(run.line, words=run.words) for run in runs)
    bbox = union_of([region.bbox, *(word.bbox for run in runs for word in run.words)])
    table = build_table(replace(page, lines=own), replace(region, bbox=bbox), rulings)
    if table is None:
        return _loose(page, runs)
    canvas = Canvas(page.width, page.height, "right")
    rows = [make_row(run.words, canvas, index=run.index) for run in runs]
    bbox = union_of([bbox, *(cell.bbox for cell in table.cells if cell.bbox)])
    return [Draft("table", bbox, tuple(rows), table=table, confidence=region.confidence)]


def _loose(page: PageInput, runs: Iterable[Run]) -> list[Draft]:
    """Runs that no region holds, as paragraphs."""
    drafts = []
    for flow, part in _by_flow(runs).items():
        rows = make_rows(part, Canvas(page.width, page.height, flow), reach=REACH)
        for group in group_rows(rows, leading=2.2 if flow == "down" else 2.0):
            drafts += [draft_of("paragraph", part, flow, 0.5) for part in split_paragraphs(group)]
    return drafts


def _by_flow(runs: Iterable[Run]) -> dict[Flow, list[Run]]:
    """The runs by direction; ordinary text and text to the left go the way that most of it does."""
    parts: dict[Flow, list[Run]] = defaultdict(list)
    for run in runs:
        parts[flow_of(run.line)].append(run)
    if "left" in parts and "right" in parts:
        major: Flow = "left" if _length(parts["left"]) > _length(parts["right"]) else "right"
        minor: Flow = "right" if major == "left" else "left"
        parts[major] += parts.pop(minor)
    return dict(parts)


def _length(runs: Iterable[Run]) -> int:
    return sum(len(word.text) for run in runs for word in run.words)


def body_size(drafts: Sequence[Draft]) -> float:
    """The font size of most running text, in pixels, else of all text; at least 1."""
    for kinds in (("paragraph", "list"), ("paragraph", "list", "table", "heading", "title")):
        sizes: Counter[float] = Counter()
        for draft in drafts:
            if draft.kind in kinds and draft.confidence > 0.5:
                for row in draft.rows:
                    sizes[round(row.size)] += len(row.text)
        if sizes.total() > 60:
            return max(1.0, max(sizes, key=lambda size: (sizes[size], size)))
    everything = Counter(round(row.size) for draft in drafts for row in draft.rows)
    return max(1.0, max(everything, key=lambda s: (everything[s], -s), default=1.0))
