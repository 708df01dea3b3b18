"""Remarks of an invoice (備考): all lines of the box that the label heads."""

from __future__ import annotations

from collections.abc import Sequence

from docparse.extraction.bank import LABEL
from docparse.extraction.fields import Hit, find_labels
from docparse.extraction.pieces import Piece
from docparse.extraction.record import Found
from docparse.extraction.sheet import Sheet


def find_note(sheets: Sequence[Sheet], hits: Sequence[Hit]) -> Found | None:
    """The text of the remarks, its lines parted by newlines."""
    by_number = {sheet.number: sheet for sheet in sheets}
    for hit in hits:
        if hit.field != "note" or id(hit.piece) in by_number[hit.piece.page].taken:
            continue
        sheet = by_number[hit.piece.page]
        lines = [hit.piece.text(hit.start, hit.end).strip(" :/・")]
        places = [hit.piece.evidence(hit.start, hit.end)]
        last = hit.piece
        for _ in range(12):
            under = [
                p
                for p in sheet.below(last, reach=1.1 * last.size)
                if abs(p.x0 - last.x0) < 1.5 * last.size or last is hit.label
            ]
            if not under or LABEL.match(under[0].key) or _is_labelled(under[0].key, under):
                break
            last = under[0]
            lines.append(last.text())
            places.append(last.evidence())
        return Found("\n".join(lines), tuple(places))
    return None


def _is_labelled(key: str, under: Sequence[Piece]) -> bool:
    labels = find_labels(under[0])
    return bool(
        labels and labels[0].start == 0 and labels[0].field in ("phone", "registration", "bank")
    )
