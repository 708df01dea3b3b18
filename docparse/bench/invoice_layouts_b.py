"""More layouts of synthetic invoices that the rules were written with."""

from __future__ import annotations

import random
from typing import Any

from docparse.bench.invoice_canvas import Canvas
from docparse.bench.invoice_facts import Facts, make_facts
from docparse.bench.invoice_parts import (
    amount,
    bank_lines,
    code,
    date_val,
    description,
    head,
    imply_one_rate,
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
    row,
    table,
    tax_rows,
    unit,
    val,
)
from docparse.schemas.law import withholding_of


def freelancer(rng: random.Random, canvas: Canvas) -> Facts:
    """A sole trader's letter: withheld tax, no units, a small table, an account as a form."""
    facts = make_facts(rng, lines=(1, 4), person=True, rates=(10,), discount=False)
    canvas.write(
        555, 50, date_val("/issue_date", facts.issued, pick(rng, "年", "令和", "R")), align="right"
    )
    canvas.write(555, 64, ["No. ", val("/invoice_number", facts.number)], align="right")
    head(canvas, "invoice", 40, 70, "請求書", size=22)
    party(canvas, facts, "recipient", 40, 110, order=("name",), honorific="御中", name_size=13)
    canvas.write(40, 140, "下記の通りご請求申し上げます。", size=9)
    party(
        canvas,
        facts,
        "issuer",
        370,
        110,
        order=("name", "postal", "address", "building", "phone", "number"),
        number="インボイス登録番号：",
        phone="電話：",
    )
    held = withholding_of(facts.net)
    canvas.write(40, 215, "お支払金額", size=11)
    canvas.write(240, 215, money("/amount_due", facts.total - held, "¥"), size=15, align="right")
    canvas.rule(40, 222, 240, 222)
    columns = (
        (pick(rng, "内容", "項目", "業務内容"), 50, "left", description()),
        ("数量", 360, "right", quantity()),
        ("単価", 450, "right", price()),
        ("金額", 550, "right", amount()),
    )
    y = table(canvas, 240, columns, facts.lines, height=22, rules="across") + 20
    pointer = canvas.entry("taxes")
    rows: Any = (
        ("小計", money("/subtotal", facts.net)),
        (["消費税（", rate_val(pointer, 10, "{}％"), "）"], money(f"{pointer}/tax", facts.tax)),
        ("合計", money("/total", facts.total)),
        (
            pick(rng, "源泉徴収税額", "源泉所得税", "源泉徴収税"),
            money("/withholding_tax", -held, pick(rng, "▲", "△", "−")),
        ),
    )
    pairs(canvas, y, rows, 400, 550, step=17)
    imply_one_rate(canvas, facts)
    y += 90
    _account_form(canvas, facts, y)
    canvas.imply("/currency", "JPY", "/amount_due")
    return facts


def _account_form(canvas: Canvas, facts: Facts, y: float) -> None:
    """The account as a form, a label and a value in each line, and when to pay."""
    account = canvas.entry("bank_accounts")
    bank, branch, _, kind, number, holder = facts.bank
    canvas.write(40, y, "お振込先")
    rows = (
        ("金融機関名", val(f"{account}/bank", bank)),
        ("支店名", val(f"{account}/branch", branch)),
        ("口座種別", val(f"{account}/type", kind)),
        ("口座番号", val(f"{account}/number", number)),
        ("口座名義", val(f"{account}/holder", holder)),
    )
    pairs(canvas, y + 15, rows, 50, 140, step=15, size=8.5, value_align="left")
    canvas.write(40, y + 100, ["お支払期限：", date_val("/due_date", facts.due, "年")])


