"""The Record: data that fits a schema, the place on the page of each value, checks and notes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from docparse.types import BBox, Provenance

Verdict = Literal["pass", "fail", "warning", "skipped"]

RecordNoteCode = Literal[
    "not-an-invoice",  # nothing on the pages says that this is one; data is empty
    "blank",  # the pages have no ink
    "needs-reading",  # a page has ink but no text that can be trusted
    "page-failed",  # nothing could be made of a page
    "several-invoices",  # the file holds more than one; the others are in `more`
    "unclear-value",  # a value was hardly read, and is left out
    "other-document",  # an estimate, an order, a delivery note: read as far as it is alike
    "foreign-currency",  # amounts are not in yen and are left out
    "not-found",  # the model gave a value that does not stand on the page; it is left out
    "judged",  # a choice of the model's that no word on the page can prove
    "bad-reply",  # the model's reply does not fit the schema
    "differs",  # the rules and the model read different values
]


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where a value stands: `text` as printed, `bbox` in native pixels of the page."""

    page: int
    bbox: BBox
    text: str
    confidence: float = 1.0
    source: Provenance = "text-layer"

    def to_data(self) -> dict[str, Any]:
        box = self.bbox
        return {
            "page": self.page,
            "bbox": [box.x0, box.y0, box.x1, box.y1],
            "text": self.text,
            "confidence": round(self.confidence, 3),
            "source": self.source,
        }


@dataclass(frozen=True, slots=True)
class Found:
    """A value and where it stands; `value` is what goes into `data`."""

    value: Any
    places: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Check:
    """One rule and whether the values keep it.

    `figures`: the numbers that were compared. `values`: JSON pointers of the values involved,
    whose evidence has the boxes.
    """

    code: str
    verdict: Verdict
    message: str
    figures: Mapping[str, Any] = field(default_factory=dict)
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RecordNote:
    """Something that a reader of the record should know, in one sentence."""

    code: RecordNoteCode
    message: str
    page: int | None = None


@dataclass(frozen=True, slots=True)
class PageFacts:
    """What boxes are measured in: the size of a page in native pixels, and its dpi."""

    number: int
    width: int
    height: int
    dpi: float


@dataclass(frozen=True, slots=True)
class Record:
    """What was read of one invoice, or of one document by another schema.

    `data` fits the schema; a value that was not found is None. `evidence`: by JSON pointer into
    `data`. `more`: the further invoices of the same file.
    """

    source: str
    schema: str
    data: dict[str, Any]
    evidence: dict[str, tuple[Evidence, ...]] = field(default_factory=dict)
    checks: tuple[Check, ...] = ()
    notes: tuple[RecordNote, ...] = ()
    pages: tuple[PageFacts, ...] = ()
    more: tuple[Record, ...] = ()

    @property
    def failed(self) -> tuple[Check, ...]:
        return tuple(check for check in self.checks if check.verdict == "fail")

    @property
    def complete(self) -> bool:
        """Whether every page was read."""
        return not any(note.code in ("needs-reading", "page-failed") for note in self.notes)

    def all(self) -> Iterator[Record]:
        """This record and those of the further invoices of its file."""
        yield self
        yield from self.more

    def to_data(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        out: dict[str, Any] = {
            "source": self.source,
            "schema": self.schema,
            "data": self.data,
            "evidence": {
                pointer: [place.to_data() for place in places]
                for pointer, places in self.evidence.items()
            },
            "checks": [self._check_data(check) for check in self.checks],
            "notes": [
                {"code": note.code, "message": note.message, "page": note.page}
                for note in self.notes
            ],
            "pages": [
                {"number": p.number, "width": p.width, "height": p.height, "dpi": p.dpi}
                for p in self.pages
            ],
        }
        if self.more:
            out["more"] = [record.to_data() for record in self.more]
        return out

    def _check_data(self, check: Check) -> dict[str, Any]:
        places = [place for pointer in check.values for place in self.evidence.get(pointer, ())]
        return {
            "code": check.code,
            "verdict": check.verdict,
            "message": check.message,
            "figures": dict(check.figures),
            "values": list(check.values),
            "boxes": [
                {"page": p.page, "bbox": [p.bbox.x0, p.bbox.y0, p.bbox.x1, p.bbox.y1]}
                for p in places
            ],
        }


def value_at(data: Any, pointer: str) -> Any:
    """The value at a JSON pointer (RFC 6901), None where there is none."""
    for part in pointer.split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        if isinstance(data, list):
            data = data[int(key)] if key.isdigit() and int(key) < len(data) else None
        elif isinstance(data, dict):
            data = data.get(key)
        else:
            return None
    return data


def leaves(data: Any, pointer: str = "") -> Iterator[tuple[str, Any]]:
    """Each scalar that is not None, with its JSON pointer."""
    if isinstance(data, dict):
        for key, value in data.items():
            name = str(key).replace("~", "~0").replace("/", "~1")
            yield from leaves(value, f"{pointer}/{name}")
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from leaves(value, f"{pointer}/{index}")
    elif data is not None:
        yield pointer, data
