"""Words of a page to pieces: runs of text without a wide gap, each with a searchable key.

Rules look at *keys* (NFKC, no white space but between two numbers) and cut the boxes and the
printed text of what they found out of the piece again, to the character.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from docparse.extraction.lean import find_lean, straighten
from docparse.extraction.lookalikes import mend
from docparse.extraction.record import Evidence
from docparse.types import BBox, Line, Provenance, Word

# In heights of a line: a wider gap between words parts two pieces, a narrower one joins two.
PART_GAP = 1.5
JOIN_GAP = 0.25
# Readers give each word alone, also where only a space stands between them.
READ_GAP, SPACE = 0.8, 0.15


@dataclass(frozen=True, slots=True)
class Glyph:
    """One printed character: its NFKC form (may be several characters) and where it stands.

    `x0` to `y1`: on level lines, for rules. `place`: x0 y0 x1 y1 on the page, for evidence.
    """

    raw: str
    norm: str
    x0: float
    x1: float
    y0: float
    y1: float
    place: tuple[float, float, float, float]
    confidence: float
    source: Provenance
    spaced: bool  # a space stands before it


@dataclass(frozen=True)
class Piece:
    """Text on one line of a page, without a wide gap."""

    page: int
    glyphs: tuple[Glyph, ...]
    size: float

    @cached_property
    def key(self) -> str:
        return "".join(self._norms)

    @cached_property
    def _norms(self) -> list[str]:
        """The key's part of each glyph; a space stays only where it parts two numbers."""
        norms: list[str] = []
        for glyph in self.glyphs:
            parts = glyph.spaced and norms and norms[-1][-1:].isdigit() and glyph.norm[0].isdigit()
            norms.append(f" {glyph.norm}" if parts else glyph.norm)
        return norms

    @cached_property
    def _owner(self) -> list[int]:
        """For each character of the key, the glyph that it comes from."""
        return [i for i, norm in enumerate(self._norms) for _ in norm]

    @cached_property
    def starts(self) -> frozenset[int]:
        """Places in the key where a label may begin: the first, and those after a gap or a mark."""
        marks = " :/|()[]【】「」『』〔〕<>《》■□●○◆◇・※、,;；。*"
        found = {0}
        for i, owner in enumerate(self._owner):
            if i and (self.glyphs[owner].spaced or self.key[i - 1] in marks):
                found.add(i)
        return frozenset(found)

    @property
    def is_read(self) -> bool:
        """Whether the text was read from pixels, so that spaces and small marks may be lost."""
        return self.glyphs[0].source != "text-layer"

    @cached_property
    def x0(self) -> float:
        return min(glyph.x0 for glyph in self.glyphs)

    @cached_property
    def x1(self) -> float:
        return max(glyph.x1 for glyph in self.glyphs)

    @cached_property
    def y0(self) -> float:
        return min(glyph.y0 for glyph in self.glyphs)

    @cached_property
    def y1(self) -> float:
        return max(glyph.y1 for glyph in self.glyphs)

    @cached_property
    def xc(self) -> float:
        return (self.x0 + self.x1) / 2

    @cached_property
    def yc(self) -> float:
        return (self.y0 + self.y1) / 2

    @cached_property
    def height(self) -> float:
        return self.y1 - self.y0

    def text(self, start: int = 0, end: int | None = None) -> str:
        """What is printed for a stretch of the key, in NFKC with single spaces."""
        glyphs = self._cut(start, end)
        parts = [(" " if g.spaced and i else "") + g.norm for i, g in enumerate(glyphs)]
        return "".join(parts)

    def _cut(self, start: int, end: int | None) -> tuple[Glyph, ...]:
        owners = self._owner[start:end]
        return self.glyphs[owners[0] : owners[-1] + 1] if owners else ()

    def evidence(self, start: int = 0, end: int | None = None, *, trust: float = 1.0) -> Evidence:
        """The place of a stretch of the key; `trust` is how sure the rule is of itself, 0 to 1."""
        glyphs = self._cut(start, end)
        printed = [(" " if g.spaced and i else "") + g.raw for i, g in enumerate(glyphs)]
        return Evidence(
            page=self.page,
            bbox=BBox.around(
                min(g.place[0] for g in glyphs),
                min(g.place[1] for g in glyphs),
                max(g.place[2] for g in glyphs),
                max(g.place[3] for g in glyphs),
            ),
            text="".join(printed),
            confidence=trust * min(g.confidence for g in glyphs),
            source=glyphs[0].source,
        )

    def part(self, start: int, end: int | None = None) -> Piece:
        """A stretch of the key as a piece of its own."""
        return Piece(self.page, self._cut(start, end), self.size)


def to_pieces(lines: Iterable[Line], page: int) -> list[Piece]:
    """The pieces of a page, from top to bottom; text that does not run level is left out."""
    level_lines = [line for line in lines if not line.vertical and not line.angle]
    lean = find_lean([word for line in level_lines for word in line.words])
    pieces: list[Piece] = []
    for line in level_lines:
        run: list[_Placed] = []
        for word in line.words:
            placed = _Placed(straighten(word, lean) if lean else word, word.bbox)
            if run and placed.box.x0 - run[-1].box.x1 > PART_GAP * _size(placed.word):
                pieces += _piece(run, page)
                run = []
            run.append(placed)
        pieces += _piece(run, page)
    pieces.sort(key=lambda piece: (piece.yc, piece.x0))
    return join_letters(join_near(pieces))


