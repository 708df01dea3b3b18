"""The glyphs of one run to its text: accents join letters, dotted lines become dots."""

from __future__ import annotations

import re
from collections.abc import Sequence

from docparse.pages.clean import ACCENTS, REPLACEMENT, SOFT_HYPHEN, clean, is_rtl, over

Box = tuple[float, float, float, float]

# A hyphen that MuPDF reports as U+00AD although something follows it in the line.
SEEN_HYPHEN = "\U0010ffff"
# So many equal narrow glyphs that stand for nothing are a leader, a dotted line.
LEADER = 8
_MARKS = re.compile("[" + re.escape("".join(ACCENTS)) + "]")
_PICTURES = re.compile("dingbat|symbol|wingding|webding|marlett", re.IGNORECASE)
# Control characters of Windows-1252 that a font map took for Unicode.
_STRAY = {
    chr(code): text
    for code in range(0x80, 0xA0)
    if (text := bytes((code,)).decode("cp1252", errors="ignore"))
}


# What the symbol fonts of Windows print for codes that programs leave in the private use area.
_SYMBOL = str.maketrans(
    {0xF020 + i: char for i, char in enumerate(" !∀#∃%&∋()∗+,−./0123456789:;<=>?")}
    | {0xF041 + i: char for i, char in enumerate("ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ[∴]⊥_")}
    | {0xF061 + i: char for i, char in enumerate("αβχδεφγηιϕκλμνοπθρστυϖωξψζ{|}∼")}
    | {0xF0A1 + i: char for i, char in enumerate("ϒ′≤⁄∞ƒ♣♦♥♠↔←↑→↓°±″≥×∝∂•÷≠≡≈…")}
    | {0xF0C2 + i: char for i, char in enumerate("ℜ℘⊗⊕∅∩∪⊃⊇⊄⊂⊆∈∉∠∇®©™∏√⋅¬∧∨⇔⇐⇑⇒⇓◊〈®©™∑")}
)
_WINGDINGS = str.maketrans(
    {
        0xF000 + code: char
        for code, char in zip(
            b"\x6c\x6d\x6e\x6f\x70\x71\x75\x76\x77\x9e\x9f\xa1\xa7\xa8\xb7\xd8\xe0\xe8\xf0\xfb\xfc\xfd\xfe",
            "●❍■□❐❑◆❖⬥·•○▪◻•➢→➔⇨✗✓☒☑",
            strict=True,
        )
    }
)


def picture(char: str, font: str) -> str:
    """A character of the private use area as what a symbol font prints for it, if that is known."""
    table = _WINGDINGS if "ingdings" in font else _SYMBOL if "ymbol" in font else None
    # bullets by this code come in any font
    return char.translate(table) if table else "•" if char == "\uf0b7" else char


def meaning(control: str, box: Box, font: str) -> str:
    """What a control character stands for: U+FFFD if it prints something of which none can tell."""
    if box[2] <= box[0]:
        return "\u200b"
    return REPLACEMENT if _PICTURES.search(font) else _STRAY.get(control, REPLACEMENT)


def spell(chars: list[str], boxes: Sequence[Box], size: float) -> str:
    """The text of glyphs that stand side by side; `size`: of the font, in the unit of the boxes."""
    text = "".join(chars)
    if text.isascii() and not _MARKS.search(text):
        return text
    if chars[0] == REPLACEMENT and _is_leader(chars, boxes, size):
        return "." * len(chars)
    spelled: list[str] = []
    turned: list[str] = []
    right = boxes[0][0]
    for char, (x0, _, x1, _) in zip(chars, boxes, strict=True):
        if x1 - x0 < 0.01 and is_rtl(char):
            turned.append(char)
            continue
        if spelled and spelled[-1] == SOFT_HYPHEN:
            spelled[-1] = SEEN_HYPHEN
        joined = spelled and x0 < right - 0.5 * (x1 - x0) and _joined(spelled[-1], char)
        if joined:
            spelled[-1] = joined
        else:
            spelled.append(char)
        # Letters of one glyph (lam-alef): MuPDF takes them apart and then turns them round like
        # any right-to-left text, so those without a width stand before their glyph.
        spelled += reversed(turned)
        turned = []
        right = max(right, x1)
    return clean("".join(spelled + turned))


def _joined(first: str, second: str) -> str:
    """The letter that two glyphs on the same spot are together, "" if they are none."""
    if first in ACCENTS:
        return over(first, second)
    return over(second, first) if second in ACCENTS else ""


def _is_leader(chars: list[str], boxes: Sequence[Box], size: float) -> bool:
    """Whether glyphs without a meaning are many, narrow and all as wide as each other."""
    if len(chars) < LEADER or any(char != REPLACEMENT for char in chars):
        return False
    widths = [x1 - x0 for x0, _, x1, _ in boxes]
    return max(widths) < size / 2 and max(widths) - min(widths) < 0.02 * size
