"""Checks of an invoice's arithmetic: lines, sums by rate, tax rounded once per rate, totals.

A check that lacks a figure is left out, never passed. Each takes the data of an invoice and gives
Checks whose `figures` are what was compared.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from docparse.extraction.amounts import Sum
from docparse.extraction.items import Item
from docparse.extraction.record import Check
from docparse.schemas.law import roundings, tax_of

Data = dict[str, Any]


def _verdict(
    code: str, good: bool, message: str, figures: dict[str, Any], values: Sequence[str]
) -> Check:
    return Check(code, "pass" if good else "fail", message, figures, tuple(values))


def check_lines(data: Data) -> Iterator[Check]:
    """Quantity times price is the amount, in one of the three roundings."""
    for i, line in enumerate(data["line_items"]):
        amount, quantity, price = line["amount"], line["quantity"], line["unit_price"]
        if None not in (amount, quantity, price):
            exact = Decimal(str(quantity)) * Decimal(str(price))
            yield _verdict(
                "line-amount",
                amount in roundings(exact).values(),
                f"line {i + 1}: quantity times price is the amount",
                {
                    "quantity": quantity,
                    "unit_price": price,
                    "amount": amount,
                    "expected": float(exact),
                },
                [f"/line_items/{i}/{name}" for name in ("quantity", "unit_price", "amount")],
            )
        yield from _line_tax(i, line)


def _line_tax(i: int, line: Data) -> Iterator[Check]:
    """The tax and the amount with tax that some tables print for each line."""
    amount, rate, tax, gross = (
        line[k] for k in ("amount", "tax_rate", "tax_amount", "gross_amount")
    )
    if amount is None:
        return
    if tax is not None and gross is not None:
        good = amount + tax == gross or amount == gross
        figures = {"amount": amount, "tax_amount": tax, "gross_amount": gross}
        pointers = [f"/line_items/{i}/{name}" for name in figures]
        yield _verdict(
            "line-gross", good, f"line {i + 1}: amount and tax are the gross", figures, pointers
        )
    if rate is None:
        return
    percent = Decimal(str(rate))
    for name, value, extra in (("tax_amount", tax, 0), ("gross_amount", gross, amount)):
        if value is None:
            continue
        options = {extra + r for r in roundings(tax_of(amount, percent, inclusive=False)).values()}
        if name == "tax_amount":
            options |= set(roundings(tax_of(amount, percent, inclusive=True)).values())
        figures = {"amount": amount, "tax_rate": rate, name: value}
        pointers = [f"/line_items/{i}/{key}" for key in figures]
        yield _verdict(
            "line-tax", value in options, f"line {i + 1}: tax of the line", figures, pointers
        )


def check_groups(items: Sequence[Item], sums: Sequence[Sum], data: Data) -> Iterator[Check]:
    """Sub-totals between the lines sum up the lines since the last one, or all so far."""
    if not items:
        return
    placed = sorted(
        [((item.page, item.y), i, None) for i, item in enumerate(items)]
        + [((s.piece.page, s.piece.yc), -1, s) for s in sums if s.meaning in ("subtotal", "total")],
        key=lambda entry: entry[0],
    )
    last = max((item.page, item.y) for item in items)
    part = whole = 0
    since: list[int] = []
    for place, index, found in placed:
        if found is None:
            amount = data["line_items"][index]["amount"] or 0
            part, whole = part + amount, whole + amount
            since.append(index)
        elif place < last and since and found.piece.x0 > 0:
            yield _verdict(
                "group-sum",
                found.value in (part, whole),
                f"a sub-total on page {place[0]} is the sum of its lines",
                {"printed": found.value, "sum": part, "sum_so_far": whole},
                [f"/line_items/{i}/amount" for i in since],
            )
            part, since = 0, []


def check_line_sum(data: Data, inclusive: bool | None) -> Iterator[Check]:
    """The lines come to the sub-total, or to the total where they include the tax."""
    amounts = [line["amount"] for line in data["line_items"]]
    if not amounts or None in amounts:
        return
    lines, shift = sum(amounts), _shift(data)
    targets = [name for name in ("subtotal",) if data[name] is not None]
    if inclusive is not False or not targets:
        targets += [name for name in ("total", "amount_due") if data[name] is not None][:1]
    bases = _bases(data)
    if not targets and not bases:
        return
    options = {name: data[name] for name in targets}
    if not targets or "subtotal" not in targets:
        options |= bases
    good = any(lines in (value, value - shift) for value in options.values())
    yield _verdict(
        "line-sum",
        good,
        "the lines come to the sub-total",
        {"lines": lines, "discount_and_shipping": shift, **options},
        [f"/line_items/{i}/amount" for i in range(len(amounts))] + [f"/{name}" for name in targets],
    )


def _shift(data: Data) -> int:
    """What a discount and shipping among the sums add to the lines."""
    return int(data["shipping"] or 0) - abs(int(data["discount"] or 0))


def _bases(data: Data) -> dict[str, int]:
    """The sums of the bases of all rates, where every rate has one."""
    out = {}
    for kind in ("net", "gross"):
        values = [tax[kind] for tax in data["taxes"]]
        if values and None not in values:
            out[f"sum_of_{kind}"] = sum(values)
    return out


def check_rate_sums(data: Data) -> Iterator[Check]:
    """The lines of each rate come to the base of that rate."""
    lines = data["line_items"]
    if (
        not lines
        or _shift(data)
        or any(line["tax_rate"] is None or line["amount"] is None for line in lines)
    ):
        return
    for i, tax in enumerate(data["taxes"]):
        base = {k: tax[k] for k in ("net", "gross") if tax[k] is not None}
        own = [n for n, line in enumerate(lines) if line["tax_rate"] == tax["rate"]]
        if not base:
            continue
        total = sum(lines[n]["amount"] for n in own)
        yield _verdict(
            "rate-sum",
            total in base.values(),
            f"the lines at {tax['rate']} % come to the base of that rate",
            {"rate": tax["rate"], "lines": total, **base},
            [f"/line_items/{n}/amount" for n in own] + [f"/taxes/{i}/{k}" for k in base],
        )


def check_taxes(data: Data) -> Iterator[Check]:
    """The tax of each rate is the rounded share of its base, rounded once for the whole invoice."""
    for i, tax in enumerate(data["taxes"]):
        rate, net, gross, amount = (tax[k] for k in ("rate", "net", "gross", "tax"))
        if rate is None:
            continue
        percent = Decimal(str(rate))
        if None not in (net, gross, amount):
            figures = {"net": net, "tax": amount, "gross": gross}
            pointers = [f"/taxes/{i}/{k}" for k in figures]
            message = f"base and tax at {rate} % are the sum with tax"
            yield _verdict("rate-gross", net + amount == gross, message, figures, pointers)
        base, inclusive = (gross, True) if net is None else (net, False)
        if base is None or amount is None:
            continue
        modes = roundings(tax_of(base, percent, inclusive=inclusive))
        fitting = [mode for mode, value in modes.items() if value == amount]
        # with both sums printed the tax may have been taken from either
        if gross is not None and not fitting:
            modes = roundings(tax_of(gross, percent, inclusive=True))
            fitting = [mode for mode, value in modes.items() if value == amount]
        per_line = None if fitting else _per_line(data, percent, amount)
        message = per_line or f"tax at {rate} % is rounded once"
        figures = {"rate": rate, "base": base, "tax": amount, **modes, "modes": fitting}
        kind = "gross" if inclusive else "net"
        yield _verdict(
            "tax", bool(fitting), message, figures, [f"/taxes/{i}/{kind}", f"/taxes/{i}/tax"]
        )


def check_rounding(data: Data) -> Iterator[Check]:
    """One way of rounding fits the taxes of all rates, as software keeps to one."""
    ways: list[set[str]] = []
    pointers: list[str] = []
    for i, tax in enumerate(data["taxes"]):
        base, inclusive = (tax["gross"], True) if tax["net"] is None else (tax["net"], False)
        if base is None or tax["tax"] is None or tax["rate"] is None:
            continue
        modes = roundings(tax_of(base, Decimal(str(tax["rate"])), inclusive=inclusive))
        ways.append({mode for mode, value in modes.items() if value == tax["tax"]})
        pointers.append(f"/taxes/{i}/tax")
    if len(ways) < 2 or not all(ways):
        return
    common = set.intersection(*ways)
    verdict = "pass" if common else "warning"
    message = "the taxes of all rates are rounded in one way"
    figures = {"modes": [sorted(way) for way in ways]}
    yield Check("rounding", verdict, message, figures, tuple(pointers))  # type: ignore[arg-type]


def _per_line(data: Data, percent: Decimal, amount: int) -> str | None:
    """What to say where a tax is the sum of taxes rounded on each line, which is not allowed."""
    lines = [
        line["amount"]
        for line in data["line_items"]
        if line["tax_rate"] == float(percent) and line["amount"] is not None
    ]
    for inclusive in (False, True):
        parts = [roundings(tax_of(value, percent, inclusive=inclusive)) for value in lines]
        for mode in ("floor", "half-up", "ceil"):
            if len(lines) > 1 and sum(part[mode] for part in parts) == amount:
                return f"tax at {percent} % is rounded on each line ({mode}), not once per rate"
    return None


def check_totals(data: Data) -> Iterator[Check]:
    """Taxes, bases and totals add up."""
    taxes = data["taxes"]
    per_rate = [tax["tax"] for tax in taxes]
    known = sum(per_rate) if taxes and None not in per_rate else None
    if known is not None and data["tax_total"] is not None:
        figures = {"sum_of_taxes": known, "tax_total": data["tax_total"]}
        pointers = [f"/taxes/{i}/tax" for i in range(len(taxes))] + ["/tax_total"]
        good = known == data["tax_total"]
        yield _verdict(
            "tax-sum", good, "the taxes of all rates are the whole tax", figures, pointers
        )
    tax = data["tax_total"] if data["tax_total"] is not None else known
    yield from _check_bases(data)
    yield from _check_total(data, tax)
    yield from _check_single_tax(data)


def _check_bases(data: Data) -> Iterator[Check]:
    subtotal, total, shift = data["subtotal"], data["total"], _shift(data)
    untaxed = sum(
        line["amount"] or 0 for line in data["line_items"] if line["tax_rate"] in (None, 0)
    )
    for name, value in _bases(data).items():
        kind = name.removeprefix("sum_of_")
        targets = {k: v for k, v in (("subtotal", subtotal), ("total", total)) if v is not None}
        if kind == "net":
            targets.pop("total", None)
        elif data["tax_mode"] != "inclusive":
            targets.pop("subtotal", None)
        if not targets:
            continue
        options = {value, value + untaxed, value - shift, value + shift}
        good = bool(options & set(targets.values()))
        pointers = [f"/taxes/{i}/{kind}" for i in range(len(data["taxes"]))]
        message = f"the {kind} bases of all rates are the {' or '.join(targets)}"
        figures = {name: value, "untaxed_lines": untaxed, **targets}
        yield _verdict("base-sum", good, message, figures, pointers + [f"/{k}" for k in targets])


def _check_total(data: Data, tax: int | None) -> Iterator[Check]:
    """Sub-total and tax are the total; where the sub-total includes the tax, it is the total."""
    subtotal, shift = data["subtotal"], _shift(data)
    if subtotal is None:
        bases = _bases(data)
        if "sum_of_net" in bases and tax is not None:
            subtotal = bases["sum_of_net"]
    name = "total" if data["total"] is not None else "amount_due"
    total = data[name]
    if subtotal is None or total is None:
        return
    options = (
        {subtotal, subtotal + shift} if data["tax_mode"] == "inclusive" or tax is None else set()
    )
    if tax is not None:
        options |= {subtotal + tax, subtotal + tax + shift}
    extra = _carried(data) if name == "amount_due" else {0}
    good = any(option + other == total for option in options for other in extra)
    figures = {"subtotal": subtotal, "tax": tax, "discount_and_shipping": shift, name: total}
    pointers = ["/subtotal", "/tax_total", f"/{name}"]
    yield _verdict("total", good, "sub-total and tax are the total", figures, pointers)


def _check_single_tax(data: Data) -> Iterator[Check]:
    """A tax without rates is that of the sub-total at one rate, or of the lines by their rates."""
    tax, subtotal = data["tax_total"], data["subtotal"]
    rates = {line["tax_rate"] for line in data["line_items"]}
    if data["taxes"] or tax is None or subtotal is None or len(rates) != 1 or None in rates:
        return
    percent = Decimal(str(rates.pop()))
    modes = roundings(tax_of(subtotal, percent, inclusive=False))
    modes_in = roundings(tax_of(subtotal, percent, inclusive=True))
    good = tax in modes.values() or tax in modes_in.values()
    figures = {"subtotal": subtotal, "rate": float(percent), "tax": tax, **modes}
    yield _verdict(
        "tax", good, "the tax is that of the sub-total", figures, ["/subtotal", "/tax_total"]
    )


def _carried(data: Data) -> set[int]:
    """What may lie between the total of this invoice and what is to be paid."""
    held = -abs(data["withholding_tax"] or 0)
    carried = {0}
    if data["previous_amount"] is not None:
        carried = {data["previous_amount"] - abs(data["payment_received"] or 0)}
    if data["carry_over"] is not None:
        carried |= {data["carry_over"]}
    elif data["previous_amount"] is None and data["payment_received"] is not None:
        carried |= {-abs(data["payment_received"])}
    return {held + value for value in carried}


def check_due(data: Data) -> Iterator[Check]:
    """What is to be paid is the total, less withheld tax, with what was carried over."""
    due, total = data["amount_due"], data["total"]
    previous, paid, carried = (
        data[k] for k in ("previous_amount", "payment_received", "carry_over")
    )
    names = ("previous_amount", "payment_received", "carry_over", "withholding_tax")
    extra = {name: data[name] for name in names if data[name] is not None}
    if None not in (previous, paid, carried):
        figures = {"previous_amount": previous, "payment_received": paid, "carry_over": carried}
        good = previous - abs(paid) == carried
        pointers = [f"/{name}" for name in figures]
        yield _verdict("carry-over", good, "what was not paid is carried over", figures, pointers)
    if due is None or total is None:
        return
    # a total may be printed before or after what is carried over and withheld
    good = due in {total + value for value in _carried(data)} | ({total} if not extra else set())
    if not good and extra and due == total:
        good = _total_includes(data)
    yield _verdict(
        "amount-due",
        good,
        "what is to be paid follows from the total",
        {"total": total, **extra, "amount_due": due},
        ["/total", *(f"/{name}" for name in extra), "/amount_due"],
    )


def _total_includes(data: Data) -> bool:
    """Whether the total already has in it what was withheld or carried over."""
    tax = data["tax_total"]
    if tax is None:
        parts = [t["tax"] for t in data["taxes"]]
        tax = sum(parts) if parts and None not in parts else None
    if data["subtotal"] is None or tax is None:
        return False
    return data["total"] in {data["subtotal"] + tax + value for value in _carried(data)}
