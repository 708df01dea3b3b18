"""A record beside the data that was printed: which values are right, wrong, missed or made up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from docparse.bench.invoice_canvas import Place
from docparse.extraction.record import Evidence, Record, leaves, value_at
from docparse.schemas.values import key_of

# Not printed as such: a reading of many labels, for which there is no single place.
UNSCORED = ("/tax_mode", "/currency")
LISTS = ("line_items", "taxes", "bank_accounts")


@dataclass(frozen=True, slots=True)
class Mark:
    """What became of one value: `field` as in line_items/amount; `truth` or `found` may be None.

    `hit`: whether its evidence lies on the value, None where the value is not right.
    """

    field: str
    truth: Any
    found: Any
    hit: bool | None = None

    @property
    def right(self) -> bool:
        return self.truth is not None and same(self.truth, self.found)


def same(a: Any, b: Any) -> bool:
    if isinstance(a, str) and isinstance(b, str):
        return key_of(a) == key_of(b)
    return bool(a == b)


def mark(data: dict[str, Any], places: dict[str, list[Place]], record: Record) -> list[Mark]:
    """A mark for every value that was printed or found."""
    pairs = dict(_pairs(data, record.data))
    dpis = {page.number: page.dpi for page in record.pages}
    marks: list[Mark] = []
    truths = dict(leaves(data))
    matched: set[str] = set()
    for pointer, truth in truths.items():
        other = _other(pointer, pairs)
        found = value_at(record.data, other) if other else None
        matched.add(other or "")
        if pointer in UNSCORED:
            continue
        hit = None
        if other and same(truth, found):
            hit = is_hit(record.evidence.get(other, ()), places.get(pointer, []), dpis)
        marks.append(Mark(field_of(pointer), truth, found, hit))
    for pointer, found in leaves(record.data):
        if pointer not in matched and pointer not in UNSCORED:
            marks.append(Mark(field_of(pointer), None, found))
    return marks


def field_of(pointer: str) -> str:
    return "/".join(part for part in pointer.split("/")[1:] if not part.isdigit())


def _other(pointer: str, pairs: dict[str, str]) -> str | None:
    """Where a printed value should be in the record; None where its entry was not found."""
    name, index = (*pointer.split("/")[1:], "")[:2]
    if name not in LISTS:
        return pointer
    entry = f"/{name}/{index}"
    if entry not in pairs:
        return None
    return pairs[entry] + pointer.removeprefix(entry)


def _pairs(data: dict[str, Any], found: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Entries of lists that belong together, in order, so that most of their values agree."""
    for name in LISTS:
        printed, read = data[name], found[name]
        agree = [[_agreement(entry, other) for other in read] for entry in printed]
        best = [[0] * (len(read) + 1) for _ in range(len(printed) + 1)]
        for i in reversed(range(len(printed))):
            for j in reversed(range(len(read))):
                both = agree[i][j] + best[i + 1][j + 1] if agree[i][j] else 0
                best[i][j] = max(both, best[i + 1][j], best[i][j + 1])
        i = j = 0
        while i < len(printed) and j < len(read):
            if agree[i][j] and best[i][j] == agree[i][j] + best[i + 1][j + 1]:
                yield f"/{name}/{i}", f"/{name}/{j}"
                i, j = i + 1, j + 1
            elif best[i][j] == best[i + 1][j]:
                i += 1
            else:
                j += 1


def _agreement(printed: dict[str, Any], read: dict[str, Any]) -> int:
    return sum(v is not None and same(v, read.get(k)) for k, v in printed.items())


def is_hit(evidence: tuple[Evidence, ...], places: list[Place], dpis: dict[int, float]) -> bool:
    """Whether one of the boxes lies on one of the places, IoU of at least 0.5."""
    for proof in evidence:
        k = dpis[proof.page] / 72
        for place in places:
            if place.page == proof.page and _iou(proof, place, k) >= 0.5:
                return True
    return False


def _iou(proof: Evidence, place: Place, k: float) -> float:
    box = proof.bbox
    x0, y0, x1, y1 = place.x0 * k, place.y0 * k, place.x1 * k, place.y1 * k
    width = min(box.x1, x1) - max(box.x0, x0)
    height = min(box.y1, y1) - max(box.y0, y0)
    if width <= 0 or height <= 0:
        return 0.0
    shared = width * height
    return shared / (box.area + (x1 - x0) * (y1 - y0) - shared)