def inclusive(rng: random.Random, canvas: Canvas) -> Facts:
    """Prices with tax in them; of the sums the tax is a part, told in brackets."""
    facts = make_facts(rng, inclusive=True, lines=(2, 8), discount=False)
    head(canvas, "invoice", 40, 60, pick(rng, "御請求書", "請求書"), size=18)
    canvas.write(555, 52, ["請求書番号：", val("/invoice_number", facts.number)], align="right")
    canvas.write(
        555,
        66,
        ["発行日：", date_val("/issue_date", facts.issued, pick(rng, "年", "全", "/"))],
        align="right",
    )
    party(
        canvas,
        facts,
        "recipient",
        40,
        100,
        order=("name", "postal", "address", "building"),
        honorific="御中",
    )
    party(
        canvas,
        facts,
        "issuer",
        340,
        100,
        order=("name", "address", "building", "phone", "number"),
        number="登録番号",
    )
    columns = (
        ("No.", 52, "center", lambda p, line: str(int(p.rsplit("/", 1)[1]) + 1)),
        ("品名", 75, "left", description("（軽）")),
        ("数量", 350, "right", quantity("unit")),
        ("単価（税込）", 450, "right", price()),
        ("金額（税込）", 550, "right", amount()),
    )
    y = table(canvas, 200, columns, facts.lines, height=19) + 22
    canvas.write(440, y, pick(rng, "合計（税込）", "税込合計"), align="right", size=10)
    canvas.write(550, y, money("/total", facts.total, "¥"), align="right", size=11)

    def write(pointer: str, part: Any) -> None:
        line: Any = [
            "（内訳　",
            rate_val(pointer, part.rate),
            "対象（税込）　",
            money(f"{pointer}/gross", part.gross, "¥"),
            "　内消費税　",
            money(f"{pointer}/tax", part.tax, "¥"),
            "）",
        ]
        canvas.write(550, y + 16 * len(canvas.data["taxes"]), line, align="right", size=8.5)

    tax_rows(canvas, facts, write)
    imply_rates(canvas, facts)
    canvas.imply("/tax_mode", "inclusive", "/line_items/0/amount")
    canvas.write(40, y + 70, "（軽）は軽減税率対象商品", size=8)
    canvas.write(40, y + 95, ["お支払期限　", date_val("/due_date", facts.due, "年")])
    _account(canvas, facts, y)
    canvas.imply("/currency", "JPY", "/total")
    return facts


def _account(canvas: Canvas, facts: Facts, y: float) -> None:
    """The account in lines beside its label."""
    pointer = canvas.entry("bank_accounts")
    canvas.write(40, y + 115, "振込口座")
    for i, line in enumerate(bank_lines(facts, pointer)):
        canvas.write(110, y + 115 + 14 * i, line)


def returned(rng: random.Random, canvas: Canvas) -> Facts:
    """A credit note (適格返還請求書): all amounts negative, the first invoice's number."""
    facts = make_facts(rng, lines=(1, 4), negative=True)
    sign = pick(rng, "△", "▲", "−")
    head(canvas, "credit-note", None, 60, pick(rng, "適格返還請求書", "返還請求書"), size=18)
    party(canvas, facts, "recipient", 40, 100, order=("name",), honorific="御中", name_size=13)
    canvas.write(40, 130, ["発行日 ", date_val("/issue_date", facts.issued, "年")])
    canvas.write(40, 145, ["返還日 ", date_val("/transaction_date", facts.issued, "年")])
    canvas.write(40, 160, ["元請求書番号 ", val("/original_number", facts.number)])
    party(
        canvas,
        facts,
        "issuer",
        340,
        100,
        order=("name", "number", "postal", "address", "building", "phone"),
    )
    columns = (
        ("品名", 50, "left", description("※")),
        ("数量", 330, "right", quantity(sign)),
        ("単価", 400, "right", price()),
        ("税率", 440, "center", rate()),
        ("金額", 550, "right", amount(sign)),
    )
    y = table(canvas, 210, columns, facts.lines, height=20) + 20

    def write(pointer: str, part: Any) -> None:
        line_y = y + 16 * (2 * len(canvas.data["taxes"]) - 2)
        canvas.write(380, line_y, ["税抜金額（", rate_val(pointer, part.rate), "）"])
        canvas.write(550, line_y, money(f"{pointer}/net", part.net, sign), align="right")
        canvas.write(380, line_y + 16, f"消費税額（{part.rate}%）")
        canvas.write(550, line_y + 16, money(f"{pointer}/tax", part.tax, sign), align="right")

    tax_rows(canvas, facts, write)
    y += 32 * len(facts.sums) + 6
    canvas.write(380, y, pick(rng, "返還金額合計", "合計"), size=10)
    canvas.write(550, y, money("/total", facts.total, sign + "¥"), size=10, align="right")
    canvas.imply("/currency", "JPY", "/total")
    return facts


