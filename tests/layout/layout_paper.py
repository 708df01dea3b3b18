"""Rows, drafts, blocks and pages made by hand for the layout tests."""

from __future__ import annotations

from docparse.layout.drafts import Draft
from docparse.layout.flows import Canvas, Flow
from docparse.layout.rows import Row, make_row
from docparse.types import BBox, Block, Kind, Line, Page, Style, Word

SIZE = 20.0
STEP = 26
WIDTH, HEIGHT = 1000, 1400


def word(text: str, x: int, y: int, **style: object) -> Word:
    """A word at (x, y), half a font size wide for each letter, one for each ideograph."""
    font_size = float(style.pop("size", SIZE))  # type: ignore[arg-type]
    space_after = bool(style.pop("space_after", True))
    width = sum(font_size if char > "\u2e80" else font_size / 2 for char in text)
    box = BBox(x, y, x + max(1, round(width)), y + round(font_size))
    made = Style(font_size, **style)  # type: ignore[arg-type]
    return Word(text, box, style=made, space_after=space_after)


def words(text: str, x: int, y: int, **style: object) -> tuple[Word, ...]:
    """The words of a line that begins at (x, y)."""
    made = []
    for part in text.split(" "):
        made.append(word(part, x, y, **style))
        x = made[-1].bbox.x1 + round(float(style.get("size", SIZE)) / 2)  # type: ignore[arg-type]
    return tuple(made)


def row(text: str, x: int = 100, y: int = 100, *, flow: Flow = "right", **style: object) -> Row:
    return make_row(words(text, x, y, **style), Canvas(WIDTH, HEIGHT, flow))


def rows(*texts: str, x: int = 100, y: int = 100, step: int = STEP, **style: object) -> list[Row]:
    """Lines below each other; leading spaces of a text indent it by half a font size each."""
    made = []
    for number, text in enumerate(texts):
        indent = len(text) - len(text.lstrip(" "))
        made.append(row(text.strip(), x + indent * 10, y + number * step, **style))
    return made


def draft(
    *texts: str,
    kind: Kind = "paragraph",
    x: int = 100,
    y: int = 100,
    confidence: float = 1.0,
    **style: object,
) -> Draft:
    lines = rows(*texts, x=x, y=y, **style)
    x0, y0 = min(r.bbox.x0 for r in lines), min(r.bbox.y0 for r in lines)
    x1, y1 = max(r.bbox.x1 for r in lines), max(r.bbox.y1 for r in lines)
    return Draft(kind, BBox(x0, y0, x1, y1), tuple(lines), confidence=confidence)


def line(text: str, x: int = 100, y: int = 100, **style: object) -> Line:
    return Line(words(text, x, y, **style))


def block(
    text: str, *, kind: Kind = "paragraph", x: int = 100, y: int = 100, **style: object
) -> Block:
    made = words(text, x, y, **style)
    box = BBox(x, y, made[-1].bbox.x1, made[0].bbox.y1)
    return Block(kind, box, text, words=made, level=1 if kind == "heading" else 0)


def page(*blocks: Block, number: int = 1) -> Page:
    return Page(number, WIDTH, HEIGHT, 200, blocks=tuple(blocks))
