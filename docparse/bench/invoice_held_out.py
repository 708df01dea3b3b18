"""Layouts of synthetic invoices that were drawn after the rules were frozen, for the figures."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import Any

from docparse.bench.invoice_canvas import Canvas, Part, Val
from docparse.bench.invoice_facts import Facts, Line, make_facts
from docparse.bench.invoice_parts import (
    amount,
    bank_lines,
    date_val,
    description,
    head,
    imply_one_rate,
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
from docparse.schemas.law import roundings, tax_of


def _works_head(rng: random.Random, canvas: Canvas, facts: Facts) -> None:
    """Title, facts, parties, and what the works are."""
    head(canvas, "invoice", 60, 60, pick(rng, "請求書", "工事請求書"), size=24)
    canvas.write(420, 50, ["請求年月日　", date_val("/issue_date", facts.issued, "令和")])
    canvas.write(420, 64, ["伝票No.", val("/invoice_number", facts.number)])
    party(
        canvas,
        facts,
        "issuer",
        320,
        90,
        order=("postal", "address", "building", "name", "phone", "number"),
        number="登録番号 ",
        phone="電話番号 ",
    )
    canvas.seal(510, 110, 38, "印")
    party(canvas, facts, "recipient", 60, 110, order=("name",), honorific="御中", name_size=15)
    canvas.rule(60, 116, 290, 116)
    canvas.write(60, 150, "工事名")
    canvas.write(130, 150, val("/subject", facts.subject))
    canvas.write(60, 168, "支払条件")
    canvas.write(130, 168, val("/payment_terms", "月末締め翌月末振込"))


def works(rng: random.Random, canvas: Canvas) -> Facts:
    """A builder's invoice: works with their specifications, sums as rows of the table."""
    facts = make_facts(rng, lines=(2, 6), rates=(10,), discount=False)
    _works_head(rng, canvas, facts)
    columns = (
        ("名称", 50, "left", description()),
        ("仕様", 240, "left", lambda p, line: val(f"{p}/note", f"型番{line.code}")),
        ("数量", 370, "right", quantity()),
        ("単位", 395, "center", unit),
        ("単価", 460, "right", price()),
        ("金額", 550, "right", amount()),
    )
    y = table(canvas, 200, columns, facts.lines, height=24)
    pointer = canvas.entry("taxes")
    rows: Any = (
        ("小計", money("/subtotal", facts.net)),
        (["消費税 ", rate_val(pointer, 10)], money(f"{pointer}/tax", facts.tax)),
        ("合計", money("/total", facts.total)),
    )
    for label, value in rows:
        canvas.write(300, y + 16, label, align="center")
        canvas.write(550, y + 16, value, align="right")
        canvas.rule(40, y + 24, 555, y + 24)
        y += 24
    imply_one_rate(canvas, facts)
    canvas.write(60, y + 30, "今回ご請求額")
    canvas.write(250, y + 31, money("/amount_due", facts.total, "¥-"), size=14, align="right")
    canvas.imply("/currency", "JPY", "/amount_due")
    return facts


def _usage_head(rng: random.Random, canvas: Canvas, facts: Facts) -> None:
    """The addressee, the title, what is to be paid and when."""
    canvas.write(40, 50, ["〒", val("/recipient/postal_code", facts.recipient.postal)])
    canvas.write(40, 64, val("/recipient/address", facts.recipient.address))
    end = canvas.write(40, 84, val("/recipient/name", facts.recipient.name), size=12)
    canvas.write(end + 10, 84, "様", size=12)
    head(canvas, "invoice", 350, 60, pick(rng, "ご利用料金請求書", "ご請求書"), size=15)
    canvas.write(350, 80, ["発行日　", date_val("/issue_date", facts.issued, "年")])
    canvas.write(
        350, 94, ["お客様番号　", val("/customer_number", f"{rng.randrange(10**7, 10**8)}")]
    )
    canvas.box(40, 120, 300, 175)
    canvas.write(50, 138, "今月のご請求金額")
    canvas.write(290, 138, money("/amount_due", facts.total, "円"), size=13, align="right")
    canvas.write(50, 163, "口座振替日")
    canvas.write(290, 163, date_val("/due_date", facts.due, "年"), align="right")


