"""Texts full of signs: firms, addresses of mail and pages, money, measures, quotes, code, notes."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from docparse.train.alphabet import LOWERED, RAISED
from docparse.train.words import Words, pick

# In patterns %w is a word, %l one in small letters, %é one with accents, %A a capital, %i a number
# up to 99, %n a figure, %y a year, %r and %v figures above and below the line, %N a Japanese noun,
# %I and %c wide and circled numbers; the others are of POOLS.
FIRMS = (
    "%w & %w", "%w & %w", "%w & %w %f", "%w & %f", "%A&%A", "%A%A&%A", "%A & %A", "%w, %w & %w",
    "%w® %w", "%w™", "© %y %w %w", "©%y %w", "%w, %w, et al.",
)  # fmt: skip
ADDRESSES = (
    "%l@%l.%d", "%l.%l@%l.%d", "%l_%l@%l.%d", "<%l@%l.%d>", "@%l_%l", "#%l", "www.%l-%l.%d",
    "https://%l.%d/%l?%l=%i&%l=%i", "http://%l.%d/~%l/#%l", "%l_%l.%x", "/%l/%l.%x",
    "C:\\%w\\%l.%x", "~/%l/%l", "%l.%d/%l",
)  # fmt: skip
MONEY = (
    "%m%n", "%m%n", "%m %n", "%n %m", "%m%nm", "US$%n", "%m%n/%n", "(%m%n)", "-%m%n", "%n%%",
    "%n %%", "±%n%%", "+%n%%", "%m%n*",
)  # fmt: skip
MEASURES = (
    "%n %u", "%n %u", "%n%u", "%n ± %n %u", "≤ %n %u", "≥%n%u", "~%n %u", "%n × %n %u", "<%n",
    "> %n", "%n–%n %u", "½ %u", "%n ¼", "%n ½", "%n ¾", "p < 0.%i", "10² %u", "10³ %u",
    "%i° %i′ %i″ N",
)  # fmt: skip
NOTES = (
    "[%i]", "[%i, %i]", "[%i–%i]", "%w [%i].", "#%i", "# %i", "§ %i", "§ %i", "§%i.%i", "§§ %i",
    "¶ %i", "%w%e", "%w%e", "%b%w", "%b %w", "(%A)", "%i)", "[%w]", "(%w).", "%w: [%i]", "%w...",
    "%w…", "№ %i", "[%w %w]",
)  # fmt: skip
SMALL = (
    "%w%r", "%w%r", "%w.%r", "%w,%r", "%w%r %w", "%A%A%A%r", "“%w.”%r", "%r %w", "%w %w%r,%r",
    "(%w)%r", "CO%v", "H%vO", "%A%v", "%w%v", "%n × 10%r",
)  # fmt: skip
NUMBERED = (
    "No. %n", "No. %i", "No.%n", "N=%n", "N = %n", "n = %n", "(n = %n)", "n=%i", "Fig. %i", "p. %i",
    "pp. %i–%i", "Vol. %i, No. %i", "%n-%n", "%n:%n", "%n/%n", "ID: %n", "(%n)", "%n %n %n",
)  # fmt: skip
QUOTES = tuple(
    template
    for a, b in (
        "[]", "()", "{}", "<>", "“”", "“”", "“”", "‘’", "‘’", '""', "''", "«»", "‹›", "„“", "``",
        "||", "**",
    )
    for template in (f"{a}%w{b}%.", f"{a}%w %w%.{b}", f"{a}%w%.{b}")
) + ("%w’%s", "%w'%s", "%w’%s", "%w — %w", "%w—%w", "%w – %w") * 3  # fmt: skip
CODE = (
    "if (%l == %i) {", "%l = [%i, %i];", "%l += %l * %i", "%l[%i] = %l", "def %l(self, *%l):",
    "%l->%l()", "#include <%l.h>", "$%A%A%A/%l", "%l || !%l", "%l && %l", "%A^%i + %A^2", "10^%i",
    "`%l`", "%l | %l", "|%l|%i|", "{%l, %l}", '{"%l": %i}', "<%l>%l</%l>", "%l_%l", "--%l=%l", "}",
    "// %l %l", "/* %l */", "%l != %i;", "%l: %l | None = %i", "\\%l{%l}", "%l <= %l >= %i", "@%l",
    "f(%A) = %iA² − %i", "%%%l", "$(%l)",
)  # fmt: skip
BETWEEN = tuple(
    f"%w{gap}{sign}{gap}%w" for sign in "&/|+=~_\\^@#*<>×÷±≠≤≥→·–—−" for gap in ("", " ")
)
LATIN_JA = (
    "%A&%A", "%A&%A", "%A＆%A", "%A/%A", "%A-%i", "%A%A@%A", "%A%A®", "%A%A™", "%A＋", "#%i",
    "%N%r", "%N%r", "CO%v", "%N+%N", "+%i%%", "%l@%l.%d", "%m%n",
)  # fmt: skip
JOINED = tuple(f"%N{sign}%N" for sign in "／～＆＋－＝×→・：＠―…、／～＆")
BRACKETED = tuple(
    template
    for a, b in (
        "「」", "「」", "『』", "（）", "（）", "()", "【】", "［］", "［］", "[]", "〔〕", "〈〉",
        "《》", "｛｝", "＜＞", "“”",
    )
    for template in (*(f"{a}%N{b}",) * 4, f"{a}%N／%N{b}", f"{a}%A＆%A{b}", f"{a}%A&%A{b}")
)  # fmt: skip
MARKED = (
    *(f"{sign}%N" for sign in "※＊■□●○◆◇▲△▼▽★☆◎→〒℡＃＠＋－№・≪〃"),
    *(f"※{gap}%N" for gap in ("", " ", "　")),
    *(f"%N{sign}" for sign in "：；？！…％～㈱㎡＊：？！"),
    "%I．%N", "%I．%N", "%i．%N", "%I％", "%i％", "注）%N", "注%i）", "（%I）%N", "%i）%N", "＊%i",
    "%c%N", "%c%c%c", "%c", "%N（%c）", "㈱%N", "№%i", "＃%I", "%i°C",
)  # fmt: skip
ACCENTED = ("%é", "%é %é", "%é %é, %é")
WESTERN = (
    FIRMS, FIRMS, ADDRESSES, MONEY, MEASURES, NOTES, NUMBERED, NUMBERED, SMALL, SMALL, QUOTES,
    QUOTES, CODE, BETWEEN, ACCENTED,
)  # fmt: skip
JAPANESE = (BRACKETED, BRACKETED, MARKED, JOINED, LATIN_JA)
POOLS: dict[str, tuple[str, ...]] = {
    "d": ("com", "co.jp", "jp", "ne.jp", "ac.jp", "go.jp", "org", "net", "io", "de", "co.uk", "eu"),
    "f": ("Inc.", "Co.", "Ltd.", "LLC", "plc", "GmbH", "Sons", "Co., Ltd."),
    "x": ("txt", "pdf", "py", "csv", "html", "xlsx", "jpg", "md", "c", "json"),
    "u": ("°C", "°F", "°", "µm", "mm²", "m²", "m³", "km²", "kΩ", "µg/L", "mg/kg", "m/s", "%", "‰"),
    "s": ("s", "s", "t", "re", "ll"),
    "m": tuple("€£$¥¢€£"),
    "b": tuple("#*†‡§¶№~±≤≥<>=+−×@•→←■□●○◆★☆✓"),
    "e": tuple("*†‡®™°²³¹%+…!?:;"),
    ".": ("", "", *".,?!;:"),
    "A": tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
    "%": ("%",),
}
# Of numbers: with a row of one figure, in which one is lost easily; and so many noughts at the end.
REPEATED, ROUND = 0.3, 0.15
# Letters that have forms with accents, the usual ones in French, German, Spanish and others.
ACCENTS = {
    "a": "äääàààáâãåąă", "c": "çćč", "e": "éééééèèêëęě", "i": "íìîïï", "n": "ñń", "o": "öööóóòôõøő",
    "s": "śšş", "u": "üüüúùûů", "y": "ýÿ", "z": "źžż", "l": "ł", "g": "ğ", "r": "ř", "t": "ț",
    "d": "ď", "A": "ÀÁÂÃÄÅ", "C": "ÇČ", "E": "ÉÈÊ", "O": "ÓÔÕÖØ", "U": "ÚÛÜ", "I": "ÍÎ", "N": "Ñ",
    "S": "ŠŚ",
}  # fmt: skip
LIGATURES = {"ae": "æ", "oe": "œ", "ss": "ß", "AE": "Æ", "OE": "Œ"}
_WIDE_DIGITS = {0x30 + digit: 0xFF10 + digit for digit in range(10)}
_RAISED = str.maketrans("0123456789", RAISED)
_PLACE = re.compile("%(.)")


def draw_value(rng: random.Random, digits: int) -> int:
    """A number of up to so many digits; many have a row of one figure, or are round."""
    value = str(rng.randrange(10**digits))
    kind = rng.random()
    if kind < REPEATED + ROUND and digits > 1:
        length = min(digits, rng.choice((2, 2, 3, 3, 4, 5)))
        row = ("0" if kind < ROUND else rng.choice("0123456789")) * length
        start = digits - length if kind < ROUND else rng.randint(0, digits - length)
        value = value.zfill(digits)
        value = value[:start] + row + value[start + length :]
    return int(value)


@dataclass(frozen=True, slots=True)
class Signs:
    """Draws texts in which signs stand as they do in print; the same seed gives the same texts."""

    words: Words
    rng: random.Random

    def western(self) -> str:
        """A stretch of Latin text with signs in it."""
        parts = self._plain()
        for _ in range(self.rng.choice((1, 1, 2, 2, 3))):
            parts += [self._of(WESTERN), *self._plain()]
        return " ".join(parts)

    def japanese(self) -> str:
        """A stretch of Japanese text with signs in it."""
        r = self.rng
        parts: list[str] = []
        for _ in range(r.randint(1, 4)):
            parts += [
                self._of(JAPANESE),
                r.choice(("", r.choice(self.words.particles), self._noun())),
            ]
        return "".join(parts)

    def _of(self, kinds: Sequence[Sequence[str]]) -> str:
        pattern = self.rng.choice(self.rng.choice(kinds))
        return _PLACE.sub(lambda found: self._drawn(found[1]), pattern)

    def _drawn(self, what: str) -> str:
        """What stands where a pattern has %`what`."""
        r = self.rng
        if what in POOLS:
            return r.choice(POOLS[what])
        makers: dict[str, Callable[[], str]] = {
            "w": self._word, "l": self._small, "é": self._accented, "N": self._noun,
            "n": self._figure, "i": lambda: str(r.randint(1, 99)),
            "r": lambda: str(r.choice((r.randint(1, 9), r.randint(1, 60)))).translate(_RAISED),
            "v": lambda: LOWERED[r.choice((2, 2, 2, 3, 4, r.randint(1, 9)))],
            "y": lambda: str(r.randint(1980, 2030)), "c": lambda: chr(0x2460 + r.randrange(20)),
            "I": lambda: str(r.randint(1, 20)).translate(_WIDE_DIGITS),
        }  # fmt: skip
        return makers[what]()

    def _plain(self) -> list[str]:
        return [self._word() for _ in range(self.rng.choice((0, 0, 0, 1, 2, 3)))]

    def _word(self) -> str:
        word, case = self.rng.choice(self.words.english), self.rng.random()
        return word.capitalize() if case < 0.3 else word.upper() if case < 0.4 else word

    def _small(self) -> str:
        return self.rng.choice(self.words.english).replace("'", "").lower()

    def _noun(self) -> str:
        w = self.words
        return pick(self.rng, w.common, w.nouns, w.names, w.places)

    def _figure(self) -> str:
        value = draw_value(self.rng, self.rng.randint(1, 6))
        return self.rng.choice(
            (str(value), f"{value:,}", f"{value / 10:.1f}", f"{value / 100:,.2f}")
        )

    def _accented(self) -> str:
        r, word = self.rng, self._word()
        for plain, joined in LIGATURES.items():
            if r.random() < 0.5:
                word = word.replace(plain, joined, 1)
        often = r.choice((0.15, 0.3))
        return "".join(
            r.choice(ACCENTS[c]) if c in ACCENTS and r.random() < often else c for c in word
        )
