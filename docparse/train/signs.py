"""Texts full of signs: firms, addresses of mail and pages, money, measures, quotes, code, notes."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from docparse.train.words import Words

DOMAINS = ("com", "co.jp", "jp", "ne.jp", "ac.jp", "go.jp", "org", "net", "io", "de", "co.uk", "eu")
FIRMS = ("Inc.", "Co.", "Ltd.", "LLC", "plc", "GmbH", "Sons", "Co., Ltd.")
FILES = ("txt", "pdf", "py", "csv", "html", "xlsx", "jpg", "md", "c", "json")
UNITS = ("°C", "°F", "°", "µm", "mm²", "m²", "m³", "km²", "kΩ", "µg/L", "mg/kg", "m/s", "%", "‰")
BEFORE = "#*†‡§¶№~±≤≥<>=+−×@•◦→←■□●○◆★☆✓†"
BEHIND = "*†‡®™°²³¹%%+…!?:;"
BETWEEN = "&/|+=~_\\^@#*<>×÷±≠≤≥→·–—−"
PAIRS = (
    "[]", "[]", "()", "{}", "<>", "“”", "“”", "‘’", '""', "''", "«»", "‹›", "„“", "``", "||", "**",
)  # fmt: skip
PAIRS_JA = (
    "「」", "「」", "『』", "（）", "（）", "()", "【】", "［］", "［］", "[]", "〔〕", "〈〉", "《》",
    "｛｝", "＜＞", "“”", "“”",
)  # fmt: skip
BEFORE_JA = "※＊■□●○◆◇▲△▼▽★☆◎→〒℡＃＠＋－№・≪〃"
BEHIND_JA = "：；？！…％～㈱㎡＊：？！。、"
BETWEEN_JA = "／～＆＋－＝×→・：＠―…、／～＆"
# Letters that have forms with accents, the usual ones in French, German, Spanish and others.
ACCENTS = {
    "a": "àáâãäåąă", "c": "çćč", "e": "éèêëęě", "i": "íìîï", "n": "ñń", "o": "óòôõöøő", "s": "śšş",
    "u": "úùûüů", "y": "ýÿ", "z": "źžż", "l": "ł", "g": "ğ", "r": "ř", "t": "ț", "d": "ď",
    "A": "ÀÁÂÃÄÅ", "C": "ÇČ", "E": "ÉÈÊ", "O": "ÓÔÕÖØ", "U": "ÚÛÜ", "I": "ÍÎ", "N": "Ñ", "S": "ŠŚ",
}  # fmt: skip
LIGATURES = {"ae": "æ", "oe": "œ", "ss": "ß", "AE": "Æ", "OE": "Œ"}


@dataclass(frozen=True, slots=True)
class Signs:
    """Draws texts in which signs stand as they do in print; the same seed gives the same texts."""

    words: Words
    rng: random.Random

    def western(self) -> str:
        """A stretch of Latin text with signs in it."""
        r = self.rng
        kinds: tuple[tuple[Callable[[], str], int], ...] = (
            (self._firm, 4), (self._address, 3), (self._money, 3), (self._measure, 2),
            (self._note, 3), (self._quoted, 4), (self._code, 3), (self._accented, 3),
            (self._between, 2),
        )  # fmt: skip
        drawn = [k() for k in r.choices(*zip(*kinds, strict=True), k=r.choice((1, 1, 2, 2, 3)))]
        parts = [part for text in drawn for part in (text, *self._plain())]
        return " ".join([*self._plain(), *parts])

    def japanese(self) -> str:
        """A stretch of Japanese text with signs in it."""
        r = self.rng
        parts: list[str] = []
        for _ in range(r.randint(1, 4)):
            kind = r.choice((self._bracketed, self._bracketed, self._marked, self._joined, self._latin))
            parts += [kind(), r.choice(("", "", r.choice(self.words.particles), self._noun()))]
        return "".join(parts)

    def _word(self) -> str:
        word = self.rng.choice(self.words.english)
        case = self.rng.random()
        return word.capitalize() if case < 0.3 else word.upper() if case < 0.4 else word

    def _plain(self) -> list[str]:
        return [self._word() for _ in range(self.rng.choice((0, 0, 0, 1, 2, 3)))]

    def _noun(self) -> str:
        w = self.words
        pool = self.rng.choice((w.common, w.nouns, w.names, w.places))
        return pool[int(len(pool) * self.rng.random() ** 2)]

    def _letters(self, count: int) -> str:
        return "".join(self.rng.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZ") for _ in range(count))

    def _number(self) -> str:
        r = self.rng
        value = r.randrange(10 ** r.randint(1, 6))
        return r.choice((str(value), f"{value:,}", f"{value / 10:.1f}", f"{value / 100:,.2f}"))

    def _firm(self) -> str:
        r = self.rng
        a, b = self._word(), self._word()
        return r.choice(
            (f"{a} & {b}", f"{a} & {b} {r.choice(FIRMS)}", f"{a} & {r.choice(FIRMS)}",
             f"{self._letters(1)}&{self._letters(1)}", f"{self._letters(2)}&{self._letters(1)}",
             f"{self._letters(1)} & {self._letters(1)}", f"{a}, {b} & {self._word()}",
             f"{a}® {b}", f"{a}™", f"© {r.randint(1980, 2030)} {a} {b}",
             f"©{r.randint(1980, 2030)} {a}", f"{a}, {b}, et al.")
        )  # fmt: skip

    def _address(self) -> str:
        r = self.rng
        a, b = (self._word().replace("'", "").lower() for _ in range(2))
        end = r.choice(DOMAINS)
        return r.choice(
            (f"{a}@{b}.{end}", f"{a}.{b}@{self._letters(3).lower()}.{end}", f"{a}_{b}@{a}.{end}",
             f"<{a}@{b}.{end}>", f"@{a}_{b}", f"#{a}", f"www.{a}-{b}.{end}",
             f"https://{a}.{end}/{b}?{a[:2]}={r.randint(0, 99)}&{b[:3]}={r.randint(0, 9)}",
             f"http://{a}.{end}/~{b}/#{a[:4]}", f"{a}_{b}.{r.choice(FILES)}",
             f"/{a}/{b}.{r.choice(FILES)}", f"C:\\{a.capitalize()}\\{b}.{r.choice(FILES)}",
             f"~/{a}/{b}", f"{a}.{end}/{b}")
        )  # fmt: skip

    def _money(self) -> str:
        r, n = self.rng, self._number()
        sign = r.choice("€£$¥¢€£")
        return r.choice(
            (f"{sign}{n}", f"{sign} {n}", f"{n} {sign}", f"{sign}{n}m", f"US${n}", f"{sign}{n}/{n}",
             f"({sign}{n})", f"-{sign}{n}", f"{n}%", f"{n} %", f"±{n}%", f"+{n}%", f"{sign}{n}*")
        )  # fmt: skip

    def _measure(self) -> str:
        r, n, unit = self.rng, self._number(), self.rng.choice(UNITS)
        return r.choice(
            (f"{n} {unit}", f"{n}{unit}", f"{n} ± {self._number()} {unit}", f"≤ {n} {unit}",
             f"≥{n}{unit}", f"~{n} {unit}", f"{n} × {self._number()} {unit}", f"<{n}", f"> {n}",
             f"{n}–{self._number()} {unit}", f"½ {unit}", f"{n} {r.choice('½¼¾')}",
             f"p < 0.{r.randint(0, 99):02}", f"10{r.choice('²³')} {unit}",
             f"{n}° {r.randint(0, 59)}′ {r.randint(0, 59)}″ {r.choice('NSEW')}")
        )  # fmt: skip

    def _note(self) -> str:
        r = self.rng
        a, n = self._word(), r.randint(1, 99)
        return r.choice(
            (f"[{n}]", f"[{n}, {n + 3}]", f"[{n}–{n + 4}]", f"{a} [{n}].", f"#{n}", f"# {n}",
             f"§ {n}", f"§{n}.{n % 7}", f"¶ {n}", f"{a}{r.choice(BEHIND)}", f"{r.choice(BEFORE)}{a}",
             f"{r.choice(BEFORE)} {a}", f"({a[0]})", f"{n})", f"[{a}]", f"({a}).", f"{a}: [{n}]",
             f"{a}...", f"{a}…", f"№ {n}", f"[{a} {self._word()}]")
        )  # fmt: skip

    def _quoted(self) -> str:
        r = self.rng
        inner = " ".join(self._word() for _ in range(r.choice((1, 1, 2, 3))))
        pair = r.choice(PAIRS)
        owner = f"{self._word()}{r.choice(chr(0x2019) + chr(0x27))}{r.choice(('s', 't', 're', 'll'))}"
        end = r.choice(("", "", ".", ",", "?", "!", ";", ":"))
        return r.choice(
            (f"{pair[0]}{inner}{pair[1]}{end}", f"{pair[0]}{inner}{end}{pair[1]}",
             f"{pair[0]}{inner}{end}{pair[1]}", owner, f"{inner} — {self._word()}",
             f"{inner}—{self._word()}", f"{inner} – {self._word()}")
        )  # fmt: skip

    def _code(self) -> str:
        r = self.rng
        a, b = (self._word().replace("'", "").lower()[:8] for _ in range(2))
        n = r.randint(0, 99)
        return r.choice(
            (f"if ({a} == {n}) {{", f"{a} = [{n}, {n + 1}];", f"{a} += {b} * {n}", f"{a}[{n}] = {b}",
             f"def {a}(self, *{b}):", f"{a}->{b}()", f"#include <{a}.h>", f"${a.upper()}/{b}",
             f"{a} || !{b}", f"{a} && {b}", f"{a}^{n} + {b}^2", f"`{a}`", f"{a} | {b}", f"|{a}|{n}|",
             f"{{{a}, {b}}}", f'{{"{a}": {n}}}', f"<{a}>{b}</{a}>", f"{a}_{b}", f"--{a}={b}", "}",
             f"// {a} {b}", f"/* {a} */", f"{a} != {n};", f"{a}: {b} | None = {n}", f"\\{a}{{{b}}}",
             f"{a} <= {b} >= {n}", f"@{a}", f"f({a}) = {n}{b[:1]}² − {n}", f"%{a}% $({b})")
        )  # fmt: skip

    def _accented(self) -> str:
        r = self.rng
        word = self._word()
        for plain, joined in LIGATURES.items():
            if plain in word and r.random() < 0.5:
                word = word.replace(plain, joined, 1)
        often = r.choice((0.15, 0.3))
        return "".join(
            r.choice(ACCENTS[c]) if c in ACCENTS and r.random() < often else c for c in word
        )

    def _between(self) -> str:
        r = self.rng
        sign, gap = r.choice(BETWEEN), r.choice(("", " "))
        return gap.join((self._word(), sign, self._word()))

    def _bracketed(self) -> str:
        r = self.rng
        inner = r.choice((self._noun, self._noun, self._joined, self._latin))()
        pair = r.choice(PAIRS_JA)
        return f"{pair[0]}{inner}{pair[1]}"

    def _marked(self) -> str:
        r = self.rng
        n, noun = r.randint(1, 20), self._noun()
        wide = str(n).translate({0x30 + d: 0xFF10 + d for d in range(10)})
        return r.choice(
            (f"{r.choice(BEFORE_JA)}{noun}", f"{r.choice(BEFORE_JA)} {noun}",
             f"{noun}{r.choice(BEHIND_JA)}", f"{noun}{r.choice(BEHIND_JA)}", f"{wide}．{noun}",
             f"{n}．{noun}", f"{wide}％", f"注）{noun}", f"注{n}）", f"（{wide}）{noun}", f"{n}）{noun}",
             f"※{n} {noun}", f"＊{n}", f"{chr(0x245F + n)}{noun}", f"㈱{noun}", f"№{n}",
             "".join(chr(0x2460 + place) for place in range(r.randint(1, 5))),
             f"{noun}（{chr(0x245F + n)}）", f"＃{wide}", f"{n}℃".replace("℃", "°C"))
        )  # fmt: skip

    def _joined(self) -> str:
        return f"{self._noun()}{self.rng.choice(BETWEEN_JA)}{self._noun()}"

    def _latin(self) -> str:
        r = self.rng
        a, b = self._letters(1), self._letters(1)
        wide = {0x21 + place: 0xFF01 + place for place in range(94)}
        return r.choice(
            (f"{a}&{b}", f"{a}＆{b}", f"{a}&{b}".translate(wide), self._address(), f"{a}/{b}",
             self._money(), f"{a}-{r.randint(1, 99)}", f"{a}{b}@{self._letters(2)}".translate(wide),
             f"{self._letters(3)}{r.choice(('®', '™', '+', '＋'))}", f"#{r.randint(1, 99)}",
             f"{self._noun()}+{self._noun()}", f"+{r.randint(1, 99)}%")
        )  # fmt: skip
