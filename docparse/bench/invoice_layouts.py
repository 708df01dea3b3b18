"""Layouts of synthetic invoices that the rules were written with; each differs in structure."""

from __future__ import annotations

import random
from typing import Any

from docparse.bench.invoice_canvas import Canvas
from docparse.bench.invoice_facts import Facts, make_facts
from docparse.bench.invoice_parts import (
    amount,
    bank_lines,
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
    rate,
    rate_val,
    table,
    tax_rows,
    texts,
    unit,
    val,
)


def _classic_head(rng: random.Random, canvas: Canvas, facts: Facts) -> None:
    """Title, facts, parties and the box with the total."""
    style = pick(rng, "年", "年0", "/", "-", "令和")
    right = canvas.width - 40
    head(canvas, "invoice", None, 60, pick(rng, "請求書", "御請求書", "請　求　書"), size=20)
    labels = (
        pick(rng, "請求書番号", "請求番号", "伝票番号", "No."),
        pick(rng, "発行日", "請求日", "作成日"),
        pick(rng, "支払期限", "お支払期限", "支払期日"),
    )
    values = (
        val("/invoice_number", facts.number),
        date_val("/issue_date", facts.issued, style),
        date_val("/due_date", facts.due, style),
    )
    pairs(canvas, 95, zip(labels, values, strict=True), 380, right, step=14)
    party(
        canvas,
        facts,
        "recipient",
        40,
        100,
        order=("postal", "address", "building", "name"),
        honorific="御中",
    )
    canvas.write(40, 175, ["件名：", val("/subject", facts.subject)], size=10)
    party(
        canvas,
        facts,
        "issuer",
        340,
        165,
        order=("name", "number", "postal", "address", "building", "phone", "person"),
        number=pick(rng, "登録番号　", "登録番号：", ""),
    )
    canvas.seal(500, 150, 40, "印")
    canvas.box(40, 200, 300, 228, fill=True)
    label = pick(rng, "ご請求金額（税込）", "御請求金額", "ご請求額", "請求金額（税込）")
    canvas.write(50, 219, label, size=10)
    canvas.write(
        290,
        219,
        money("/amount_due", facts.total, pick(rng, "¥-", "¥", "円")),
        size=14,
        align="right",
    )


def classic(rng: random.Random, canvas: Canvas) -> Facts:
    """A ruled office form: facts at the top right, a box with the total, sums at the right."""
    facts = make_facts(rng)
    _classic_head(rng, canvas, facts)
    columns = (
        ("取引日", 62, "center", item_day("md")),
        (pick(rng, "品名", "品目", "内容", "摘要"), 90, "left", description("※")),
        ("数量", 345, "right", quantity()),
        ("単位", 370, "center", unit),
        ("単価", 430, "right", price("▲")),
        ("税率", 462, "center", rate(pick(rng, "{}%", "{}％"))),
        (pick(rng, "金額", "金額（税抜）"), 550, "right", amount("▲")),
    )
    y = table(canvas, 270, columns, facts.lines) + 24
    sums = (
        (pick(rng, "小計", "小　計", "小計（税抜）"), money("/subtotal", facts.net, "¥▲")),
        (pick(rng, "消費税", "消費税額", "消費税等"), money("/tax_total", facts.tax, "¥▲")),
        (pick(rng, "合計", "合計（税込）", "合計金額"), money("/total", facts.total, "¥▲")),
    )
    pairs(canvas, y, sums, 390, 550, step=16)

    def write(pointer: str, part: Any) -> None:
        row = y + 16 + 16 * (len(canvas.data["taxes"]) - 1)
        mark = "（軽減税率※）" if part.rate == 8 else ""
        canvas.write(50, row, [rate_val(pointer, part.rate, "{}％"), "対象", mark])
        canvas.write(240, row, money(f"{pointer}/net", part.net, "▲"), align="right")
        canvas.write(310, row, money(f"{pointer}/tax", part.tax, "▲"), align="right")

    heads = ("税率区分", 70, "left"), ("対象金額（税抜）", 240, "right"), ("消費税額", 310, "right")
    texts(canvas, y, heads)
    tax_rows(canvas, facts, write)
    y += 75
    canvas.write(45, y, pick(rng, "お振込先", "振込先", "【お振込先】"))
    pointer = canvas.entry("bank_accounts")
    for i, line in enumerate(bank_lines(facts, pointer)):
        canvas.write(45, y + 14 * (i + 1), line)
    canvas.write(330, y, "備考")
    canvas.write(330, y + 14, val("/note", "※印は軽減税率対象品目です。"))
    canvas.imply("/currency", "JPY", "/amount_due")
    return facts