def usage(rng: random.Random, canvas: Canvas) -> Facts:
    """A monthly charge: no quantities, lines of item and amount, tax included, paid by debit."""
    facts = make_facts(rng, lines=(3, 7), rates=(10,), inclusive=True, discount=False)
    _usage_head(rng, canvas, facts)
    canvas.write(40, 205, "ご請求内訳", size=11)
    canvas.write(50, 226, "項目")
    canvas.write(450, 226, "金額（税込）", align="right")
    canvas.rule(40, 232, 470, 232)
    y = 250.0
    for line in facts.lines:
        pointer = canvas.entry("line_items")
        canvas.write(50, y, val(f"{pointer}/description", line.name))
        canvas.write(450, y, money(f"{pointer}/amount", line.amount, "円"), align="right")
        y += 17
    canvas.rule(40, y - 10, 470, y - 10)
    canvas.write(50, y + 8, "合計")
    canvas.write(450, y + 8, money("/total", facts.total, "円"), align="right")
    pointer = canvas.entry("taxes")
    part = facts.sums[0]
    canvas.write(50, y + 25, ["（", rate_val(pointer, 10), "対象"])
    canvas.write(450, y + 25, [money(f"{pointer}/gross", part.gross, "円"), "）"], align="right")
    canvas.write(50, y + 42, "（うち消費税")
    canvas.write(450, y + 42, [money(f"{pointer}/tax", part.tax, "円"), "）"], align="right")
    imply_one_rate(canvas, facts)
    canvas.imply("/tax_mode", "inclusive", "/line_items/0/amount")
    y += 80
    canvas.write(40, y, val("/issuer/name", facts.issuer.name), size=10)
    canvas.write(
        40, y + 14, ["登録番号：", val("/issuer/registration_number", facts.issuer.number)]
    )
    canvas.write(40, y + 28, ["お問い合わせ　TEL ", val("/issuer/phone", facts.issuer.phone)])
    canvas.imply("/currency", "JPY", "/amount_due")
    return facts


def _shop_head(rng: random.Random, canvas: Canvas, facts: Facts) -> None:
    """Title, addressee, numbers and dates."""
    style = pick(rng, "年", "/", "-")
    head(canvas, "invoice", None, 50, pick(rng, "納品書兼請求書", "納品書 兼 請求書"), size=17)
    party(
        canvas,
        facts,
        "recipient",
        40,
        90,
        order=("postal", "address", "building", "name"),
        honorific="様",
    )
    canvas.write(
        340,
        90,
        [
            "注文番号：",
            val("/order_number", f"{rng.randrange(100, 999)}-{rng.randrange(10**6, 10**7)}"),
        ],
    )
    canvas.write(340, 104, ["請求書番号：", val("/invoice_number", facts.number)])
    canvas.write(340, 118, ["請求日：", date_val("/issue_date", facts.issued, style)])
    canvas.write(
        340, 132, ["お支払い方法：", val("/payment_terms", pick(rng, "銀行振込", "コンビニ後払い"))]
    )


def shop(rng: random.Random, canvas: Canvas) -> Facts:
    """A web shop's slip: goods on two lines, shipping and a coupon among the sums."""
    facts = make_facts(rng, lines=(2, 6), inclusive=True, discount=False)
    _shop_head(rng, canvas, facts)
    heads = (
        ("商品名", 50, "left"),
        ("税率", 330, "center"),
        ("単価", 400, "right"),
        ("数量", 450, "right"),
        ("小計", 550, "right"),
    )
    texts(canvas, 180, heads)
    canvas.rule(40, 186, 555, 186)
    y = 204.0
    for line in facts.lines:
        pointer = canvas.entry("line_items")
        whole = f"{line.name} 商品番号 {line.code}"
        canvas.write(50, y, Val(f"{pointer}/description", line.name, whole), size=8.5)
        canvas.write(
            50, y + 11, Val(f"{pointer}/description", f"商品番号 {line.code}", whole), size=7.5
        )
        cells = (
            (rate("{}%")(pointer, line), 330, "center"),
            (price("¥")(pointer, line), 400, "right"),
            (quantity()(pointer, line), 450, "right"),
            (amount("¥")(pointer, line), 550, "right"),
        )
        texts(canvas, y, cells)
        y += 30
    y = _shop_sums(rng, canvas, facts, y)
    canvas.imply("/tax_mode", "inclusive", "/taxes/0/tax")
    party(
        canvas,
        facts,
        "issuer",
        40,
        y + 40,
        order=("name", "postal", "address", "phone", "number"),
        step=12,
        size=8.5,
        number="適格請求書発行事業者登録番号：",
    )
    canvas.imply("/currency", "JPY", "/amount_due")
    return facts


