"""Texts of one line, English or Japanese: prose, business, numbers, and characters at random."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from docparse.train.alphabet import ALPHABET, KANA, KANJI, LOWERED, RAISED
from docparse.train.signs import Signs, draw_value
from docparse.train.words import Words, pick

MOST = 48  # characters in a line
UNITS_JA = ("個", "式", "本", "枚", "箱", "台", "kg", "セット", "時間", "人日", "ヶ月", "冊", "名")
LABELS_JA = (
    "請求書番号", "発行日", "請求日", "登録番号", "小計", "消費税", "合計", "合計金額",
    "ご請求金額",
    "お支払期限", "振込先", "備考", "件名", "品目", "数量", "単価", "金額", "税率", "8%対象",
    "10%対象", "内消費税", "御見積書", "納品書", "請求書", "領収書", "担当", "電話", "口座名義",
    "普通預金", "当座", "源泉徴収税額", "値引", "送料", "繰越金額", "お客様番号",
    "下記の通りご請求申し上げます。",
)  # fmt: skip
LABELS_EN = (
    "Invoice No.", "Date:", "Due date", "Total", "Subtotal", "Tax", "Amount", "Quantity", "Page",
    "Figure", "Table", "Section", "Ref.", "Bill to", "Ship to", "Description", "Balance due",
)  # fmt: skip
COMPANY_JA = ("株式会社", "有限会社", "合同会社", "㈱", "(株)", "㈲", "一般社団法人")
PREFECTURES = ("東京都", "大阪府", "京都府", "北海道", "神奈川県", "愛知県", "福岡県", "埼玉県")
ERAS = ("令和", "平成", "昭和", "R", "H")
BANKS = ("みずほ銀行", "三井住友銀行", "ゆうちょ銀行", "横浜銀行", "りそな銀行", "信用金庫")
LEVEL_1 = 2965  # kanji of JIS X 0208 in the order of their codes, the usual ones first
CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
_DRAWN = frozenset(ALPHABET + RAISED + LOWERED)
WIDE = str.maketrans({chr(c): chr(c + 0xFEE0) for c in range(0x21, 0x7F)})


@dataclass(frozen=True, slots=True)
class Texts:
    """Draws texts from words and a random source; the same seed gives the same texts."""

    words: Words
    rng: random.Random

    def line(self) -> str:
        """One line of 1 to MOST characters, without outer blanks.

        They are in the alphabet, or figures above or below the line.
        """
        for _ in range(20):
            if text := self._fit(self._kind()()):
                return text
        return "0"

    def signs(self) -> str:
        """A line with what stands in print besides letters and figures."""
        signs = Signs(self.words, self.rng)
        return self._fit(signs.western() if self.rng.random() < 0.54 else signs.japanese())

    def _fit(self, text: str) -> str:
        """What the alphabet has of a text, of the length of a line."""
        known = "".join(c for c in text if c in _DRAWN).strip()
        return self._cut(known) if known else ""

    def _kind(self) -> Callable[[], str]:
        kinds: list[tuple[Callable[[], str], int]] = [
            (self.prose_ja, 18),
            (self.prose_en, 14),
            (self.sentence, 14),
            (self.business_ja, 14),
            (self.words_ja, 12),
            (self.rare, 12),
            (self.amounts, 12),
            (self.business_en, 8),
            (self.mixed, 4),
            (self.one, 4),
            (self.signs, 26),
        ]
        return self.rng.choices([k for k, _ in kinds], [w for _, w in kinds])[0]

    def _cut(self, text: str) -> str:
        """A stretch of the text, so that lines begin and end anywhere, as on a page."""
        longest = self.rng.randint(6, MOST)
        if len(text) <= longest:
            return text
        start = self.rng.randint(0, len(text) - longest) if self.rng.random() < 0.5 else 0
        return text[start : start + longest].strip() or text[:longest].strip()

    def easy_line(self) -> str:
        """A short line without rare characters."""
        text = self.rng.choice((self.one, self.number, self.date, self.prose_en, self.prose_ja))()
        return "".join(c for c in text[:10] if c in ALPHABET).strip() or "1"

    def _noun(self) -> str:
        return pick(self.rng, self.words.common, self.words.nouns)

    def prose_ja(self) -> str:
        """Japanese by grammar, if not by sense: nouns, particles, verbs."""
        w, r = self.words, self.rng
        parts: list[str] = []
        while sum(map(len, parts)) < MOST:
            parts += [
                pick(self.rng, w.common, w.common, w.nouns, w.names, w.places),
                r.choice(w.particles),
            ]
            if r.random() < 0.4:
                parts += [pick(self.rng, w.adjectives), self._noun(), r.choice("はがをにでと")]
            parts += [
                pick(self.rng, w.verbs),
                r.choice(("", "、", "。", "。", "し、", "です。", "ます。")),
            ]
            if r.random() < 0.12:
                parts.append(
                    r.choice(("「{}」", "『{}』", "（{}）", "【{}】")).format(self._noun())
                )
            if r.random() < 0.1:
                parts.append(r.choice(w.english))
        return "".join(parts)

    def prose_en(self) -> str:
        """English words with punctuation, capitals and numbers."""
        r = self.rng
        out: list[str] = []
        for _ in range(r.randint(1, 12)):
            word = r.choice(self.words.english)
            case = r.random()
            word = word.capitalize() if case < 0.15 else word.upper() if case < 0.2 else word
            if r.random() < 0.06:
                word = r.choice(("({})", '"{}"', "“{}”", "[{}]", "{}/x", "{}-{}")).format(
                    word, word
                )
            out.append(
                word + r.choices(("", ",", ".", ";", ":", "?", "!"), (80, 8, 8, 1, 1, 1, 1))[0]
            )
            if r.random() < 0.08:
                out.append(self.number())
            if r.random() < 0.04:
                out.append("&")
        return " ".join(out)

    def sentence(self) -> str:
        """A sentence that somebody wrote."""
        return self.rng.choice(self.words.sentences)

    def number(self) -> str:
        """A number as tables print it."""
        r = self.rng
        digits = r.randint(1, 8)
        value = draw_value(r, digits)
        return r.choice(
            (str(value), f"{value:,}", f"{value / 100:.2f}", f"{value / 10:.1f}%", f"-{value:,}",
             f"({value:,})", f"{value:,}円", f"¥{value:,}", f"${value / 100:,.2f}", f"△{value:,}",
             f"▲{value:,}", f"{value:0{digits + 1}d}", f"{value}".translate(WIDE))
        )  # fmt: skip

    def date(self) -> str:
        """A date, Western or Japanese."""
        r = self.rng
        y, m, d = r.randint(1970, 2035), r.randint(1, 12), r.randint(1, 31)
        era = f"{r.choice(ERAS)}{r.choice((r.randint(1, 64), '元'))}"
        return r.choice(
            (f"{y}年{m}月{d}日", f"{y}/{m:02}/{d:02}", f"{y}-{m:02}-{d:02}", f"{era}年{m}月{d}日",
             f"{era}.{m}.{d}", f"{d}.{m}.{y}", f"{m}/{d}", f"{m}月{d}日",
             f"{y}年{m}月分".translate(WIDE))
        )  # fmt: skip

    def address(self) -> str:
        """A Japanese address with its post code."""
        r = self.rng
        code = f"〒{r.randint(0, 999):03}-{r.randint(0, 9999):04}"
        house = r.choice(("{}-{}-{}", "{}丁目{}番{}号", "{}－{}－{}")).format(
            r.randint(1, 9), r.randint(1, 30), r.randint(1, 40)
        )
        tail = r.choice(("", f" {r.choice(self.words.places)}ビル{r.randint(1, 12)}F"))
        return f"{code} {r.choice(PREFECTURES)}{r.choice(self.words.places)}{house}{tail}"

    def company(self) -> str:
        """The name of a firm or of a person, perhaps addressed."""
        r = self.rng
        name = pick(self.rng, self.words.names, self.words.places, self.words.nouns)
        form = r.choice(COMPANY_JA)
        whole = r.choice(
            (
                f"{form}{name}",
                f"{name}{form}",
                f"{name}商事",
                f"{name} {r.choice(self.words.names)}",
            )
        )
        return whole + r.choice(("", " 御中", " 様", "御中", "　様"))

    def business_ja(self) -> str:
        """What stands on Japanese invoices and forms."""
        r, w = self.rng, self.words
        noun, label = self._noun(), r.choice(LABELS_JA)
        colon = r.choice(("：", ":", "　", " ", ""))
        value = r.choice((self.number, self.date))()
        mark = r.choice(("※", "", "＊", " (軽)"))
        phone = f"0{r.randint(1, 99)}-{r.randint(1, 9999)}-{r.randint(0, 9999):04}"
        account = f"{r.choice(('普通', '当座'))} {r.randrange(10**7):07}"
        texts = (
            f"{label}{colon}{value}",
            f"登録番号{colon}T{r.randrange(10**13):013}",
            f"T{r.randrange(10**13):013}",
            self.address(),
            self.company(),
            self.date(),
            f"TEL{colon}{phone}",
            f"{noun}{mark} {r.randint(1, 99)}{r.choice(UNITS_JA)} {self.number()}",
            f"{r.choice(BANKS)} {r.choice(w.places)}支店 {account}",
            f"{r.choice(CIRCLED)} {noun}{self._noun()}",
            f"（{r.randint(1, 20)}）{noun}について",
            f"第{r.randint(1, 30)}{r.choice('章条項節回')} {noun}",
            label,
        )
        return r.choice(texts)

    def business_en(self) -> str:
        """What stands on English invoices and in reports."""
        r = self.rng
        word = r.choice(self.words.english)
        return r.choice(
            (f"{r.choice(LABELS_EN)} {self.number()}", f"{r.choice(LABELS_EN)}: {self.date()}",
             f"{word}@{r.choice(self.words.english)}.com".lower().replace("'", ""),
             f"https://www.{word.lower()}.org/{r.choice(self.words.english)}".replace("'", ""),
             f"{r.randint(1, 9)}.{r.randint(1, 9)} {word.capitalize()} {self.one()}",
             f"{word} {'.' * r.randint(3, 20)} {r.randint(1, 300)}", f"• {word} {self.number()}",
             f"+{r.randint(1, 99)} {r.randint(100, 999)} {r.randint(1000, 9999)}",
             f"{word[:3].upper()}-{r.randrange(10**5)}/{chr(65 + r.randrange(26))}",
             f"{r.randint(1, 99)} @ {self.number()}",
             f"{word.capitalize()}{r.choice((' & ', '&'))}{r.choice(self.words.english)}")
        )  # fmt: skip

    def amounts(self) -> str:
        """A row of numbers and dates."""
        r = self.rng
        return "  ".join(
            r.choice((self.number, self.number, self.date))() for _ in range(r.randint(1, 4))
        )

    def words_ja(self) -> str:
        """Words, the rare ones as often as the usual: prose has few kanji, and the same ones."""
        r, w = self.rng, self.words
        pool = r.choice((w.common, w.nouns, w.names, w.places, w.verbs))
        between = r.choice(("", "、", "・", " ", "　"))
        return between.join(r.choice(pool) for _ in range(r.randint(1, 12)))

    def rare(self) -> str:
        """Characters at random, so that every glyph is seen often."""
        r = self.rng
        pool = r.choice((KANJI, KANJI, KANJI[:LEVEL_1], KANJI[:LEVEL_1], ALPHABET, KANA))
        return "".join(r.choice(pool) for _ in range(r.randint(2, 24)))

    def mixed(self) -> str:
        """Japanese with Latin words and numbers between."""
        r = self.rng
        parts = [
            r.choice((self._noun(), r.choice(self.words.english), self.number()))
            for _ in range(r.randint(2, 7))
        ]
        return r.choice(("", "", " ")).join(parts)

    def one(self) -> str:
        """One word, as in a table cell."""
        if self.rng.random() < 0.3:
            return self.rng.choice(self.words.english)
        return pick(
            self.rng, self.words.common, self.words.nouns, self.words.names, self.words.verbs
        )
