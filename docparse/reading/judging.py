"""Whether a text layer says what the pixels of its page say, from a sample of its lines."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import PIL.Image

from docparse.pages.native import crop
from docparse.textlines.ink import flatten
from docparse.types import BBox

if TYPE_CHECKING:
    from docparse.engines.lines import LineReader
    from docparse.pages.page import PageInput
    from docparse.types import Line

# So many lines are read, of so many characters each.
SAMPLE, SHORTEST, LONGEST = 6, 4, 80
# The reader has to be this sure of what it sees to be believed against the file.
CAPABLE = 0.88
# Fewer characters prove nothing.
LEAST_LETTERS = 12
# Less agreement than this is chance: good layers agree by 0.9 and more, wrong ones by 0.3 at most.
AGREEMENT = 0.45
# Readers know these scripts, as the names of characters begin.
_KNOWN = ("LATIN", "DIGIT", "CJK", "HIRAGANA", "KATAKANA", "FULLWIDTH")


def disagreement(page: PageInput, reader: LineReader) -> str:
    """Why the layer of a page is not what its pixels show, in a few words; "" where it is.

    It is believed unless the reader is sure of other words.
    """
    lines = sample(page.lines)
    texts = reader.read([_picture(page, line.bbox) for line in lines])
    pairs = [
        (plain(line.text), plain(text.text))
        for line, text in zip(lines, texts, strict=True)
        if text.mean_confidence >= CAPABLE and len(plain(text.text)) >= SHORTEST
    ]
    size = sum(len(layer) for layer, _ in pairs)
    if size < LEAST_LETTERS or 2 * len(pairs) < len(lines):
        return ""
    agreed = sum(similarity(layer, read) * len(layer) for layer, read in pairs) / size
    if agreed >= AGREEMENT:
        return ""
    layer, read = max(pairs, key=lambda pair: len(pair[1]))
    return f"it says {layer[:30]!r} where the page shows {read[:30]!r}"


def sample(lines: Sequence[Line]) -> list[Line]:
    """Horizontal lines from all over the page, of the usual scripts and neither short nor long."""
    fit = [
        line
        for line in lines
        if not line.vertical
        and not line.angle
        and SHORTEST <= len(plain(line.text)) <= LONGEST
        and line.bbox.height > 8
        and _is_known(line.text)
    ]
    step = max(1, -(-len(fit) // SAMPLE))
    return fit[::step]


def plain(text: str) -> str:
    """Letters and digits alone, in small letters, for spaces and dashes are read in many ways."""
    return "".join(c for c in unicodedata.normalize("NFKC", text).lower() if c.isalnum())


def similarity(one: str, other: str) -> float:
    """Twice the characters in common over the characters of both (Ratcliff and Obershelp)."""
    return difflib.SequenceMatcher(None, one, other, autojunk=False).ratio()


def _is_known(text: str) -> bool:
    letters = [char for char in text if char.isalnum()]
    known = sum(unicodedata.name(char, "").startswith(_KNOWN) for char in letters)
    return known >= 0.8 * len(letters)


def _picture(page: PageInput, box: BBox) -> PIL.Image.Image:
    pad = max(1, box.height // 10)
    around = BBox.around(box.x0 - 3 * pad, box.y0 - pad, box.x1 + 3 * pad, box.y1 + pad)
    part = np.asarray(crop(page, around).convert("L"), dtype=np.uint8)
    return PIL.Image.fromarray(flatten(part))
