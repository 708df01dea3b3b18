"""Parts that several layouts of synthetic invoices share: parties, tables, bank accounts."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal

from docparse.bench.invoice_canvas import Canvas, Part, Val, day, yen
from docparse.bench.invoice_facts import Facts, Line

Parts = Part | Sequence[Part]
Text = tuple[Parts, float, str]  # what, x, align
Column = tuple[str, float, str, Callable[[str, Line], Parts]]  # head, right or left x, align, cell


def val(pointer: str, text: str, value: Any = None) -> Val:
    return Val(pointer, text, text if value is None else value)


def date_val(pointer: str, value: Any, style: str) -> Val:
    return Val(pointer, day(value, style), value.isoformat())


def money(pointer: str, value: int, style: str = "") -> Val:
    return Val(pointer, yen(value, style), value)


def head(canvas: Canvas, kind: str, x: float | None, y: float, title: str, **how: Any) -> None:
    """The title, in the middle where there is no `x`, and the kind of document that it names."""
    if x is None:
        x, how["align"] = canvas.width / 2, "center"
    canvas.write(x, y, val("/title", title), **how)
    canvas.imply("/document_type", kind, "/title")


def party(
    canvas: Canvas,
    facts: Facts,
    role: Literal["issuer", "recipient"],
    x: float,
    y: float,
    *,
    order: Sequence[str] = ("name", "postal", "address", "building", "phone"),
    step: float = 13.0,
    size: float = 9.0,
    name_size: float = 12.0,
    honorific: str = "",
    number: str = "登録番号 ",
    phone: str = "TEL ",
) -> float:
    """The lines of a party below each other; the y after the last."""
    who = facts.issuer if role == "issuer" else facts.recipient
    address = f"{who.address} {who.building if 'building' in order else ''}".strip()
    lines: dict[str, list[Part]] = {
        "postal": ["〒", val(f"/{role}/postal_code", who.postal)],
        "address": [Val(f"/{role}/address", who.address, address)],
        "building": [Val(f"/{role}/address", who.building, address)],
        "phone": [phone, val(f"/{role}/phone", who.phone)],
        "number": [number, val(f"/{role}/registration_number", who.number)],
        "person": ["担当：", val(f"/{role}/contact", who.person)],
    }
    for line in order:
        if line == "name":
            end = canvas.write(x, y, val(f"/{role}/name", who.name), size=name_size)
            if honorific:
                canvas.write(end + 8, y, honorific, size=name_size)
        elif line == "building" and not who.building:
            continue
        else:
            canvas.write(x, y, lines[line], size=size)
        y += step
    return y


def pairs(
    canvas: Canvas,
    y: float,
    rows: Iterable[tuple[Parts, Parts]],
    label_x: float,
    value_x: float,
    *,
    step: float,
    size: float = 9.0,
    align: str = "left",
    value_align: str = "right",
) -> float:
    """Labels with their values, below each other; the y after the last."""
    for label, value in rows:
        canvas.write(label_x, y, label, size=size, align=align)
        canvas.write(value_x, y, value, size=size, align=value_align)
        y += step
    return y


def texts(canvas: Canvas, y: float, cells: Iterable[Text], size: float = 8.5) -> None:
    """Texts on one line: what, where, and whether that is its left, its middle or its right."""
    for text, x, align in cells:
        canvas.write(x, y, text, size=size, align=align)


def table(
    canvas: Canvas,
    top: float,
    columns: Sequence[Column],
    lines: Sequence[Line],
    *,
    height: float = 18.0,
    size: float = 8.5,
    rules: str = "both",
    first: int = 0,
    head_size: float | None = None,
) -> float:
    """A table of line items with a head; its lower edge. `rules`: both, across or none."""
    left, right = 40.0, canvas.width - 40.0
    if rules != "none":
        canvas.box(left, top, right, top + height, fill=True)
    for text, x, align, _ in columns:
        if text:
            canvas.write(x, top + height * 0.65, text, size=head_size or size, align=align)
    y = top + height
    for line in lines:
        y = row(canvas, y, columns, line, height=height, size=size, rules=rules)
    return y


def row(
    canvas: Canvas,
    y: float,
    columns: Sequence[Column],
    line: Line,
    *,
    height: float = 18.0,
    size: float = 8.5,
    rules: str = "both",
) -> float:
    """One line item; its lower edge."""
    pointer = canvas.entry("line_items")
    for _, x, align, cell in columns:
        canvas.write(x, y + height * 0.65, cell(pointer, line), size=size, align=align)
    if rules != "none":
        canvas.rule(40, y + height, canvas.width - 40, y + height)
    return y + height


def description(mark: str = "", *, before: bool = False) -> Callable[[str, Line], list[Part]]:
    """The name of a line, with a mark if it is at the reduced rate."""

    def cell(pointer: str, line: Line) -> list[Part]:
        name = val(f"{pointer}/description", line.name)
        if not mark or line.rate != 8:
            return [name]
        sign = Val(f"{pointer}/reduced", mark, True)
        return [sign, " ", name] if before else [name, " ", sign]

    return cell


def quantity(style: str = "") -> Callable[[str, Line], list[Part]]:
    """The quantity, with its unit if `style` says so."""

    def cell(pointer: str, line: Line) -> list[Part]:
        sign = "△" if "△" in style else "▲" if "▲" in style else "-"
        text = f"{sign if line.quantity < 0 else ''}{abs(line.quantity):,}"
        parts: list[Part] = [Val(f"{pointer}/quantity", text, line.quantity)]
        if "unit" in style:
            parts.append(val(f"{pointer}/unit", line.unit))
        return parts

    return cell


def unit(pointer: str, line: Line) -> Part:
    return val(f"{pointer}/unit", line.unit)


def price(style: str = "") -> Callable[[str, Line], Part]:
    return lambda pointer, line: Val(f"{pointer}/unit_price", yen(line.price, style), line.price)


def amount(style: str = "") -> Callable[[str, Line], Part]:
    return lambda pointer, line: money(f"{pointer}/amount", line.amount, style)


def rate(style: str = "{}%") -> Callable[[str, Line], Part]:
    return lambda pointer, line: Val(f"{pointer}/tax_rate", style.format(line.rate), line.rate)


def item_day(style: str) -> Callable[[str, Line], Part]:
    return lambda pointer, line: date_val(f"{pointer}/date", line.day, style)


def code(pointer: str, line: Line) -> Part:
    return val(f"{pointer}/code", line.code)


def imply_one_rate(canvas: Canvas, facts: Facts) -> None:
    """The only rate, noted where the names of the lines are."""
    for i in range(len(facts.lines)):
        canvas.imply(f"/line_items/{i}/tax_rate", 10, f"/line_items/{i}/description")


def imply_rates(canvas: Canvas, facts: Facts) -> None:
    """The rates that marks and their legend mean, noted where the marks (or names) are."""
    for i, line in enumerate(facts.lines):
        of = f"/line_items/{i}/reduced" if line.rate == 8 else f"/line_items/{i}/description"
        canvas.imply(f"/line_items/{i}/tax_rate", line.rate, of)


def tax_rows(canvas: Canvas, facts: Facts, write: Callable[[str, Any], None]) -> None:
    """Calls `write(pointer, sums)` for a new entry of taxes for each rate."""
    for part in facts.sums:
        write(canvas.entry("taxes"), part)


def rate_val(pointer: str, percent: int, text: str = "{}%") -> Val:
    return Val(f"{pointer}/rate", text.format(percent), percent)


def bank_lines(facts: Facts, pointer: str) -> list[list[Part]]:
    """The account in three lines of free text."""
    bank, branch, number, kind, account, holder = facts.bank
    return [
        [
            val(f"{pointer}/bank", bank),
            "　",
            val(f"{pointer}/branch", branch),
            "（店番号 ",
            val(f"{pointer}/branch_number", number),
            "）",
        ],
        [val(f"{pointer}/type", kind), "預金　", val(f"{pointer}/number", account)],
        ["口座名義　", val(f"{pointer}/holder", holder)],
    ]


def pick(rng: random.Random, *options: str) -> str:
    return rng.choice(options)