def sections(rng: random.Random, canvas: Canvas) -> Facts:
    """Line items in a section for each rate, each with its sub-total and its tax."""
    facts = make_facts(rng, lines=(4, 9), discount=False)
    head(canvas, "invoice", None, 55, "請求書", size=20)
    party(canvas, facts, "recipient", 60, 95, order=("name", "person"), honorific="御中")
    canvas.data["recipient"]["contact"] = None
    canvas.places.pop("/recipient/contact", None)
    party(
        canvas,
        facts,
        "issuer",
        350,
        95,
        order=("name", "postal", "address", "phone", "number"),
        number="登録番号 ",
    )
    canvas.write(
        60,
        150,
        [
            "請求No ",
            val("/invoice_number", facts.number),
            "　　請求日 ",
            date_val("/issue_date", facts.issued, "/"),
        ],
    )
    columns = (
        ("月日", 75, "center", item_day("md")),
        ("摘要", 100, "left", description()),
        ("数量", 350, "right", quantity()),
        ("単位", 375, "center", unit),
        ("単価", 440, "right", price()),
        ("金額", 550, "right", amount()),
    )
    y = table(canvas, 180, columns, ())
    ordered = []
    for part in facts.sums:
        first = len(canvas.data["line_items"])
        pointer = canvas.entry("taxes")
        canvas.write(60, y + 12, ["【", rate_val(pointer, part.rate), "対象】"], size=8.5)
        y += 18
        for line in (line for line in facts.lines if line.rate == part.rate):
            y = row(canvas, y, columns, line)
            ordered.append(line)
        canvas.write(
            440, y + 12, [rate_val(pointer, part.rate), "対象 小計"], size=8.5, align="right"
        )
        canvas.write(550, y + 12, money(f"{pointer}/net", part.net), size=8.5, align="right")
        canvas.write(
            440, y + 28, ["消費税（", rate_val(pointer, part.rate), "）"], size=8.5, align="right"
        )
        canvas.write(550, y + 28, money(f"{pointer}/tax", part.tax), size=8.5, align="right")
        for i in range(first, len(canvas.data["line_items"])):
            canvas.imply(f"/line_items/{i}/tax_rate", part.rate, f"{pointer}/rate")
        y += 36
    label, pointer = rng.choice((("ご請求金額", "/amount_due"), ("総合計", "/total")))
    canvas.write(440, y + 20, label, size=11, align="right")
    canvas.write(550, y + 20, money(pointer, facts.total, "¥"), size=12, align="right")
    canvas.imply("/currency", "JPY", pointer)
    return facts


def _wide_head(rng: random.Random, canvas: Canvas, facts: Facts) -> None:
    """Title, facts and recipient."""
    right = canvas.width - 40
    head(canvas, "invoice", 40, 50, pick(rng, "請求書 / INVOICE", "請求書 INVOICE"), size=18)
    canvas.write(right, 45, ["Invoice No. ", val("/invoice_number", facts.number)], align="right")
    canvas.write(
        right,
        59,
        ["発行日 Date: ", date_val("/issue_date", facts.issued, pick(rng, "/", "-"))],
        align="right",
    )
    canvas.write(
        right, 73, ["支払期限 Due Date: ", date_val("/due_date", facts.due, "/")], align="right"
    )
    party(canvas, facts, "recipient", 40, 90, order=("name",), honorific="御中", name_size=13)


def wide(rng: random.Random, canvas: Canvas) -> Facts:
    """Landscape, heads in two languages, further pages without heads, the issuer in the footer."""
    facts = make_facts(rng, lines=(8, 34))
    right = canvas.width - 40
    _wide_head(rng, canvas, facts)
    columns = (
        ("コード", 45, "left", code),
        ("品名 Description", 110, "left", description()),
        ("数量 Qty", 480, "right", quantity()),
        ("単位 Unit", 530, "center", unit),
        ("単価 Unit Price", 630, "right", price()),
        ("税率 Tax", 690, "center", rate("{}%")),
        ("金額 Amount", right - 5, "right", amount()),
    )
    y = table(canvas, 120, columns, facts.lines[:18], height=18, rules="across")
    rest = facts.lines[18:]
    if rest or y > 430:
        canvas.next_page()
        y = 50.0
        for line in rest:
            y = row(canvas, y, columns, line, height=18, rules="across")
    y += 20
    canvas.write(560, y, "税率別内訳", size=8.5, align="right")

    def write(pointer: str, part: Any) -> None:
        line = y + 15 * len(canvas.data["taxes"])
        canvas.write(400, line, [rate_val(pointer, part.rate), "対象"], size=8.5)
        canvas.write(520, line, money(f"{pointer}/net", part.net), size=8.5, align="right")
        canvas.write(540, line, "消費税", size=8.5)
        canvas.write(640, line, money(f"{pointer}/tax", part.tax), size=8.5, align="right")

    tax_rows(canvas, facts, write)
    canvas.write(680, y + 50, "合計 Total")
    canvas.write(right - 5, y + 50, money("/total", facts.total, "¥"), align="right", size=11)
    canvas.write(40, canvas.height - 46, val("/issuer/name", facts.issuer.name), size=10)
    address = facts.issuer.address
    footer: Any = [
        "〒",
        val("/issuer/postal_code", facts.issuer.postal),
        " ",
        val("/issuer/address", address),
        "　TEL ",
        val("/issuer/phone", facts.issuer.phone),
        "　登録番号 ",
        val("/issuer/registration_number", facts.issuer.number),
    ]
    canvas.write(40, canvas.height - 32, footer, size=8)
    canvas.imply("/currency", "JPY", "/total")
    return facts
