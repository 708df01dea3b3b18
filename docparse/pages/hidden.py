"""Marks the runs of a page that nobody can see, each with the reason, and says so in a Note.

Invisible and tiny text is marked when it is read (`chars`). Here: text outside the page, text that
leaves no ink, and text under a picture that was painted later.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from docparse.mupdf import pymupdf
from docparse.pages.chars import INVISIBLE, SPACE, RawLine, Run
from docparse.pages.clean import REPLACEMENT
from docparse.pages.glyphs import Box
from docparse.pages.ink import Boxes, Ink
from docparse.pages.painted import ORDER_FLAGS, PaintedImage
from docparse.pages.unseen import Unseen
from docparse.types import BBox, Note, union_of

OUTSIDE = "outside the page or what it shows"
NO_INK = "no ink on its background"
COVERED = "under a picture"
ADDED = "put in the place of other text (ActualText)"
# A glyph without a meaning that prints nothing is a space, and no hidden text.
BLANK_GLYPH = "a blank glyph"
# Only the largest images are looked at; a page may be made of thousands.
MAX_COVERS = 200

Mask = npt.NDArray[np.bool_]


def boxes_of(runs: list[Run]) -> Boxes:
    """The boxes of runs in points, shape (n, 4)."""
    boxes = [(run.x0, run.y0, run.x1, run.y1) for run in runs]
    return np.array(boxes, dtype=np.float64).reshape(-1, 4)


def mark_hidden(
    lines: list[RawLine],
    *,
    page: pymupdf.Page,
    display_list: pymupdf.DisplayList,
    images: tuple[PaintedImage, ...],
    ink: Ink,
) -> None:
    """Sets `hidden` of every run that a reader of the page does not see."""
    runs = [run for line in lines for run in line.runs]
    _show_type3(runs, page)
    rect = tuple(page.rect)
    for run in runs:
        if not run.hidden and not _is_inside(run, rect):
            run.hidden = OUTSIDE
    shown = [run for run in runs if not run.hidden]
    for run, seen in zip(shown, ink.has_ink(boxes_of(shown)), strict=True):
        if not seen:
            run.hidden = NO_INK
    _drop_blank_glyphs(runs, ink)
    shown = [run for run in shown if not run.hidden]
    if images and shown:
        _mark_covered(shown, display_list=display_list, images=images, ink=ink)


def _is_inside(run: Run, rect: Box) -> bool:
    """Whether the middle of a run lies on the page."""
    x, y = (run.x0 + run.x1) / 2, (run.y0 + run.y1) / 2
    return rect[0] <= x <= rect[2] and rect[1] <= y <= rect[3]


def _drop_blank_glyphs(runs: list[Run], ink: Ink) -> None:
    """Makes spaces of glyphs that have no meaning and print nothing."""
    unknown = [run for run in runs if run.text in (REPLACEMENT, REPLACEMENT * 2)]
    if not unknown:
        return
    for run, seen in zip(unknown, ink.has_ink(boxes_of(unknown), inside=True), strict=True):
        if not seen:
            run.hidden = BLANK_GLYPH
    for run, following in pairwise(runs):
        if following.hidden == BLANK_GLYPH:
            run.space = SPACE


def _show_type3(runs: list[Run], page: pymupdf.Page) -> None:
    """Takes back "invisible" from Type 3 fonts: their glyphs are drawn in any rendering mode."""
    if not any(run.hidden == INVISIBLE for run in runs):
        return
    fonts = page.get_fonts(full=True)
    type3 = {name or f"Type3 ({xref} 0 R)" for xref, _, kind, name, *_ in fonts if kind == "Type3"}
    for run in runs:
        if run.hidden == INVISIBLE and run.face.font in type3:
            run.hidden = ""


def _mark_covered(
    shown: list[Run],
    *,
    display_list: pymupdf.DisplayList,
    images: tuple[PaintedImage, ...],
    ink: Ink,
) -> None:
    """Marks runs that lie under an image painted later, if the page looks as if it had no text.

    That the images alone, on white, give the same picture holds for no transparent image.
    """
    boxes = boxes_of(shown)
    centres = (boxes[:, :2] + boxes[:, 2:]) / 2
    largest = sorted(images, key=lambda i: (i.box[0] - i.box[2]) * (i.box[3] - i.box[1]))
    holding = [(image, _holds(image, centres)) for image in largest[:MAX_COVERS]]
    holding = [(image, held) for image, held in holding if held.any()]
    if not holding:
        return
    words = pymupdf.TextPage(display_list.get_textpage(flags=ORDER_FLAGS)).extractWORDS()
    orders = np.array([word[5] for word in words], dtype=np.intp)
    word_boxes = np.array([word[:4] for word in words], dtype=np.float64).reshape(-1, 4)
    under = np.zeros(len(shown), dtype=bool)
    for image, held in holding:
        below = orders < image.order
        if below.all():
            under |= held
        elif below.any():
            for index in np.flatnonzero(held & ~under):
                at = _held_by(word_boxes, centres[index])
                under[index] = at.any() and bool(below[at].all())
    if under.any():
        alone = ink.draw_images([(image.image, image.matrix) for image in images])
        for index in np.flatnonzero(under & ink.same_under(alone, boxes)):
            shown[index].hidden = COVERED


def _holds(image: PaintedImage, points: Boxes) -> Mask:
    """Which of the points lie in the image."""
    x0, y0, x1, y1 = image.box
    x, y = points[:, 0], points[:, 1]
    inside: Mask = (x0 < x) & (x < x1) & (y0 < y) & (y < y1)
    return inside


def _held_by(boxes: Boxes, point: Boxes) -> Mask:
    """Which of the boxes hold the point."""
    x, y = point
    x0, y0, x1, y1 = boxes.T
    inside: Mask = (x0 <= x) & (x <= x1) & (y0 <= y) & (y <= y1)
    return inside


def hidden_notes(
    lines: Iterable[RawLine], *, unseen: Unseen, scale: float, page: BBox
) -> tuple[Note, ...]:
    """One Note for each reason, with the number of characters and where they are."""
    counts: Counter[str] = Counter()
    places: dict[str, list[BBox]] = {}
    for line in lines:
        for run in line.runs:
            if run.hidden and run.hidden != BLANK_GLYPH:
                counts[run.hidden] += len(run.text)
                box = BBox.around(run.x0 * scale, run.y0 * scale, run.x1 * scale, run.y1 * scale)
                places.setdefault(run.hidden, []).append(box.clip(page.width, page.height))
    for reason, count in ((OUTSIDE, unseen.clipped), (ADDED, unseen.added)):
        if count:
            counts[reason] += count
            places.setdefault(reason, [page])
    return tuple(
        Note(
            "hidden-text",
            f"{count} character{'s'[: count > 1]} left out that no reader sees: {reason}",
            bbox=union_of(places[reason]),
        )
        for reason, count in sorted(counts.items())
    )
