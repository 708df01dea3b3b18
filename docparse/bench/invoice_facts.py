"""Invented facts of a qualified invoice: who, what, when and how much, from a seeded generator."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from docparse.schemas.law import has_check_digit, roundings, tax_of

PLACES = (
    "青葉",
    "北浜",
    "みどり野",
    "桜台",
    "港南",
    "白樺",
    "若竹",
    "東雲",
    "川辺",
    "つばさ",
    "あけぼの",
    "富士見",
)
TRADES = (
    "食品",
    "商事",
    "印刷",
    "工業",
    "電機",
    "物流",
    "設計",
    "文具",
    "運輸",
    "システム",
    "フーズ",
    "メディア",
)
SURNAMES = ("山田", "佐藤", "鈴木", "高橋", "伊藤", "渡辺", "中村", "小林", "加藤", "吉田")
GIVEN = ("太郎", "花子", "一郎", "美咲", "健太", "由美", "翔", "さくら", "誠", "恵子")
TOWNS = (
    ("東京都", "千代田区", "神田錦町"),
    ("東京都", "港区", "芝浦"),
    ("大阪府", "大阪市北区", "中之島"),
    ("愛知県", "名古屋市中区", "栄"),
    ("神奈川県", "横浜市西区", "高島"),
    ("北海道", "札幌市中央区", "大通西"),
    ("福岡県", "福岡市博多区", "博多駅前"),
    ("京都府", "京都市下京区", "四条町"),
)
BANKS = (
    ("みほん銀行", "本店営業部"),
    ("東都銀行", "神田支店"),
    ("なにわ信用金庫", "中之島支店"),
    ("北海銀行", "大通支店"),
)
GOODS = (  # name, unit, lowest and highest price, whether at the reduced rate
    ("コーヒー豆 深煎り 1kg", "袋", 1800, 3200, True),
    ("業務用牛乳 1L", "本", 180, 260, True),
    ("焼菓子詰合せ（20個入）", "箱", 2400, 3800, True),
    ("玄米茶 ティーバッグ", "箱", 480, 980, True),
    ("有機トマトジュース", "ケース", 2900, 5200, True),
    ("国産はちみつ 500g", "瓶", 1500, 2800, True),
    ("A4コピー用紙 500枚×5冊", "箱", 1980, 2680, False),
    ("トナーカートリッジ LX-20", "個", 8200, 14800, False),
    ("システム保守料", "式", 30000, 120000, False),
    ("Webサイト更新作業", "時間", 5500, 9000, False),
    ("会議室利用料", "時間", 2200, 6600, False),
    ("名刺印刷（100枚）", "箱", 1800, 3900, False),
    ("配送料", "回", 550, 1650, False),
    ("紙コップ 280ml", "箱", 3900, 8900, False),
    ("ロゴデザイン制作", "式", 80000, 250000, False),
    ("機器レンタル料", "台", 3500, 18000, False),
)


@dataclass(frozen=True, slots=True)
class Who:
    """A party as printed."""

    name: str
    number: str
    postal: str
    address: str
    building: str
    phone: str
    person: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line item; `amount` in yen, with tax if the invoice is inclusive."""

    day: date
    name: str
    quantity: int
    unit: str
    price: int
    rate: int
    code: str

    @property
    def amount(self) -> int:
        return self.quantity * self.price


@dataclass(frozen=True, slots=True)
class Sums:
    """What one rate comes to."""

    rate: int
    net: int
    tax: int

    @property
    def gross(self) -> int:
        return self.net + self.tax


@dataclass(frozen=True, slots=True)
class Facts:
    """One invoice, before it is laid out."""

    issuer: Who
    recipient: Who
    number: str
    issued: date
    due: date
    subject: str
    lines: tuple[Line, ...]
    inclusive: bool
    rounding: str
    bank: tuple[str, str, str, str, str, str]  # bank, branch, number, type, account, holder
    previous: int = 0
    received: int = 0
    extra: dict[str, str] = field(default_factory=dict)

    @property
    def sums(self) -> tuple[Sums, ...]:
        """By rate, the higher first; each tax is rounded once."""
        return tuple(
            sum_up(
                [line for line in self.lines if line.rate == rate],
                rate,
                self.inclusive,
                self.rounding,
            )
            for rate in sorted({line.rate for line in self.lines}, reverse=True)
        )

    @property
    def net(self) -> int:
        return sum(part.net for part in self.sums)

    @property
    def tax(self) -> int:
        return sum(part.tax for part in self.sums)

    @property
    def total(self) -> int:
        return self.net + self.tax


def sum_up(lines: Sequence[Line], rate: int, inclusive: bool, rounding: str) -> Sums:
    amount = sum(line.amount for line in lines)
    tax = roundings(tax_of(amount, Decimal(rate), inclusive=inclusive))[rounding]
    return Sums(rate, amount - tax if inclusive else amount, tax)