def _strip_head(rng: random.Random, canvas: Canvas, facts: Facts) -> None:
    """The issuer, the strip of facts, the recipient."""
    style = pick(rng, "年", "/", ".")
    party(
        canvas,
        facts,
        "issuer",
        40,
        50,
        order=("name", "postal", "address", "building", "phone", "number"),
        number="適格請求書発行事業者登録番号 ",
        phone="電話 ",
    )
    head(
        canvas,
        "invoice",
        canvas.width - 40,
        60,
        pick(rng, "ご請求書", "請求書"),
        size=18,
        align="right",
    )
    canvas.box(40, 140, canvas.width - 40, 176)
    cells = (
        ("請求書No.", val("/invoice_number", facts.number)),
        ("請求日", date_val("/issue_date", facts.issued, style)),
        ("お支払期日", date_val("/due_date", facts.due, style)),
        ("合計金額", money("/total", facts.total, "¥")),
    )
    for i, (label, value) in enumerate(cells):
        canvas.write(50 + 130 * i, 152, label, size=7.5)
        canvas.write(50 + 130 * i, 169, value, size=10)
    party(
        canvas,
        facts,
        "recipient",
        40,
        200,
        order=("name",),
        honorific=pick(rng, "御中", "様"),
        name_size=14,
    )
    canvas.write(40, 222, ["件名　", val("/subject", facts.subject)])


def strip(rng: random.Random, canvas: Canvas) -> Facts:
    """Issuer at the left, facts in a strip of labels over values, sums in one line of text."""
    facts = make_facts(rng, lines=(2, 6))
    _strip_head(rng, canvas, facts)
    heads = (
        ("商品名", 45, "left"),
        ("数量", 360, "right"),
        ("単価", 440, "right"),
        ("金額", 550, "right"),
    )
    canvas.rule(40, 255, 555, 255)
    texts(canvas, 250, heads)
    y = 270.0
    for line in facts.lines:
        pointer = canvas.entry("line_items")
        cells = (
            (description("＊")(pointer, line), 45, "left"),
            (quantity("unit")(pointer, line), 360, "right"),
            (price("−")(pointer, line), 440, "right"),
            (amount("")(pointer, line), 550, "right"),
        )
        texts(canvas, y, cells, size=9)
        y += 26
        canvas.rule(40, y - 12, 555, y - 12)
    imply_rates(canvas, facts)
    sums = (("小計", money("/subtotal", facts.net)), ("消費税合計", money("/tax_total", facts.tax)))
    y = pairs(canvas, y + 10, sums, 440, 550, step=16, align="right")

    def write(pointer: str, part: Any) -> None:
        line: Any = [
            rate_val(pointer, part.rate),
            "対象　",
            money(f"{pointer}/net", part.net, "円"),
            "　消費税　",
            money(f"{pointer}/tax", part.tax, "円"),
        ]
        canvas.write(45, y + 14 * len(canvas.data["taxes"]), line)

    tax_rows(canvas, facts, write)
    _strip_foot(canvas, facts, y)
    canvas.imply("/currency", "JPY", "/total")
    return facts


def _strip_foot(canvas: Canvas, facts: Facts, y: float) -> None:
    """The legend of the mark, and the account in one line."""
    canvas.write(45, y + 60, "＊は軽減税率（8%）対象", size=8)
    pointer = canvas.entry("bank_accounts")
    bank, branch, _, kind, account, holder = facts.bank
    canvas.write(
        45,
        y + 85,
        [
            "振込先：",
            val(f"{pointer}/bank", bank),
            " ",
            val(f"{pointer}/branch", branch),
            " ",
            val(f"{pointer}/type", kind),
            " ",
            val(f"{pointer}/number", account),
            " ",
            val(f"{pointer}/holder", holder),
        ],
    )
