"""invoice-ja.pdf: a qualified invoice (適格請求書) with two tax rates, as an office prints it."""

from __future__ import annotations

import io
from dataclasses import dataclass

from fontTools.pens.reportLabPen import ReportLabPen
from fontTools.pens.transformPen import TransformPen
from fontTools.ttLib import TTFont
from reportlab.graphics.shapes import Path
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from sample_fonts import font_file, register

WIDTH, HEIGHT = A4
LEFT, RIGHT = 20 * mm, WIDTH - 20 * mm
TEXT, BOLD = "BIZUDPGothic-Regular", "BIZUDPGothic-Bold"
INK, NAVY, PALE = colors.HexColor("#222222"), colors.HexColor("#243b5a"), colors.HexColor("#eef1f5")
LINE, RED = colors.HexColor("#9aa5b1"), colors.HexColor("#c8322b")
# The check digit is right; the registry gives no number whose seventh and eighth digit are 56.
REGISTRATION_NUMBER = "T7123456789012"


@dataclass(frozen=True)
class Item:
    """One line of the invoice; `rate` in percent, `price` in yen without tax."""

    date: str
    name: str
    quantity: int
    unit: str
    price: int
    rate: int

    @property
    def amount(self) -> int:
        return self.quantity * self.price


ITEMS = (
    Item("10/03", "コーヒー豆　みほんブレンド 1kg", 24, "袋", 2_480, 8),
    Item("10/03", "コーヒー豆　深煎り 1kg", 12, "袋", 2_750, 8),
    Item("10/03", "紙コップ 280ml（1,000個入）", 3, "箱", 8_900, 10),
    Item("10/10", "業務用牛乳 1L", 60, "本", 218, 8),
    Item("10/10", "焼菓子詰合せ（20個入）", 8, "箱", 3_360, 8),
    Item("10/17", "ペーパーフィルター 100枚", 20, "袋", 385, 10),
    Item("10/24", "コーヒーマシン定期点検", 1, "式", 18_000, 10),
    Item("10/24", "配送料（10月分）", 4, "回", 750, 10),
    Item("10/31", "継続お取引値引（豆）", 1, "式", -3_000, 8),
)


@dataclass(frozen=True)
class Sums:
    """What one rate comes to; the tax is rounded down once for the whole invoice."""

    rate: int
    net: int
    tax: int


