"""Long and narrow layouts of synthetic invoices that the rules were written with."""

from __future__ import annotations

import random
from typing import Any

from docparse.bench.invoice_canvas import Canvas, day
from docparse.bench.invoice_facts import Facts, make_facts
from docparse.bench.invoice_parts import (
    Text,
    amount,
    code,
    date_val,
    description,
    head,
    imply_rates,
    item_day,
    money,
    pairs,
    party,
    pick,
    price,
    quantity,
    rate_val,
    table,
    tax_rows,
    texts,
    unit,
    val,
)


def _monthly_head(rng: random.Random, canvas: Canvas, facts: Facts) -> None:
    """Title, parties and the strip of what was carried over."""
    received = facts.previous if rng.random() < 0.5 else facts.previous // 2
    head(canvas, "invoice", None, 50, pick(rng, "合計請求書", "請求明細書", "御請求書"), size=18)
    party(
        canvas,
        facts,
        "recipient",
        40,
        80,
        order=("postal", "address", "building", "name"),
        honorific="御中",
    )
    party(
        canvas,
        facts,
        "issuer",
        350,
        90,
        order=("name", "number", "postal", "address", "phone"),
        number="登録番号:",
        step=12,
    )
    canvas.write(
        40,
        158,
        [
            "得意先コード ",
            val("/customer_number", f"{rng.randrange(1000, 9999)}"),
            "　締日 ",
            day(facts.issued, "令和"),
        ],
        size=8.5,
    )
    canvas.write(
        40,
        172,
        [
            "請求番号 ",
            val("/invoice_number", facts.number),
            "　請求日 ",
            date_val("/issue_date", facts.issued, "令和"),
        ],
        size=8.5,
    )
    _carried(canvas, facts, received)


def _carried(canvas: Canvas, facts: Facts, received: int) -> None:
    """What was carried over and what is to be paid, in a strip of labels over values."""
    cells = (
        ("前回御請求額", money("/previous_amount", facts.previous)),
        ("御入金額", money("/payment_received", received)),
        ("繰越金額", money("/carry_over", facts.previous - received)),
        ("今回御買上額", money("/subtotal", facts.net)),
        ("消費税額等", money("/tax_total", facts.tax)),
        ("今回御請求額", money("/amount_due", facts.previous - received + facts.total)),
    )
    for i, (label, value) in enumerate(cells):
        x0 = 40 + 86 * i
        canvas.box(x0, 185, x0 + 86, 221)
        canvas.write(x0 + 43, 197, label, size=8, align="center")
        canvas.write(x0 + 80, 214, value, size=9.5, align="right")


def monthly(rng: random.Random, canvas: Canvas) -> Facts:
    """A collective invoice (合計請求書): what was carried over in a strip, pages of dated lines."""
    facts = make_facts(rng, lines=(24, 60), discount=False)
    _monthly_head(rng, canvas, facts)
    columns = (
        ("日付", 60, "center", item_day("md")),
        ("品番", 85, "left", code),
        ("品名", 130, "left", description("※", before=True)),
        ("数量", 360, "right", quantity()),
        ("単位", 385, "center", unit),
        ("単価", 450, "right", price()),
        ("金額", 550, "right", amount()),
    )
    y = table(canvas, 235, columns, facts.lines[:24], height=16, rules="across")
    rest = facts.lines[24:]
    while rest:
        canvas.next_page()
        canvas.write(40, 40, f"{facts.recipient.name}　御中", size=8)
        y = table(canvas, 60, columns, rest[:40], height=16, rules="across")
        rest = rest[40:]
    if y > 700:
        canvas.next_page()
        y = 60.0
    imply_rates(canvas, facts)
    heads = (
        ("税率", 130, "left"),
        ("税抜金額", 260, "right"),
        ("消費税額", 340, "right"),
        ("税込金額", 430, "right"),
    )
    texts(canvas, y + 22, heads)

    def write(pointer: str, part: Any) -> None:
        cells: tuple[Text, ...] = (
            ([rate_val(pointer, part.rate), "対象"], 130, "left"),
            (money(f"{pointer}/net", part.net), 260, "right"),
            (money(f"{pointer}/tax", part.tax), 340, "right"),
            (money(f"{pointer}/gross", part.gross), 430, "right"),
        )
        texts(canvas, y + 22 + 15 * len(canvas.data["taxes"]), cells)

    tax_rows(canvas, facts, write)
    canvas.write(130, y + 75, "※印は軽減税率（8%）対象商品　　単位：円", size=8)
    return facts


