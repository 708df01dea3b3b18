"""Cases: a file, and a check that holds its ground truth and gives scores to readings of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from docparse.bench.boxes import Area, match_areas, shared_area
from docparse.bench.edit import normalise, similarity
from docparse.bench.facts import Fact, holds
from docparse.bench.flow import Flow, read_markdown
from docparse.bench.grid import Grid
from docparse.bench.order import score_order
from docparse.bench.reading import Reading
from docparse.bench.teds import Teds, compare_tables, pair_tables

# labelled: by people or from the source of the document; hint: what another tool made of it.
Trust = Literal["labelled", "hint"]

EDIT = "text similarity"
ORDER = "reading order"
TEDS = "table TEDS"
TEDS_STRUCTURE = "table TEDS structure"
TABLE_F1 = "table boxes F1"
BLOCK_F1 = "block boxes F1"
KIND_F1 = "block boxes and kinds F1"
FIELDS = "fields in their place"
OWN_BOX = "fields with a box of their own"
# A box belongs to a field if this share of it lies inside the field's area.
OWN = 0.5
EXTRA_TABLES = "tables too many"
# The smaller the better, and no loss where a side failed: shown, but nothing is won by it.
COUNTS = frozenset({EXTRA_TABLES})


@dataclass(frozen=True, slots=True)
class Score:
    """`total` of `weight` questions: the score is total / weight."""

    total: float
    weight: float = 1.0


Scores = Mapping[str, Score]


@dataclass(frozen=True, slots=True)
class Case:
    """A file, and the check that its readings go through."""

    set_name: str
    trust: Trust
    file: Path
    check: Callable[[Reading], Scores]

    def score(self, reading: Reading) -> dict[str, Score]:
        """The scores of a reading; all of them 0 where it failed, with the weight they have."""
        scores = self.check(reading)
        if not reading.failure:
            return dict(scores)
        return {metric: Score(0.0, score.weight) for metric, score in scores.items()}


@dataclass(frozen=True, slots=True)
class TrueTable:
    """A table of the ground truth and the pages that it stands on, from 1."""

    pages: tuple[int, ...]
    grid: Grid


@dataclass(frozen=True, slots=True)
class TrueField:
    """A text that stands somewhere in `area`."""

    text: str
    area: Area


def check_text(truth: str, *, with_headers: bool) -> Callable[[Reading], Scores]:
    """How alike the whole text is. `with_headers`: the truth has page headers and footers too."""

    def check(reading: Reading) -> Scores:
        markdown = reading.whole if with_headers else reading.body
        return {EDIT: Score(similarity(truth, read_markdown(markdown).text))}

    return check


def check_order(truth: Sequence[str], *, with_headers: bool) -> Callable[[Reading], Scores]:
    """Whether the pieces of the truth come in its order; no score if too few can be told apart."""

    def check(reading: Reading) -> Scores:
        markdown = reading.whole if with_headers else reading.body
        value = score_order(truth, read_markdown(markdown).text)
        return {} if value is None else {ORDER: Score(value)}

    return check


def check_tables(truth: Sequence[TrueTable]) -> Callable[[Reading], Scores]:
    """TEDS of each true table and the found one most like it on its pages; 0 if there is none."""

    def check(reading: Reading) -> Scores:
        on_page = {i: read_markdown(page).tables for i, page in enumerate(reading.pages, start=1)}
        pairs: list[tuple[Grid, Grid | None]] = []
        for pages in sorted({table.pages for table in truth}):
            wanted = [table.grid for table in truth if table.pages == pages]
            found = [table for page in pages for table in on_page.get(page, ())]
            partner = pair_tables(wanted, found)
            pairs += [
                (grid, found[partner[i]] if i in partner else None) for i, grid in enumerate(wanted)
            ]
        scores = [compare_tables(a, b) if b else Teds(0.0, 0.0) for a, b in pairs]
        num_found = sum(map(len, on_page.values()))
        num_paired = sum(b is not None for _, b in pairs)
        return {
            TEDS: Score(sum(score.full for score in scores), len(truth)),
            TEDS_STRUCTURE: Score(sum(score.structure for score in scores), len(truth)),
            EXTRA_TABLES: Score(max(0, num_found - num_paired), 1),
        }

    return check


def check_areas(truth: Sequence[Area], *, kind: str = "") -> Callable[[Reading], Scores]:
    """F1 of the boxes of a file: of one kind, or of all, then also with their kinds."""

    def check(reading: Reading) -> Scores:
        if kind:
            found = [area for area in reading.areas if area.kind == kind]
            return {TABLE_F1: Score(match_areas(truth, found, with_kind=True).f1)}
        return {
            BLOCK_F1: Score(match_areas(truth, reading.areas, with_kind=False).f1),
            KIND_F1: Score(match_areas(truth, reading.areas, with_kind=True).f1),
        }

    return check


def check_fields(truth: Sequence[TrueField]) -> Callable[[Reading], Scores]:
    """The share of fields whose text stands in a block over the field's area, and of those where
    the block, or a cell of its table, is no larger than the field: at least OWN of it lies inside
    that area.
    """

    def check(reading: Reading) -> Scores:
        places = (*reading.areas, *reading.cells)
        blocks = [(area, normalise(read_markdown(area.text).text)) for area in places]
        shares = [
            max((_inside(field, area) for area, text in blocks if field.text in text), default=0.0)
            for field in wanted
        ]
        return {
            FIELDS: Score(sum(share > 0 for share in shares), len(truth)),
            OWN_BOX: Score(sum(share >= OWN for share in shares), len(truth)),
        }

    wanted = [replace(field, text=normalise(field.text)) for field in truth]
    return check


def _inside(field: TrueField, area: Area) -> float:
    return shared_area(field.area, area) / area.size if area.size else 0.0


def check_facts(facts: Sequence[Fact]) -> Callable[[Reading], Scores]:
    """How many facts of each type hold, and of all types together."""

    def check(reading: Reading) -> Scores:
        flows: dict[int, Flow] = {}
        held: dict[str, list[bool]] = {}
        for fact in facts:
            if fact.page not in flows:
                there = 1 <= fact.page <= len(reading.pages)
                flows[fact.page] = read_markdown(reading.pages[fact.page - 1] if there else "")
            held.setdefault(f"facts {fact.type}", []).append(holds(fact, flows[fact.page]))
        held["facts all"] = [answer for answers in held.values() for answer in answers]
        return {metric: Score(sum(answers), len(answers)) for metric, answers in held.items()}

    return check
