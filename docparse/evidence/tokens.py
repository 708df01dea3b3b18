"""Texts cut into the pieces that are compared, placed and given a box: words, or CJK characters."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from docparse.types import Block, Span

# CJK is placed character by character, everything else word by word.
WIDE = "\u3001-\u30ff\u3400-\u9fff\uf900-\ufaff\uff61-\uff9f"
_PIECE = re.compile(rf"[{WIDE}]|[^\s{WIDE}]+")
_IS_WIDE = re.compile(f"[{WIDE}]")
# Signs that are written in many ways, and say the same.
_ALIKE = str.maketrans(
    dict.fromkeys("‐‑‒–—―−─━ー", "-") | dict.fromkeys("“”„«»‘’‚`´", "'") | {'"': "'"}
    | dict.fromkeys("•·‧∙●○◦▪■□◆◇►▶➢✓", "·")
)  # fmt: skip
# What such a character counts for beside a letter: it takes the room of two and says as much.
WIDE_WEIGHT = 2


@dataclass(frozen=True, slots=True)
class Token:
    """Characters `start` to `end` of a text; `key` is what of them is compared.

    `weight`: how much a match of it proves, in letters; 0 for signs.
    """

    start: int
    end: int
    key: str
    weight: int

    @property
    def is_wide(self) -> bool:
        return self.end == self.start + 1 and _IS_WIDE.fullmatch(self.key) is not None


def has_wide(text: str) -> bool:
    """Whether there are CJK characters in it."""
    return _IS_WIDE.search(text) is not None


def tokens_of(text: str) -> list[Token]:
    """All pieces of a text in order."""
    found = []
    for piece in _PIECE.finditer(text):
        key, weight = _key(piece[0])
        found.append(Token(piece.start(), piece.end(), key, weight))
    return found


def _key(piece: str) -> tuple[str, int]:
    plain = unicodedata.normalize("NFKC", piece).casefold()
    letters = "".join(filter(str.isalnum, plain))
    # the mark of a long vowel is read as a dash and the other way round
    if not letters or letters == "ー":
        return plain.translate(_ALIKE), 0
    wide = _IS_WIDE.fullmatch(letters) is not None
    return letters, WIDE_WEIGHT if wide else len(letters)


@dataclass(frozen=True, slots=True)
class Part:
    """A text of a page with a box of its own: a block's, or that of its list item or cell `index`.

    `kind`: where in block `block` it stands. `math`: stretches of it that are LaTeX.
    """

    block: int
    kind: str
    index: int
    text: str
    math: tuple[tuple[int, int], ...] = ()

    def is_math(self, token: Token) -> bool:
        return any(start < token.end and token.start < end for start, end in self.math)


def parts_of(block: Block, number: int) -> Iterator[Part]:
    """The texts of a block in the order in which they are read, empty ones left out."""
    if block.text.strip():
        yield Part(number, "text", 0, block.text, _math(block.spans))
    for index, item in enumerate(block.items):
        if item.text.strip():
            yield Part(number, "item", index, item.text, _math(item.spans))
    for index, cell in enumerate(block.table.cells if block.table else ()):
        if cell.text.strip():
            yield Part(number, "cell", index, cell.text, _math(cell.spans))


def _math(spans: tuple[Span, ...]) -> tuple[tuple[int, int], ...]:
    return tuple((span.start, span.end) for span in spans if span.math)