@dataclass(frozen=True, slots=True)
class _Placed:
    """A word on a level line, and its box on the page."""

    word: Word
    place: BBox

    @property
    def box(self) -> BBox:
        return self.word.bbox


def _size(word: Word) -> float:
    if word.is_read:
        return 0.85 * word.bbox.height  # readers know boxes, and guess sizes
    return word.style.size if word.style and word.style.size else 0.8 * word.bbox.height


def _piece(words: Sequence[_Placed], page: int) -> list[Piece]:
    glyphs: list[Glyph] = []
    spaced = False
    for placed in words:
        glyphs += _glyphs(placed, spaced=spaced)
        spaced = placed.word.space_after
    if not any(glyph.norm for glyph in glyphs):
        return []
    return [Piece(page, tuple(glyphs), max(_size(placed.word) for placed in words))]


def _glyphs(placed: _Placed, *, spaced: bool) -> list[Glyph]:
    """The characters of a word, each with its share of the box: wide ones count twice."""
    word, box, place = placed.word, placed.box, placed.place
    norms = mend(word.text) if word.is_read else word.text
    shares = [1.0 if unicodedata.east_asian_width(c) in "WFA" else 0.55 for c in word.text]
    total, at = sum(shares) or 1.0, 0.0
    glyphs = []
    for char, known, share in zip(word.text, norms, shares, strict=True):
        start, at = at / total, at + share
        end = at / total
        norm = unicodedata.normalize("NFKC", known).replace(" ", "")
        if norm:
            x0, x1 = box.x0 + start * box.width, box.x0 + end * box.width
            page_x = place.x0 + start * place.width, place.x0 + end * place.width
            on_page = (page_x[0], float(place.y0), page_x[1], float(place.y1))
            scored = word.confidence, word.source, spaced
            glyphs.append(Glyph(char, norm, x0, x1, box.y0, box.y1, on_page, *scored))
        spaced = not norm
    return glyphs


def level(a: Piece, b: Piece) -> bool:
    """Whether two pieces stand on one line: half of the lower one's height is shared."""
    shared = min(a.y1, b.y1) - max(a.y0, b.y0)
    return shared >= 0.5 * min(a.height, b.height)


def join_near(pieces: list[Piece]) -> list[Piece]:
    """Joins pieces of one line that all but touch, as files have that draw word by word."""
    joined: list[Piece] = []
    for piece in sorted(pieces, key=lambda p: (p.x0, p.yc)):
        for i, other in enumerate(joined):
            size, gap = min(piece.size, other.size), piece.x0 - other.x1
            reach = READ_GAP if piece.is_read and other.is_read else JOIN_GAP
            near = -0.3 * piece.size < gap < reach * size
            alike = 0.7 < piece.size / max(other.size, 1e-6) < 1.4
            if near and alike and abs(piece.yc - other.yc) < 0.25 * piece.size:
                first = replace(piece.glyphs[0], spaced=gap > SPACE * size)
                glyphs = (*other.glyphs, first, *piece.glyphs[1:])
                joined[i] = Piece(piece.page, glyphs, other.size)
                break
        else:
            joined.append(piece)
    return sorted(joined, key=lambda p: (p.yc, p.x0))


# Labels that are often printed spaced out, 合　　計; only such are put together again.
SPREAD_WORDS = frozenset(
    [
        "請求書",
        "御請求書",
        "ご請求書",
        "領収書",
        "領収証",
        "納品書",
        "見積書",
        "御見積書",
        "合計",
        "小計",
        "件名",
        "備考",
        "金額",
        "数量",
        "単価",
        "品名",
        "摘要",
        "税率",
        "日付",
        "単位",
        "内容",
        "品目",
        "項目",
        "消費税",
        "振込先",
        "総合計",
        "税込合計",
        "明細",
        "月日",
        "品番",
        "請求明細書",
        "合計請求書",
        "登録番号",
        "発行日",
        "支払期限",
        "担当",
        "住所",
        "電話",
        "商品名",
        "銀行",
        "税抜",
        "税込",
    ]
)


def join_letters(pieces: list[Piece]) -> list[Piece]:
    """Joins single characters far apart that together are one of the words above."""
    loose = [piece for piece in pieces if len(piece.key) <= 2]
    used: set[int] = set()
    made: list[Piece] = []
    for first in loose:
        if id(first) in used:
            continue
        chain = [first]
        for piece in sorted(loose, key=lambda p: p.x0):
            gap = piece.x0 - chain[-1].x1
            if id(piece) not in used and 0 < gap < 6 * first.size and level(first, piece):
                chain.append(piece)
        while len(chain) > 1:
            if "".join(piece.key for piece in chain) in SPREAD_WORDS:
                used |= {id(piece) for piece in chain}
                glyphs = tuple(glyph for piece in chain for glyph in piece.glyphs)
                made.append(Piece(first.page, glyphs, first.size))
                break
            chain.pop()
    kept = [piece for piece in pieces if id(piece) not in used]
    return sorted(kept + made, key=lambda p: (p.yc, p.x0))
