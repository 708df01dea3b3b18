"""Single fields by their labels: the value behind a label, beside it or below it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from docparse.extraction.labels import FILLER, PATTERNS
from docparse.extraction.pieces import Piece
from docparse.extraction.sheet import Sheet
from docparse.schemas.values import find_date

ID = re.compile(r"[A-Za-z0-9第][A-Za-z0-9\-_/#.()号第]*")
SENTENCE = re.compile(r"[a-z]\.[A-Z]")
# How far a value may be from its label, in heights of the text.
BESIDE, BELOW = 22.0, 1.9


@dataclass(frozen=True, slots=True)
class Hit:
    """A value by its label: characters `start` to `end` of the key of `piece`."""

    field: str
    piece: Piece
    start: int
    end: int
    label: Piece
    trust: float = 1.0

    @property
    def key(self) -> str:
        return self.piece.key[self.start : self.end]


@dataclass(frozen=True, slots=True)
class Label:
    """A label found in a piece: it ends at `end` of the key; `stop`: where the next one begins."""

    field: str
    kind: str
    piece: Piece
    start: int
    end: int
    stop: int


def find_labels(piece: Piece) -> list[Label]:
    """Labels of a piece from left to right; of two that overlap the longer is kept."""
    found: list[tuple[int, int, str, str]] = []
    for field, kind, pattern in PATTERNS:
        for match in pattern.finditer(piece.key):
            if match.start() in piece.starts:
                found.append((match.start(), match.end(), field, kind))
    found.sort(key=lambda entry: (entry[0], -entry[1]))
    kept: list[tuple[int, int, str, str]] = []
    for entry in found:
        if not kept or entry[0] >= kept[-1][1]:
            kept.append(entry)
    if not kept:
        return []
    stops = [entry[0] for entry in kept[1:]] + [len(piece.key)]
    return [
        Label(field, kind, piece, start, end, stop)
        for (start, end, field, kind), stop in zip(kept, stops, strict=True)
    ]


def find_hits(sheet: Sheet) -> list[Hit]:
    """Every labelled value of a page. One field may have several."""
    return [
        hit
        for piece in sheet.free()
        for label in find_labels(piece)
        for hit in _value(sheet, label)
    ]


def _value(sheet: Sheet, label: Label) -> Iterator[Hit]:
    """The value of a label: behind it in its own piece, else beside it, else below it."""
    key = label.piece.key
    filler = FILLER.match(key, label.end)
    begin = filler.end() if filler else label.end
    rest = key[begin : label.stop]
    if rest.strip(":/[]()【】・、 "):
        if label.kind in ("text", "period") and begin == label.end and not _may_begin(label):
            return  # the label is the beginning of a longer word
        if label.kind == "text" and SENTENCE.search(rest):
            return  # what goes on behind it is prose
        span = _typed(label.kind, key, begin, label.stop)
        if span:
            yield Hit(label.field, label.piece, *span, label.piece)
        return
    if label.stop == len(key) or label.kind == "text":
        yield from _value_outside(sheet, label)


def _may_begin(label: Label) -> bool:
    """Whether a value may begin right behind a label: readers lose spaces, but not every one."""
    piece, begin = label.piece, label.end
    if begin in piece.starts:
        return True
    is_number = piece.key[begin].isdigit() or piece.key[begin] in "(+"
    return piece.is_read and is_number and label.field in ("phone", "fax", "subject", "period")


def _value_outside(sheet: Sheet, label: Label) -> Iterator[Hit]:
    """The value of a label that fills its piece: beside it, else below it."""
    beside = sheet.right_of(label.piece, reach=BESIDE * label.piece.size)
    if beside and not _is_label(beside[0]):
        span = _typed(label.kind, beside[0].key, 0, len(beside[0].key))
        if span:
            yield Hit(label.field, beside[0], *span, label.piece)
            return
    if label.field in ("phone", "fax", "contact", "registration"):
        return
    for under in sheet.below(label.piece, reach=BELOW * label.piece.size)[:1]:
        if _is_label(under) or id(under) in sheet.taken:
            return
        span = _typed(label.kind, under.key, 0, len(under.key))
        if span:
            yield Hit(label.field, under, *span, label.piece, 0.9)


def _is_label(piece: Piece) -> bool:
    """Whether a piece begins with a label of its own, so that it is no value of another."""
    labels = find_labels(piece)
    return bool(labels and labels[0].start == 0) and not find_date(piece.key[: labels[0].end])


def _typed(kind: str, key: str, start: int, stop: int) -> tuple[int, int] | None:
    """Where in `key[start:stop]` the value of this kind is, None if there is none."""
    if kind == "date":
        day = find_date(key[:stop], start)
        return (day.start, day.end) if day and day.start - start <= 4 else None
    if kind == "id":
        match = ID.match(key[:stop], start)
        if not match or not any(c.isdigit() for c in match[0]):
            return None
        return match.start(), match.end()
    while start < stop and key[start] in ":/・ 、":
        start += 1
    return (start, stop) if start < stop else None
