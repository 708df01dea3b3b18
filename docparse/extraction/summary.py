"""Sums of all pages to the amounts of an invoice and its table of taxes by rate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from docparse.extraction.amounts import Basis, Sum, basis_of
from docparse.extraction.draft import AMOUNTS, TAX, Draft
from docparse.extraction.lines import plain
from docparse.extraction.record import Evidence, Found
from docparse.schemas.law import roundings, tax_of

# How the meanings of sums are called in the data.
FIELD = {"tax": "tax_total"} | {name: name for name in AMOUNTS}


@dataclass(slots=True)
class Summary:
    """What was put into the draft, and what is printed more than once with different values."""

    conflicts: list[tuple[str, tuple[Sum, ...]]] = field(default_factory=list)
    inclusive: bool | None = None


def put_sums(draft: Draft, sums: Sequence[Sum], *, inclusive: bool | None) -> Summary:
    """Puts the sums of an invoice into the draft."""
    summary = Summary(inclusive=inclusive)
    _put_taxes(draft, [s for s in sums if s.rate is not None], summary)
    by_field: dict[str, list[Sum]] = {}
    for found in sums:
        meaning = _without_rate(found)
        if meaning in FIELD:
            by_field.setdefault(FIELD[meaning], []).append(found)
    for name, group in by_field.items():
        _put_field(draft, name, group, summary)
    return summary


def _without_rate(found: Sum) -> str | None:
    """The meaning of a sum that is not of one rate; 合計(税抜) is the subtotal."""
    if found.rate is not None:
        return None if found.meaning in ("tax", "taxable", "subtotal", "total") else found.meaning
    if found.meaning == "total" and found.basis == "net":
        return "subtotal"
    if found.meaning == "subtotal" and found.basis == "gross" and "小計" not in found.label:
        return "total"
    return found.meaning


def _put_field(draft: Draft, name: str, group: list[Sum], summary: Summary) -> None:
    """One value for a field: of sub-totals the last, else the first; others are conflicts."""
    chosen = group[-1] if name == "subtotal" else group[0]
    same = [s for s in group if s.value == chosen.value]
    draft.put(f"/{name}", Found(chosen.value, tuple(_place(s) for s in same)))
    if name != "subtotal" and len(same) < len(group):
        summary.conflicts.append((name, tuple(group)))


def _place(found: Sum) -> Evidence:
    return found.piece.evidence(found.start, found.end)


def _put_taxes(draft: Draft, rated: Sequence[Sum], summary: Summary) -> None:
    rates: dict[Decimal, dict[str, list[Sum]]] = {}
    for found in rated:
        assert found.rate is not None
        kind = {"tax": "tax", "taxable": "base", "subtotal": "base", "total": "base"}.get(
            found.meaning
        )
        if kind == "base":
            kind = _base_kind(found, rated, summary.inclusive)
        if kind:
            rates.setdefault(found.rate, {}).setdefault(kind, []).append(found)
    for rate in sorted(rates, reverse=True):
        kinds = rates[rate]
        values = {}
        for kind, group in kinds.items():
            same = [s for s in group if s.value == group[0].value]
            values[kind] = Found(group[0].value, tuple(_place(s) for s in same))
            if len(same) < len(group):
                summary.conflicts.append((f"taxes {plain(rate)}% {kind}", tuple(group)))
        first = next(iter(kinds.values()))[0]
        if first.rate_at:
            piece, read = first.rate_at
            place = piece.evidence(read.start, read.end)
            values["rate"] = Found(plain(rate), (place,))
        draft.append("taxes", TAX, values)


def _base_kind(found: Sum, rated: Sequence[Sum], inclusive: bool | None) -> str:
    """Whether the base of a rate includes its tax: as printed, else by what the tax is of."""
    basis: Basis = found.basis or basis_of(found.piece.key[found.end :])
    if not basis and found.meaning == "total":
        basis = "gross"
    if basis:
        return basis
    tax = next((s.value for s in rated if s.rate == found.rate and s.meaning == "tax"), None)
    if tax is not None and found.rate is not None:
        for kind, has_tax in (("net", False), ("gross", True)):
            if tax in roundings(tax_of(found.value, found.rate, inclusive=has_tax)).values():
                return kind
    return "gross" if inclusive else "net"