def make_facts(
    rng: random.Random,
    *,
    lines: tuple[int, int] = (3, 9),
    inclusive: bool = False,
    person: bool = False,
    negative: bool = False,
    rates: Sequence[int] = (8, 10),
    discount: bool = True,
) -> Facts:
    """Facts of one invoice. `person`: the issuer is a sole trader. `negative`: all is returned."""
    issued = date(2023, 10, 1) + timedelta(days=rng.randrange(1180))
    count = rng.randint(*lines)
    pool = [g for g in GOODS if (8 if g[4] else 10) in rates]
    picked = [rng.choice(pool) for _ in range(count)]
    made = sorted(
        (_line(rng, good, issued, sign=-1 if negative else 1) for good in picked),
        key=lambda line: line.day,
    )
    if discount and not negative and rng.random() < 0.35:
        last = made[-1]
        made.append(
            Line(last.day, "お取引値引", 1, "式", -rng.randint(2, 20) * 50, last.rate, "D-01")
        )
    issuer = _who(rng, person=person)
    recipient = _who(rng)
    while recipient.name == issuer.name:
        recipient = _who(rng)
    bank, branch = rng.choice(BANKS)
    account = f"{rng.randrange(10**7):07d}"
    kind = rng.choice(("普通", "普通", "当座"))
    holder = rng.choice(("カ）ミホンシヨウジ", "アオバシヨクヒン（カ", "ヤマダ タロウ"))
    return Facts(
        issuer,
        recipient,
        rng.choice(("INV-{:06d}", "{:08d}", "A{:05d}", "2026-{:04d}", "S-{:07d}")).format(
            rng.randrange(1, 9999)
        ),
        issued,
        issued + timedelta(days=rng.choice((20, 30, 31, 60))),
        f"{issued.month}月分 {rng.choice(('商品代金', '業務委託費', '保守料金', 'ご利用料金'))}",
        tuple(made),
        inclusive,
        rng.choice(("floor", "floor", "half-up", "ceil")),
        (bank, branch, f"{rng.randrange(1, 999):03d}", kind, account, holder),
        previous=rng.randrange(10, 400) * 1000 + rng.randrange(1000),
    )


def _line(
    rng: random.Random, good: tuple[str, str, int, int, bool], issued: date, *, sign: int
) -> Line:
    name, unit, low, high, reduced = good
    price = rng.randint(low, high)
    if rng.random() < 0.5:
        price = price // 10 * 10
    most = 60 if price < 1000 else 24 if price < 9000 else 3
    quantity = 1 if unit == "式" else rng.randint(1, most)
    day = issued - timedelta(days=rng.randrange(28))
    code = f"{rng.choice('ABCK')}{rng.randint(100, 999)}"
    return Line(day, name, quantity * sign, unit, price, 8 if reduced else 10, code)


def _who(rng: random.Random, *, person: bool = False) -> Who:
    stem = rng.choice(PLACES) + rng.choice(TRADES)
    form = rng.choice(
        ("株式会社{}", "{}株式会社", "有限会社{}", "合同会社{}", "{}（株）", "株式会社 {}")
    )
    name = f"{rng.choice(SURNAMES)} {rng.choice(GIVEN)}" if person else form.format(stem)
    prefecture, city, town = rng.choice(TOWNS)
    street = (
        f"{prefecture}{city}{town}{rng.randint(1, 9)}-{rng.randint(1, 30)}-{rng.randint(1, 20)}"
    )
    building = rng.choice(("", "", f"{rng.choice(PLACES)}ビル{rng.randint(2, 12)}階"))
    phone = rng.choice(("03-{:04d}-{:04d}", "06-{:04d}-{:04d}", "045-{:03d}-{:04d}"))
    digits = [rng.randrange(10 if slot % 2 else 9) for slot in range(2)]
    numbers = (rng.randrange(1000, 9999), rng.randrange(1000, 9999))
    if phone.startswith("045"):
        numbers = (rng.randrange(100, 999), numbers[1])
    return Who(
        name,
        _number(rng, corporate=not person),
        f"{rng.randrange(100, 999)}-{digits[0]}{rng.randrange(100, 999)}",
        street,
        building,
        phone.format(*numbers),
        f"{rng.choice(SURNAMES)} {rng.choice(GIVEN)}",
    )


def _number(rng: random.Random, *, corporate: bool) -> str:
    body = "".join(str(rng.randrange(10)) for _ in range(12))
    if not corporate:
        return f"T{rng.randint(1, 9)}{body}"
    return next(n for first in range(1, 10) if has_check_digit(n := f"T{first}{body}"))
