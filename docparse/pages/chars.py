"""MuPDF's text page to lines of runs: stretches of characters set alike, without a space.

Coordinates are points of the rotated and cropped page, origin top-left.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import pymupdf

from docparse.pages.clean import ACCENTS, REPLACEMENT, SOFT_HYPHEN, clean, is_rtl, num_tags, over
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
# The same character again at less than this many ems: overprinted to look bold.
OVERPRINT = 0.08

# So many equal narrow glyphs that stand for nothing are a leader, a dotted line.
LEADER = 8

NO_SPACE, GUESSED_SPACE, SPACE = 0, 1, 2

Box = tuple[float, float, float, float]

_LOOK = _PAINTED | mupdf.FZ_STEXT_BOLD
_BOLD = re.compile("bold|black|heavy|semibold|demi", re.IGNORECASE)
_ITALIC = re.compile("italic|oblique|kursiv", re.IGNORECASE)
_MONO = re.compile("mono|courier|consol|typewriter|cmtt|menlo|lettergothic", re.IGNORECASE)
_PICTURES = re.compile("dingbat|symbol|wingding|webding|marlett", re.IGNORECASE)
# MuPDF turns the letters of right-to-left text round, also those of one glyph (lam-alef) that it
# had taken apart: a letter without a width that stands before its glyph. Private marks.
_TURNED = "\U0010fffe"
_TURNED_LETTERS = re.compile(f"((?:{_TURNED}.)+)(.)", re.DOTALL)
_SEEN_HYPHEN = "\U0010ffff"
# Control characters of Windows-1252 that a font map took for Unicode.
_STRAY = {
    chr(code): text
    for code in range(0x80, 0xA0)
    if (text := bytes((code,)).decode("cp1252", errors="ignore"))
}


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
    """Characters set alike with no space between them; `chars` is filled while a line is read.

    `base`: how far up the baseline lies, across the writing direction. `space`: what follows, a
    space of the text or one that MuPDF guessed from a gap. `hidden`: why nobody can see it.
    `is_ocr`: from a layer over a scan. `glyph_width`: of U+FFFD, below 0 once they differ.
    """

    face: Face
    chars: list[str]
    x0: float
    y0: float
    x1: float
    y1: float
    base: float
    space: int = NO_SPACE
    script: Script = ""
    hidden: str = ""
    text: str = ""
    is_ocr: bool = False
    glyph_width: float = 0.0


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
            if runs:
                lines.append(RawLine(runs, dx, dy, line["wmode"] == 1, number, box_of(runs)))
    _settle_hyphens(lines)
    return lines


def _read_runs(
    spans: list[dict[str, Any]], dx: float, dy: float, faces: dict[tuple[object, ...], Face]
) -> list[Run]:
    """The runs of one line; a run goes on across spans whose faces are the same."""
    upright = abs(dx) >= abs(dy)
    runs: list[Run] = []
    is_open = False
    last_x = last_y = last_low = last_high = 0.0
    for span in spans:
        face = _face(span, faces)
        overprint, wide = OVERPRINT * face.size, WIDE_GAP * face.size
        for char in span["chars"]:
            c = char["c"]
            if c.isspace():
                if runs:
                    kind = GUESSED_SPACE if char["synthetic"] else SPACE
                    runs[-1].space = max(runs[-1].space, kind)
                is_open = False
                continue
            box = char["bbox"]
            x, y = char["origin"]
            if c < " " or "\x7f" <= c <= "\x9f":
                c = _meant(c, face.font) if box[2] > box[0] else "\u200b"
            low, high = (box[0], box[2]) if upright else (box[1], box[3])
            if is_open:
                run = runs[-1]
                last = run.chars[-1]
                if abs(x - last_x) + abs(y - last_y) < overprint and c == last:
                    continue
                is_open = (
                    run.face is face
                    and max(low - last_high, last_low - high) <= wide
                    and (c == REPLACEMENT) == (last == REPLACEMENT)
                )
            if is_open:
                _extend(run, c, box)
            else:
                run = Run(face, [c], box[0], box[1], box[2], box[3], x * dy - y * dx)
                run.glyph_width = box[2] - box[0]
                runs.append(run)
                is_open = True
            last_x, last_y, last_low, last_high = x, y, low, high
    return runs


def _meant(control: str, font: str) -> str:
    """What a control character that prints something stands for, U+FFFD if that cannot be told."""
    return REPLACEMENT if _PICTURES.search(font) else _STRAY.get(control, REPLACEMENT)


def _extend(run: Run, c: str, box: Box) -> None:
    """One more character for the run; an accent and a letter on the same spot become one."""
    x0, y0, x1, y1 = box
    last = run.chars[-1]
    if c == REPLACEMENT and abs(x1 - x0 - run.glyph_width) > 0.02 * run.face.size:
        run.glyph_width = -1.0
    if last == SOFT_HYPHEN:
        run.chars[-1] = _SEEN_HYPHEN
    if c > "\u058f" and x1 - x0 < 0.01 and is_rtl(c):
        run.chars.append(_TURNED)
    over_last = (last in ACCENTS or c in ACCENTS) and x0 < run.x1 - 0.5 * (x1 - x0)
    composed = over_last and (over(last, c) if last in ACCENTS else over(c, last))
    if composed:
        run.chars[-1] = composed
    else:
        run.chars.append(c)
    run.x0, run.y0 = min(run.x0, x0), min(run.y0, y0)
    run.x1, run.y1 = max(run.x1, x1), max(run.y1, y1)


def _finish(run: Run) -> bool:
    """Sets the text of a run that is complete; False if nothing is left of it."""
    text = "".join(run.chars)
    if _TURNED in text:
        text = _TURNED_LETTERS.sub(lambda m: m[2] + m[1][::-1].replace(_TURNED, ""), text)
    run.hidden = run.face.hidden
    if num_tags(text):
        run.hidden = INVISIBLE
    run.text = clean(text) or (text if run.hidden else "")
    size = run.face.size
    if len(text) >= LEADER and text == REPLACEMENT * len(text) and 0 < run.glyph_width < size / 2:
        run.text = "." * len(text)
    if run.y1 - run.y0 < 0.1 * size and run.x1 - run.x0 < 0.1 * size:
        run.x1 = run.x0 + 0.5 * size * len(text)  # fonts without any measures
    if run.y1 - run.y0 < 0.1 * size:
        run.y0 -= 0.8 * size
    return bool(run.text)


def _settle_hyphens(lines: list[RawLine]) -> None:
    """Leaves U+00AD at line ends only, and not even there if the page prints it as its hyphen.

    Many programs map the glyph of every hyphen to U+00AD. One that is printed in the middle of a
    line is no soft hyphen, so its like at a line end is none either.
    """
    runs = [(run, run is line.runs[-1]) for line in lines for run in line.runs]
    printed = False
    for run, is_last in runs:
        if not run.text.isascii() and (_SEEN_HYPHEN in run.text or SOFT_HYPHEN in run.text):
            printed = printed or _SEEN_HYPHEN in run.text or not is_last
            run.text = run.text.replace(_SEEN_HYPHEN, "-")
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