def sum_up(rate: int) -> Sums:
    net = sum(item.amount for item in ITEMS if item.rate == rate)
    return Sums(rate, net, net * rate // 100)


def has_valid_check_digit(number: str) -> bool:
    """Whether the first of the 13 digits after T follows from the others (NTA's rule)."""
    digits = [int(digit) for digit in number.removeprefix("T")]
    total = sum(digit * (1 + i % 2) for i, digit in enumerate(reversed(digits[1:])))
    return digits[0] == 9 - total % 9


def yen(amount: int) -> str:
    return f"▲{-amount:,}" if amount < 0 else f"{amount:,}"


def write(
    canvas: Canvas,
    x: float,
    y: float,
    text: str,
    *,
    size: float = 9,
    font: str = TEXT,
    align: str = "left",
    colour: colors.Color = INK,
) -> None:
    """A line of text whose baseline begins, ends or is centred at x."""
    canvas.setFillColor(colour)
    canvas.setFont(font, size)
    draw = {
        "left": canvas.drawString,
        "right": canvas.drawRightString,
        "center": canvas.drawCentredString,
    }[align]
    draw(x, y, text)


def draw_head(canvas: Canvas) -> None:
    write(
        canvas,
        WIDTH / 2,
        HEIGHT - 27 * mm,
        "請　求　書",
        size=22,
        font=BOLD,
        align="center",
        colour=NAVY,
    )
    canvas.setStrokeColor(NAVY)
    canvas.setLineWidth(1.6)
    canvas.line(LEFT, HEIGHT - 32 * mm, RIGHT, HEIGHT - 32 * mm)
    canvas.setLineWidth(0.5)
    canvas.line(LEFT, HEIGHT - 32.9 * mm, RIGHT, HEIGHT - 32.9 * mm)
    facts = (
        ("請求書番号", "INV-2026-1031"),
        ("発行日", "2026年10月31日"),
        ("支払期限", "2026年11月30日"),
    )
    for i, (label, value) in enumerate(facts):
        y = HEIGHT - (40 + 5.4 * i) * mm
        write(canvas, RIGHT - 58 * mm, y, label)
        write(canvas, RIGHT, y, value, align="right")


def draw_recipient(canvas: Canvas) -> None:
    y = HEIGHT - 41 * mm
    write(canvas, LEFT, y, "〒000-0001")
    write(canvas, LEFT, y - 5 * mm, "東京都見本区例町2丁目4番6号 例ビル1階")
    write(canvas, LEFT, y - 13.5 * mm, "株式会社サンプルカフェ", size=14, font=BOLD)
    write(canvas, LEFT + 76 * mm, y - 13.5 * mm, "御中", size=12)
    canvas.setStrokeColor(INK)
    canvas.setLineWidth(0.7)
    canvas.line(LEFT, y - 15.5 * mm, LEFT + 86 * mm, y - 15.5 * mm)
    write(canvas, LEFT, y - 22 * mm, "件名：10月分 商品代金および保守料金", size=10)
    write(canvas, LEFT, y - 29 * mm, "下記のとおりご請求申し上げます。")


def draw_issuer(canvas: Canvas) -> None:
    x, y = RIGHT - 68 * mm, HEIGHT - 63 * mm
    draw_seal(canvas, RIGHT - 18 * mm, y - 10 * mm, 17 * mm)
    write(canvas, x, y, "みほん食品株式会社", size=12, font=BOLD)
    lines = (
        f"登録番号　{REGISTRATION_NUMBER}",
        "〒000-0000",
        "東京都見本区見本町1丁目2番3号",
        "TEL 03-0000-1234",
        "担当：営業部 見本 花子",
    )
    for i, line in enumerate(lines):
        write(canvas, x, y - (6 + 5 * i) * mm, line, size=9)


def draw_seal(canvas: Canvas, x: float, y: float, side: float) -> None:
    """A company's square seal: outlines, not text, as it is a stamp on paper."""
    font = TTFont(font_file("bizud-mincho", "BIZUDMincho-Regular"))
    glyphs, names = font.getGlyphSet(), font.getBestCmap()
    canvas.saveState()
    canvas.setStrokeColor(RED)
    canvas.setFillColor(RED)
    canvas.setFillAlpha(0.85)
    canvas.setStrokeAlpha(0.85)
    canvas.setLineWidth(1.4)
    canvas.rect(x, y, side, side)
    cell = (side - 4) / 3
    for column, text in enumerate(("みほん", "食品㈱", "之印")):
        height = (side - 4) / len(text)
        for row, char in enumerate(text):
            left = x + side - 2 - cell * (column + 1)
            bottom = y + side - 2 - height * (row + 1)
            draw_glyph(canvas, glyphs, names[ord(char)], (left, bottom, cell, height))
    canvas.restoreState()


def draw_glyph(
    canvas: Canvas, glyphs: object, name: str, place: tuple[float, float, float, float]
) -> None:
    """A glyph's filled outline, drawn out to fill a cell (left, bottom, width, height)."""
    left, bottom, width, height = place
    across, up = width / 2048, height / 2048
    pen = ReportLabPen(glyphs, Path())
    moved = TransformPen(pen, (across, 0, 0, up, left, bottom + 246 * up))
    glyphs[name].draw(moved)  # type: ignore[index]
    outline = canvas.beginPath()
    operators = (outline.moveTo, outline.lineTo, outline.curveTo, outline.close)
    numbers = iter(pen.path.points)
    for operator in pen.path.operators:
        operators[operator](*(next(numbers) for _ in range((2, 2, 6, 0)[operator])))
    canvas.drawPath(outline, stroke=0, fill=1, fillMode=1)


def draw_total(canvas: Canvas, total: int) -> None:
    y = HEIGHT - 92 * mm
    canvas.setFillColor(PALE)
    canvas.setStrokeColor(NAVY)
    canvas.setLineWidth(0.8)
    canvas.rect(LEFT, y, 86 * mm, 12 * mm, fill=1)
    write(canvas, LEFT + 4 * mm, y + 4.2 * mm, "ご請求金額（税込）", size=10)
    write(canvas, LEFT + 82 * mm, y + 3.6 * mm, f"¥{total:,}-", size=16, font=BOLD, align="right")


COLUMNS = (  # head, width in mm, alignment
    ("取引日", 17, "center"),
    ("品名", 66, "left"),
    ("数量", 15, "right"),
    ("単位", 12, "center"),
    ("単価", 20, "right"),
    ("税率", 14, "center"),
    ("金額（税抜）", 26, "right"),
)


def draw_rows(
    canvas: Canvas,
    top: float,
    left: float,
    columns: tuple[tuple[str, float, str], ...],
    rows: list[tuple[str, ...]],
    *,
    height: float = 7 * mm,
) -> float:
    """A ruled table with a head; its lower edge."""
    right = left + sum(width for _, width, _ in columns) * mm
    canvas.setFillColor(NAVY)
    canvas.rect(left, top - height, right - left, height, stroke=0, fill=1)
    canvas.setStrokeColor(LINE)
    canvas.setLineWidth(0.5)
    for number, row in enumerate([tuple(head for head, _, _ in columns), *rows]):
        y = top - height * (number + 1)
        x = left
        for (_, width, align), text in zip(columns, row, strict=True):
            align = "center" if number == 0 else align
            place = {
                "left": x + 2 * mm,
                "right": x + (width - 2) * mm,
                "center": x + width / 2 * mm,
            }[align]
            colour = colors.white if number == 0 else INK
            write(canvas, place, y + height / 2 - 3.1, text, size=8.6, align=align, colour=colour)
            x += width * mm
        canvas.line(left, y, right, y)
    bottom = top - height * (len(rows) + 1)
    x = left
    for width in (0.0, *(width for _, width, _ in columns)):
        x += width * mm
        canvas.line(x, top, x, bottom)
    return bottom


def draw_sums(canvas: Canvas, top: float, sums: tuple[Sums, ...]) -> float:
    columns = (
        ("税率区分", 40, "left"),
        ("対象金額（税抜）", 30, "right"),
        ("消費税額", 24, "right"),
    )
    labels = {10: "10％対象", 8: "8％対象（軽減税率※）"}
    rows = [(labels[part.rate], yen(part.net), yen(part.tax)) for part in sums]
    lower = draw_rows(canvas, top, LEFT, columns, rows)
    net, tax = sum(part.net for part in sums), sum(part.tax for part in sums)
    width = 62 * mm
    lines = (("小計（税抜）", net, TEXT), ("消費税", tax, TEXT), ("合計（税込）", net + tax, BOLD))
    for i, (label, amount, font) in enumerate(lines):
        y = top - 7 * mm * (i + 1)
        if font == BOLD:
            canvas.setFillColor(PALE)
            canvas.rect(RIGHT - width, y, width, 7 * mm, stroke=0, fill=1)
        write(canvas, RIGHT - width + 2 * mm, y + 2.3 * mm, label, font=font)
        write(canvas, RIGHT - 2 * mm, y + 2.3 * mm, f"¥{yen(amount)}", font=font, align="right")
        canvas.setStrokeColor(NAVY if font == BOLD else LINE)
        canvas.line(RIGHT - width, y, RIGHT, y)
    return lower


def draw_foot(canvas: Canvas, top: float) -> None:
    parts = (
        (
            "お振込先",
            (
                "みほん銀行　本店営業部（店番号 001）",
                "普通預金　1234567",
                "口座名義　ミホンシヨクヒン（カ",
            ),
        ),
        (
            "備考",
            (
                "※印は軽減税率（8％）の対象品目です。",
                "恐れ入りますが、振込手数料は貴社にてご負担ください。",
                "消費税は税率ごとに合計し、1円未満を切り捨てております。",
            ),
        ),
    )
    width = (RIGHT - LEFT - 6 * mm) / 2
    for i, (head, lines) in enumerate(parts):
        x = LEFT + i * (width + 6 * mm)
        canvas.setStrokeColor(LINE)
        canvas.setLineWidth(0.5)
        canvas.rect(x, top - 27 * mm, width, 27 * mm)
        write(canvas, x + 3 * mm, top - 6 * mm, head, font=BOLD, size=9.5, colour=NAVY)
        for row, line in enumerate(lines):
            write(canvas, x + 3 * mm, top - (12 + 5.4 * row) * mm, line, size=8.4)


def make_invoice() -> bytes:
    """The file's bytes."""
    if not has_valid_check_digit(REGISTRATION_NUMBER):
        raise SystemExit(f"{REGISTRATION_NUMBER} has a wrong check digit")
    register("bizud-gothic", [TEXT, BOLD])
    sums = (sum_up(10), sum_up(8))
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4, invariant=1, pageCompression=1, lang="ja")
    canvas.setTitle("請求書 INV-2026-1031")
    canvas.setAuthor("みほん食品株式会社")
    draw_head(canvas)
    draw_recipient(canvas)
    draw_issuer(canvas)
    draw_total(canvas, sum(part.net + part.tax for part in sums))
    rows = [
        (
            item.date,
            f"{item.name}　※" if item.rate == 8 else item.name,
            str(item.quantity),
            item.unit,
            yen(item.price),
            f"{item.rate}％",
            yen(item.amount),
        )
        for item in ITEMS
    ]
    lower = draw_rows(canvas, HEIGHT - 100 * mm, LEFT, COLUMNS, rows)
    lower = draw_sums(canvas, lower - 7 * mm, sums)
    draw_foot(canvas, lower - 9 * mm)
    write(canvas, WIDTH / 2, 12 * mm, "1 / 1", size=8, align="center", colour=LINE)
    canvas.showPage()
    canvas.save()
    return out.getvalue()
