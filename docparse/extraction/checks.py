"""The rules that an invoice must keep: law, dates, numbers and arithmetic, each with a verdict."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from docparse.extraction import arithmetic
from docparse.extraction.amounts import Sum
from docparse.extraction.draft import Draft
from docparse.extraction.items import Item
from docparse.extraction.record import Check
from docparse.extraction.summary import Summary
from docparse.schemas.law import (
    QUALIFIED_SINCE,
    REGISTRATION_NUMBER,
    WITHHOLDING_STEP,
    has_check_digit,
    part_credit,
    rates_on,
    was_ever,
    withholding_of,
)

Data = dict[str, Any]


def run_checks(
    draft: Draft, summary: Summary, items: Sequence[Item], sums: Sequence[Sum]
) -> tuple[Check, ...]:
    """Every check that the values at hand allow."""
    data = draft.data
    return (
        *_check_number(data),
        *_check_required(data),
        *arithmetic.check_lines(data),
        *arithmetic.check_groups(items, sums, data),
        *arithmetic.check_line_sum(data, summary.inclusive),
        *arithmetic.check_rate_sums(data),
        *arithmetic.check_taxes(data),
        *arithmetic.check_rounding(data),
        *arithmetic.check_totals(data),
        *arithmetic.check_due(data),
        *_check_repeated(summary),
        *_check_dates(data),
        *_check_rates(data),
        *_check_credit(data),
        *_check_withholding(data),
    )


def _check_number(data: Data) -> Iterator[Check]:
    """Form and check digit; a wrong digit is a warning, since sole traders' numbers have none."""
    number = data["issuer"]["registration_number"]
    if number is None:
        return
    at = ("/issuer/registration_number",)
    figures = {"number": number}
    good = bool(REGISTRATION_NUMBER.fullmatch(number))
    message = "a registration number is T and 13 digits"
    yield Check("registration-number", "pass" if good else "fail", message, figures, at)
    if good:
        digit = has_check_digit(number)
        message = (
            "the check digit is that of a corporate number"
            if digit
            else "not a corporate number: a sole trader's, or misread or wrong; ask the registry"
        )
        yield Check("check-digit", "pass" if digit else "warning", message, figures, at)


def _check_required(data: Data) -> Iterator[Check]:
    """What the law asks of a qualified invoice, or of a simplified one (receipts)."""
    simplified = data["document_type"] == "receipt"
    taxes, lines = data["taxes"], data["line_items"]
    rated = bool(taxes) or any(line["tax_rate"] is not None for line in lines)
    has_tax = any(t["tax"] is not None for t in taxes) or data["tax_total"] is not None
    has_base = any(t["net"] is not None or t["gross"] is not None for t in taxes) or (
        len({line["tax_rate"] for line in lines}) == 1 and data["subtotal"] is not None
    )
    held = {
        "issuer": data["issuer"]["name"],
        "registration number": data["issuer"]["registration_number"],
        "date": data["transaction_date"] or data["issue_date"] or data["period"]["start"],
        "description": any(line["description"] for line in lines) or data["subject"],
        "amount by rate": has_base or (simplified and (data["total"] or data["amount_due"])),
        "rate or tax" if simplified else "rate": rated or (simplified and has_tax),
    }
    if not simplified:
        held |= {"tax by rate": has_tax, "recipient": data["recipient"]["name"]}
    missing = [name for name, value in held.items() if not value]
    kind = "simplified qualified invoice" if simplified else "qualified invoice"
    if not missing:
        message, verdict = f"all that a {kind} needs is there", "pass"
    else:
        message, verdict = f"a {kind} also needs: {', '.join(missing)}", "warning"
    yield Check("required-fields", verdict, message, {"missing": missing})  # type: ignore[arg-type]


def _check_repeated(summary: Summary) -> Iterator[Check]:
    for name, group in summary.conflicts:
        values = [found.value for found in group]
        message = f"{name} is printed more than once, with different values"
        yield Check("repeated-value", "fail", message, {"values": values}, (f"/{name}",))


def _day(data: Data) -> date | None:
    text = data["transaction_date"] or data["period"]["end"] or data["issue_date"]
    return date.fromisoformat(text) if text else None


def _check_dates(data: Data) -> Iterator[Check]:
    if data["issue_date"] and data["due_date"]:
        good = data["due_date"] >= data["issue_date"]
        figures = {"issue_date": data["issue_date"], "due_date": data["due_date"]}
        message = "payment is due on or after the day of issue"
        at = ("/issue_date", "/due_date")
        yield Check("due-date", "pass" if good else "fail", message, figures, at)


def _check_rates(data: Data) -> Iterator[Check]:
    """Every rate must hold on the day of the transaction; an older one may be transitional."""
    day = _day(data)
    if day is None:
        return
    places = [(f"/taxes/{i}/rate", t["rate"]) for i, t in enumerate(data["taxes"])]
    places += [
        (f"/line_items/{i}/tax_rate", line["tax_rate"]) for i, line in enumerate(data["line_items"])
    ]
    known = {float(rate.percent) for rate in rates_on(day)} | {0.0}
    for percent in sorted({value for _, value in places if value is not None}):
        at = tuple(pointer for pointer, value in places if value == percent)
        figures = {"rate": percent, "date": day.isoformat(), "valid": sorted(known)}
        if float(percent) in known:
            yield Check("rate", "pass", f"{percent} % holds on {day}", figures, at)
        elif was_ever(Decimal(str(percent)), day):
            message = f"{percent} % no longer holds on {day}; it may be transitional"
            yield Check("rate", "warning", message, figures, at)
        else:
            yield Check("rate", "fail", f"no rate of {percent} % holds on {day}", figures, at)


def _check_credit(data: Data) -> Iterator[Check]:
    """Without a number the buyer may deduct a part of the tax, by date."""
    day = _day(data)
    if data["issuer"]["registration_number"] or day is None or day < QUALIFIED_SINCE:
        return
    tax = data["tax_total"]
    share = part_credit(day)
    figures: dict[str, Any] = {"date": day.isoformat(), "percent": share}
    if tax is not None:
        figures |= {"tax": tax, "deductible": tax * share // 100}
    message = f"no registration number: {share} % of the tax may be deducted"
    yield Check("part-credit", "warning", message, figures)


def _check_withholding(data: Data) -> Iterator[Check]:
    """Withheld tax is 10.21 % of the fee, 20.42 % above a million."""
    held = data["withholding_tax"]
    if held is None:
        return
    lines = [line["amount"] for line in data["line_items"] if line["amount"]]
    bases = {data["subtotal"], data["total"], sum(lines), *lines} - {None, 0}
    if not bases:
        return
    fitting = [base for base in bases if abs(withholding_of(base) - abs(held)) <= 1]
    figures = {"withheld": abs(held), "step": WITHHOLDING_STEP, "bases": sorted(bases)}
    verdict = "pass" if fitting else "fail"
    message = "withheld tax is the legal share of the fee"
    yield Check("withholding", verdict, message, figures, ("/withholding_tax",))  # type: ignore[arg-type]
