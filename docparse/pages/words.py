"""Lines of runs to Lines of Words in native pixels."""

from __future__ import annotations

import math
from collections.abc import Iterable

from docparse.pages.chars import SPACE, RawLine, Run
from docparse.types import BBox, Line, Script, Style, Word

# Baselines that are off a right angle by no more than this are drawn askew, not turned.
ASKEW = 3
# What somebody else's reader made of a scan is right more often than not.
OCR_CONFIDENCE = 0.9


def to_lines(
    lines: Iterable[RawLine],
    *,
    scale: float,
    width: int,
    height: int,
) -> tuple[Line, ...]:
    """The runs that can be seen, as words; `scale`: native pixels per point."""
    styles: dict[tuple[int, Script, bool], Style] = {}
    made: list[Line] = []
    for line in lines:
        words = []
        for run in line.runs:
            if run.hidden:
                continue
            key = (id(run.face), run.script, run.is_ocr)
            style = styles.get(key) or styles.setdefault(key, _style(run, scale))
            words.append(
                Word(
                    text=run.text,
                    bbox=_native(run, scale, width, height),
                    confidence=OCR_CONFIDENCE if run.is_ocr else 1.0,
                    source="ocr" if run.is_ocr else "text-layer",
                    style=style,
                    space_after=run.space == SPACE,
                )
            )
        if words:
            made.append(Line(tuple(words), vertical=line.vertical, angle=angle_of(line)))
    return tuple(made)


def angle_of(line: RawLine) -> int:
    """Degrees counter-clockwise, 0 to 359; 0 for vertical writing, which is not turned."""
    if line.vertical:
        return 0
    angle = round(math.degrees(math.atan2(-line.dy, line.dx))) % 360
    nearest = round(angle / 90) * 90
    return nearest % 360 if abs(angle - nearest) <= ASKEW else angle


def _native(run: Run, scale: float, width: int, height: int) -> BBox:
    """As `BBox.around(...).clip(...)`, at a third of the cost: a page has a thousand words."""
    x0 = min(max(math.floor(run.x0 * scale + 1e-3), 0), width)
    y0 = min(max(math.floor(run.y0 * scale + 1e-3), 0), height)
    x1 = min(max(math.ceil(run.x1 * scale - 1e-3), x0), width)
    y1 = min(max(math.ceil(run.y1 * scale - 1e-3), y0), height)
    return BBox(x0, y0, x1, y1)


def _style(run: Run, scale: float) -> Style:
    face = run.face
    return Style(
        size=round(face.size * scale, 2),
        font=face.font,
        bold=face.bold,
        italic=face.italic,
        # readers lay all their text in one font of fixed width
        mono=face.mono and not run.is_ocr,
        script=run.script,
    )