def _till_head(rng: random.Random, canvas: Canvas, facts: Facts) -> None:
    """The shop, the title, when and which."""
    middle = canvas.width / 2
    canvas.write(middle, 30, val("/issuer/name", facts.issuer.name), size=12, align="center")
    canvas.write(
        middle, 46, ["TEL ", val("/issuer/phone", facts.issuer.phone)], size=8, align="center"
    )
    canvas.write(
        middle,
        60,
        ["登録番号 ", val("/issuer/registration_number", facts.issuer.number)],
        size=8,
        align="center",
    )
    head(
        canvas,
        "receipt",
        middle,
        82,
        pick(rng, "領収書", "領収証", "レシート"),
        size=11,
        align="center",
    )
    canvas.write(
        14,
        98,
        [date_val("/issue_date", facts.issued, pick(rng, "年", "/")), "　12:34　レジ01"],
        size=8,
    )
    canvas.write(14, 112, ["伝票番号:", val("/invoice_number", facts.number)], size=8)


def till(rng: random.Random, canvas: Canvas) -> Facts:
    """A till receipt: a narrow roll without a table, simplified invoice, tax included."""
    facts = make_facts(rng, lines=(2, 7), inclusive=True, discount=False)
    _till_head(rng, canvas, facts)
    right = canvas.width - 14
    y = 130.0
    for line in facts.lines:
        pointer = canvas.entry("line_items")
        if line.quantity == 1:
            canvas.write(14, y, description("軽")(pointer, line), size=8)
        else:
            canvas.write(14, y, description("軽")(pointer, line), size=8)
            y += 11
            parts = ["@", price()(pointer, line), " × ", *quantity("unit")(pointer, line)]
            canvas.write(24, y, parts, size=8)
        canvas.write(right, y, amount("¥")(pointer, line), size=8, align="right")
        y += 13
    imply_rates(canvas, facts)
    canvas.write(14, y + 6, "合計", size=12)
    canvas.write(right, y + 6, money("/total", facts.total, "¥"), size=12, align="right")
    y += 20

    def write(pointer: str, part: Any) -> None:
        row = y + 24 * (len(canvas.data["taxes"]) - 1)
        canvas.write(20, row, ["(", rate_val(pointer, part.rate), "対象"], size=8)
        canvas.write(
            right, row, [money(f"{pointer}/gross", part.gross, "¥"), ")"], size=8, align="right"
        )
        canvas.write(20, row + 11, "(内消費税等", size=8)
        canvas.write(
            right, row + 11, [money(f"{pointer}/tax", part.tax, "¥"), ")"], size=8, align="right"
        )

    tax_rows(canvas, facts, write)
    canvas.imply("/tax_mode", "inclusive", "/taxes/0/tax")
    y += 24 * len(facts.sums) + 4
    tendered = (facts.total // 1000 + 1) * 1000
    paid = ("お預り", f"¥{tendered:,}"), ("お釣り", f"¥{tendered - facts.total:,}")
    y = pairs(canvas, y, paid, 14, right, step=12, size=8)
    canvas.write(14, y + 4, "軽印は軽減税率(8%)対象商品です", size=7.5)
    canvas.imply("/currency", "JPY", "/total")
    return facts


def formal_receipt(rng: random.Random, canvas: Canvas) -> Facts:
    """A receipt as written by hand: one large amount, what it is for, the rates in a corner."""
    facts = make_facts(rng, lines=(1, 3), discount=False)
    head(canvas, "receipt", None, 50, pick(rng, "領収書", "領　収　書", "領収証"), size=20)
    canvas.write(
        canvas.width - 30, 40, ["No. ", val("/invoice_number", facts.number)], size=9, align="right"
    )
    canvas.write(
        canvas.width - 30,
        54,
        date_val("/issue_date", facts.issued, pick(rng, "年", "令和")),
        size=9,
        align="right",
    )
    end = canvas.write(40, 90, val("/recipient/name", facts.recipient.name), size=13)
    canvas.write(end + 12, 90, pick(rng, "様", "御中"), size=12)
    canvas.box(120, 110, canvas.width - 120, 140, fill=True)
    canvas.write(130, 130, pick(rng, "領収金額", "金額"), size=10)
    canvas.write(
        canvas.width - 130,
        131,
        money("/amount_due", facts.total, pick(rng, "¥-", "¥")),
        size=16,
        align="right",
    )
    canvas.write(120, 160, ["但し　", val("/subject", facts.subject)], size=10)
    canvas.write(120, 176, "上記正に領収いたしました。", size=9)

    def write(pointer: str, part: Any) -> None:
        y = 215 + 30 * (len(canvas.data["taxes"]) - 1)
        canvas.write(50, y, ["税抜金額（", rate_val(pointer, part.rate), "）"], size=8)
        canvas.write(190, y, money(f"{pointer}/net", part.net), size=8, align="right")
        canvas.write(50, y + 13, f"消費税額等（{part.rate}%）", size=8)
        canvas.write(190, y + 13, money(f"{pointer}/tax", part.tax), size=8, align="right")

    canvas.write(50, 200, "内訳", size=8)
    tax_rows(canvas, facts, write)
    party(
        canvas,
        facts,
        "issuer",
        300,
        205,
        order=("name", "address", "building", "phone", "number"),
        step=12,
        size=8.5,
    )
    canvas.seal(500, 200, 36, "印")
    canvas.imply("/currency", "JPY", "/amount_due")
    return facts