def _shop_sums(rng: random.Random, canvas: Canvas, facts: Facts, y: float) -> float:
    """Goods, shipping, coupon, what is to be paid, and the bases of the rates; the y after them."""
    shipping, coupon = rng.choice((550, 660, 880)), rng.choice((300, 500))
    # both at the standard rate, so that they are in its base
    part10 = sum(line.amount for line in facts.lines if line.rate == 10) + shipping - coupon
    part8 = sum(line.amount for line in facts.lines if line.rate == 8)
    goods = sum(line.amount for line in facts.lines)
    rows = (
        ("商品小計", money("/subtotal", goods, "¥")),
        ("送料", money("/shipping", shipping, "¥")),
        ("クーポン値引", money("/discount", -coupon, "¥−")),
        ("ご請求金額", money("/amount_due", goods + shipping - coupon, "¥")),
    )
    y = pairs(canvas, y, rows, 440, 550, step=16, align="right")
    for percent, base in ((10, part10), (8, part8)):
        if base:
            pointer = canvas.entry("taxes")
            exact = tax_of(base, Decimal(percent), inclusive=True)
            tax = roundings(exact)[facts.rounding]
            canvas.write(
                550,
                y,
                [
                    rate_val(pointer, percent),
                    "対象 ",
                    money(f"{pointer}/gross", base, "¥"),
                    "（うち消費税 ",
                    money(f"{pointer}/tax", tax, "¥"),
                    "）",
                ],
                size=8,
                align="right",
            )
            y += 13
    return y


def _line_tax(pointer: str, line: Line) -> Part:
    return money(f"{pointer}/tax_amount", line.amount * line.rate // 100)


def _form_head(rng: random.Random, canvas: Canvas, facts: Facts) -> None:
    """Title, cells of facts, parties, total."""
    head(canvas, "invoice", None, 48, "請 求 書", size=18)
    cells = (
        ("請求番号", val("/invoice_number", facts.number)),
        ("発行年月日", date_val("/issue_date", facts.issued, pick(rng, "R", "全"))),
        ("支払期日", date_val("/due_date", facts.due, "令和")),
        ("登録番号", val("/issuer/registration_number", facts.issuer.number)),
    )
    for i, (label, value) in enumerate(cells):
        y = 70 + 20 * i
        canvas.box(330, y, 400, y + 20, fill=True)
        canvas.box(400, y, 555, y + 20)
        canvas.write(335, y + 14, label, size=8.5)
        canvas.write(405, y + 14, value, size=8.5)
    canvas.write(40, 85, val("/recipient/name", facts.recipient.name), size=12)
    canvas.write(
        40, 102, [val("/recipient/department", pick(rng, "経理部", "総務課")), "　御中"], size=10
    )
    party(
        canvas,
        facts,
        "issuer",
        330,
        168,
        order=("name", "address", "building", "phone"),
        phone="TEL：",
    )
    canvas.write(40, 150, "合計金額（税込）")
    canvas.write(
        230, 150, money("/total", facts.total, pick(rng, "¥", "全¥")), size=13, align="right"
    )


def form(rng: random.Random, canvas: Canvas) -> Facts:
    """A printed form filled in: cells of label and value, a tax and a gross amount on each line."""
    facts = make_facts(rng, lines=(2, 7), discount=False)
    _form_head(rng, canvas, facts)
    columns = (
        ("月/日", 65, "center", item_day("md")),
        ("品目", 90, "left", description("*")),
        ("数量", 300, "right", quantity("unit")),
        ("単価", 355, "right", price()),
        ("税抜金額", 425, "right", amount()),
        ("税率", 450, "center", rate("{}%")),
        ("消費税", 495, "right", _line_tax),
    )
    y = table(canvas, 240, columns, facts.lines, height=20)
    sums = (
        ("税抜合計", money("/subtotal", facts.net)),
        ("消費税額合計", money("/tax_total", facts.tax)),
    )
    y = pairs(canvas, y + 18, sums, 380, 495, step=16, size=8.5, align="right") - 18

    def write(pointer: str, part: Any) -> None:
        line_y = y + 20 + 15 * len(canvas.data["taxes"])
        canvas.write(60, line_y, ["内訳　", rate_val(pointer, part.rate), "対象額"], size=8.5)
        canvas.write(220, line_y, money(f"{pointer}/net", part.net), size=8.5, align="right")
        canvas.write(240, line_y, "消費税額", size=8.5)
        canvas.write(340, line_y, money(f"{pointer}/tax", part.tax), size=8.5, align="right")

    tax_rows(canvas, facts, write)
    canvas.write(60, y + 75, "*は軽減税率対象", size=8)
    pointer = canvas.entry("bank_accounts")
    canvas.write(40, y + 100, "【振込先】")
    for i, parts in enumerate(bank_lines(facts, pointer)):
        canvas.write(50, y + 114 + 13 * i, parts, size=8.5)
    canvas.imply("/currency", "JPY", "/total")
    return facts
