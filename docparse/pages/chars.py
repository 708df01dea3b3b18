"""MuPDF's text page to lines of runs: stretches of characters set alike, without a space.

Coordinates are points of the rotated and cropped page, origin top-left.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from docparse.mupdf import pymupdf
from docparse.pages.clean import REPLACEMENT, SOFT_HYPHEN, is_rtl, num_tags
from docparse.pages.glyphs import SEEN_HYPHEN, Box, meaning, picture, spell
from docparse.types import Script

mupdf = pymupdf.mupdf

# Ligatures and spaces as the file has them: both are looked at here. Without what is clipped away.
RAW = pymupdf.TEXT_PRESERVE_LIGATURES | pymupdf.TEXT_PRESERVE_WHITESPACE
FLAGS = RAW | pymupdf.TEXT_CLIP
_PAINTED = mupdf.FZ_STEXT_FILLED | mupdf.FZ_STEXT_STROKED | mupdf.FZ_STEXT_CLIPPED
# Smaller text than this, in points, is not for reading.
TINY = 1.0
# Why a run cannot be seen, as far as the text page tells.
INVISIBLE, TOO_SMALL = "drawn invisibly", "smaller than one point"
# A gap of more than this many ems ends a word even where no space is written.
WIDE_GAP = 0.5
# A gap of this many ems is a space where left-to-right text stands in right-to-left text.
TURN_GAP = 0.12
# The same character again at less than this many ems: overprinted to look bold.
OVERPRINT = 0.08

NO_SPACE, GUESSED_SPACE, SPACE = 0, 1, 2

_LOOK = _PAINTED | mupdf.FZ_STEXT_BOLD
_BOLD = re.compile("bold|black|heavy|semibold|demi", re.IGNORECASE)
_ITALIC = re.compile("italic|oblique|kursiv", re.IGNORECASE)
_MONO = re.compile("mono|courier|consol|typewriter|cmtt|menlo|lettergothic", re.IGNORECASE)
_BEFORE_RTL = "\u058f"


@dataclass(frozen=True, slots=True)
class Face:
    """What a run is set in; `hidden` says why nobody can see it ("" if that is not so)."""

    font: str
    size: float
    bold: bool
    italic: bool
    mono: bool
    hidden: str


@dataclass(slots=True)
class Run:
    """Characters set alike with no space between them; `chars` and `boxes` as they are read.

    `base`: how far up the baseline lies, across the writing direction. `space`: what follows, a
    space of the text or one that MuPDF guessed from a gap. `hidden`: why nobody can see it.
    `is_ocr`: from a layer over a scan.
    """

    face: Face
    base: float
    chars: list[str] = field(default_factory=list)
    boxes: list[Box] = field(default_factory=list)
    text: str = ""
    x0: float = 0.0
    y0: float = 0.0
    x1: float = 0.0
    y1: float = 0.0
    space: int = NO_SPACE
    script: Script = ""
    hidden: str = ""
    is_ocr: bool = False


@dataclass(slots=True)
class RawLine:
    """Runs on one baseline in the order of the text; `dx`, `dy` is where writing goes, y down.

    `block`: the number of the text block that MuPDF puts the line in. `box`: around all runs as
    they were read.
    """

    runs: list[Run]
    dx: float
    dy: float
    vertical: bool
    block: int
    box: Box


def box_of(runs: list[Run]) -> Box:
    """Around all runs: x0, y0, x1, y1."""
    if len(runs) == 1:
        return runs[0].x0, runs[0].y0, runs[0].x1, runs[0].y1
    return (
        min([run.x0 for run in runs]),
        min([run.y0 for run in runs]),
        max([run.x1 for run in runs]),
        max([run.y1 for run in runs]),
    )


def read_lines(text_page: pymupdf.mupdf.FzStextPage, page: pymupdf.Page) -> list[RawLine]:
    """The lines of a text page (made with FLAGS), in the order of the file."""
    wrapped = pymupdf.TextPage(text_page)
    wrapped.parent = page
    faces: dict[tuple[object, ...], Face] = {}
    lines: list[RawLine] = []
    for number, block in enumerate(wrapped.extractRAWDICT()["blocks"]):
        for line in block["lines"]:
            dx, dy = line["dir"]
            runs = [run for run in _read_runs(line["spans"], dx, dy, faces) if _finish(run)]
            if not runs and lines and lines[-1].block == number:
                lines[-1].runs[-1].space = SPACE  # a line of nothing but a space
            if runs:
                lines.append(RawLine(runs, dx, dy, line["wmode"] == 1, number, box_of(runs)))
    _settle_hyphens(lines)
    return lines


def _read_runs(
    spans: list[dict[str, Any]], dx: float, dy: float, faces: dict[tuple[object, ...], Face]
) -> list[Run]:
    """The runs of one line; a run goes on across spans whose faces are the same."""
    axis = 0 if abs(dx) >= abs(dy) else 1
    runs: list[Run] = []
    is_open = False
    for span in spans:
        face = _face(span, faces)
        for char in span["chars"]:
            c, box = char["c"], char["bbox"]
            if c.isspace():
                if runs:
                    kind = GUESSED_SPACE if char["synthetic"] else SPACE
                    runs[-1].space = max(runs[-1].space, kind)
                is_open = False
                continue
            if c < " " or "\x7f" <= c <= "\x9f":
                c = meaning(c, box, face.font)
            elif "\uf020" <= c <= "\uf0ff":
                c = picture(c, face.font)
            if is_open:
                run = runs[-1]
                last, before = run.chars[-1], run.boxes[-1]
                if c == last and _is_overprint(box, before, face.size):
                    continue
                gap = max(box[axis] - before[axis + 2], before[axis] - box[axis + 2])
                is_open = run.face is face and not _ends(last, c, gap / face.size)
            if not is_open:
                x, y = char["origin"]
                run = Run(face, x * dy - y * dx)
                runs.append(run)
                is_open = True
            run.chars.append(c)
            run.boxes.append(box)
    return runs


def _is_overprint(box: Box, before: Box, size: float) -> bool:
    return abs(box[0] - before[0]) + abs(box[1] - before[1]) < OVERPRINT * size


def _ends(last: str, c: str, gap: float) -> bool:
    """Whether a word ends between two characters that are `gap` ems apart."""
    if gap > WIDE_GAP:
        return True
    if c < _BEFORE_RTL and last < _BEFORE_RTL:
        return False
    if (c == REPLACEMENT) != (last == REPLACEMENT):
        return True
    # MuPDF moves the space at a change of direction to the end of the line
    return gap > TURN_GAP and is_rtl(c) != is_rtl(last)


def _finish(run: Run) -> bool:
    """Sets text and box of a run that is complete; False if nothing is left of it."""
    lefts, tops, rights, bottoms = zip(*run.boxes, strict=True)
    run.x0, run.y0, run.x1, run.y1 = min(lefts), min(tops), max(rights), max(bottoms)
    size = run.face.size
    if run.y1 - run.y0 < 0.1 * size and run.x1 - run.x0 < 0.1 * size:
        run.x1 = run.x0 + 0.5 * size * len(run.chars)  # fonts without any measures
    if run.y1 - run.y0 < 0.1 * size:
        run.y0 -= 0.8 * size
    run.text = spell(run.chars, run.boxes, size)
    run.hidden = run.face.hidden
    if not run.text and num_tags("".join(run.chars)):
        run.text, run.hidden = "".join(run.chars), INVISIBLE
    return bool(run.text)


def _settle_hyphens(lines: list[RawLine]) -> None:
    """Leaves U+00AD at line ends only, and not even there if the page prints it as its hyphen.

    Many programs map the glyph of every hyphen to U+00AD. One that is printed in the middle of a
    line is no soft hyphen, so its like at a line end is none either.
    """
    runs = [(run, run is line.runs[-1]) for line in lines for run in line.runs]
    printed = False
    for run, is_last in runs:
        if not run.text.isascii() and (SEEN_HYPHEN in run.text or SOFT_HYPHEN in run.text):
            printed = printed or SEEN_HYPHEN in run.text or not is_last
            run.text = run.text.replace(SEEN_HYPHEN, "-")
            if not is_last:
                run.text = run.text.replace(SOFT_HYPHEN, "-")
    if printed:
        for run, _ in runs:
            run.text = run.text.replace(SOFT_HYPHEN, "-")


def _face(span: dict[str, Any], faces: dict[tuple[object, ...], Face]) -> Face:
    """The face of a span, one object for each that differs."""
    style = span["char_flags"] & _LOOK
    key = (span["font"], span["size"], span["flags"] & ~1, style, span["alpha"] == 0)
    face = faces.get(key)
    if face is not None:
        return face
    flags, font = span["flags"], span["font"]
    hidden = ""
    if not style & _PAINTED or span["alpha"] == 0:
        hidden = INVISIBLE
    elif span["size"] < TINY:
        hidden = TOO_SMALL
    face = Face(
        font=font,
        size=span["size"],
        bold=bool(flags & pymupdf.TEXT_FONT_BOLD or style & mupdf.FZ_STEXT_BOLD)
        or bool(_BOLD.search(font)),
        italic=bool(flags & pymupdf.TEXT_FONT_ITALIC) or bool(_ITALIC.search(font)),
        mono=bool(flags & pymupdf.TEXT_FONT_MONOSPACED) or bool(_MONO.search(font)),
        hidden=hidden,
    )
    return faces.setdefault(key, face)
