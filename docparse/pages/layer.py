"""One PDF page to a PageInput: its words, what is hidden, and whether its text can be trusted."""

from __future__ import annotations

from dataclasses import dataclass

from docparse.geometry import BBox
from docparse.mupdf import pymupdf
from docparse.pages.chars import INVISIBLE, RawLine, Run, read_lines
from docparse.pages.forms import read_annotations, read_fields, read_links
from docparse.pages.hidden import COVERED, NO_INK, boxes_of, hidden_notes, mark_hidden
from docparse.pages.ink import Ink
from docparse.pages.lines import settle
from docparse.pages.native import fit_size
from docparse.pages.page import LayerState, PageInput
from docparse.pages.painted import (
    PaintedImage,
    covered_share,
    full_page_dpi,
    image_boxes,
    painted_images,
)
from docparse.pages.trust import Text, judge, num_unmapped
from docparse.pages.unseen import count_unseen
from docparse.pages.words import to_lines
from docparse.types import Note

# An image that covers this share of a page may be a scan, and invisible text over it a reader's.
SCAN_SHARE = 0.5
# The share of characters that may lie where nothing is printed.
MAX_MISPLACED = 0.3
# The share of visible characters that may leave no ink: more is a font that cannot be drawn.
MAX_INKLESS = 0.9
# An image that covers this share of a page and looks printed has most of the page's text.
PICTURE_SHARE = 0.9
# The share of characters without a meaning from which a page counts as not read in full.
MANY_UNMAPPED = 0.05
_OF_PRINT, _UNMAPPED = "most of the page is a picture of print", "the file does not say what"


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the page looks like, apart from its text."""

    images: tuple[PaintedImage, ...]
    ink: Ink
    rect: pymupdf.Rect


def read_page(page: pymupdf.Page, *, number: int, dpi: float, notes: tuple[Note, ...]) -> PageInput:
    """All that is known of one page; `notes` are those that the document has for each page."""
    display_list = page.get_displaylist()
    images = painted_images(display_list)
    scan_dpi = full_page_dpi(page, images)
    width, height, dpi = fit_size(page.rect, dpi, scan_dpi=scan_dpi)
    scale = dpi / 72
    unseen = count_unseen(page, display_list)
    lines = settle(_read_text(page, display_list, unseen.flags))
    ink = Ink(display_list, page.rect)
    mark_hidden(lines, page=page, display_list=display_list, images=images, ink=ink)
    layer, judged = _judge(
        [run for line in lines for run in line.runs], _Seen(images, ink, page.rect)
    )
    hidden = hidden_notes(lines, unseen=unseen, scale=scale, page=BBox(0, 0, width, height))
    return PageInput(
        number=number,
        width=width,
        height=height,
        dpi=dpi,
        rotation=page.rotation,
        layer=layer,
        lines=to_lines(lines, scale=scale, width=width, height=height) if layer == "good" else (),
        images=image_boxes(images, scale=scale, width=width, height=height),
        links=read_links(page, scale=scale, size=(width, height)),
        fields=read_fields(page, scale=scale, size=(width, height)),
        notes=(*notes, *judged, *hidden),
        pdf_page=page,
    )


def _read_text(page: pymupdf.Page, display_list: pymupdf.DisplayList, flags: int) -> list[RawLine]:
    """The lines of the page's contents and of its annotations, form fields left out."""
    if page.first_annot is None and page.first_widget is None:
        return read_lines(display_list.get_textpage(flags=flags), page)
    contents = page.get_displaylist(annots=0)
    return read_lines(contents.get_textpage(flags=flags), page) + read_annotations(page)


def _judge(runs: list[Run], seen: _Seen) -> tuple[LayerState, tuple[Note, ...]]:
    """The state of the text layer and why; lets the runs of a good reader's layer be seen."""
    shown = [run for run in runs if not run.hidden]
    scans = [image for image in seen.images if covered_share(image.box, seen.rect) >= SCAN_SHARE]
    layer = [run for run in runs if run.hidden in (INVISIBLE, COVERED)] if scans else []
    if num_chars(layer) > num_chars(shown):
        return _judge_scan(layer, shown, seen)
    if not shown:
        if seen.ink.is_blank:
            return "blank", (Note("blank", "nothing is printed on the page"),)
        return "none", ()
    no_ink = num_chars([run for run in runs if run.hidden == NO_INK])
    if no_ink > MAX_INKLESS * (no_ink + num_chars(shown)):
        return _rejected("most of it leaves no ink on the page")
    reason = judge(_text(shown, is_ocr=False))
    if reason:
        return _rejected(reason)
    return "good", (*_unmapped_note(shown), *_picture_note(shown, scans, seen))


def _judge_scan(
    layer: list[Run], shown: list[Run], seen: _Seen
) -> tuple[LayerState, tuple[Note, ...]]:
    """As `_judge`, for a scan whose text was laid invisibly over it or under it."""
    printed = seen.ink.has_ink(boxes_of(layer))
    misplaced = num_chars([run for run, ink in zip(layer, printed, strict=True) if not ink])
    if misplaced > MAX_MISPLACED * num_chars(layer):
        return _rejected("it lies where nothing is printed")
    reason = judge(_text(layer, is_ocr=True))
    if reason:
        return _rejected(reason)
    for run, ink in zip(layer, printed, strict=True):
        if ink:
            # a reader's sizes and baselines vary with the letters of each word
            run.hidden, run.is_ocr, run.script = "", True, ""
    message = "the text is that of the file's own invisible layer over the scan"
    return "good", (Note("ocr-layer", message), *_unmapped_note(shown))


def is_cured_by_reading(note: Note) -> bool:
    """Whether a Note says of a page's text layer what reading the page's pixels puts right."""
    return note.code == "needs-reading" and note.message.startswith((_OF_PRINT, _UNMAPPED))


def num_chars(runs: list[Run]) -> int:
    """How many characters the runs have together."""
    return sum(len(run.text) for run in runs)


def _text(runs: list[Run], *, is_ocr: bool) -> Text:
    return Text(
        words=tuple(run.text for run in runs),
        mono=tuple(run.face.mono for run in runs),
        is_ocr=is_ocr,
    )


def _rejected(reason: str) -> tuple[LayerState, tuple[Note, ...]]:
    return "rejected", (Note("text-layer-rejected", f"the text layer is not used: {reason}"),)


def _unmapped_note(shown: list[Run]) -> tuple[Note, ...]:
    """A Note for glyphs without a meaning, of which `judge` lets a few pass."""
    count = sum(num_unmapped(run.text) for run in shown)
    if not count:
        return ()
    message = f"{_UNMAPPED} {count} of {num_chars(shown)} characters are"
    many = count > MANY_UNMAPPED * num_chars(shown)
    return (Note("needs-reading" if many else "unmapped-text", message),)


def _picture_note(shown: list[Run], scans: list[PaintedImage], seen: _Seen) -> tuple[Note, ...]:
    """A Note for a scan that has a few words of its own, a stamp or a page number."""
    large = [image for image in scans if covered_share(image.box, seen.rect) >= PICTURE_SHARE]
    if not large or not seen.ink.looks_printed(boxes_of(shown)):
        return ()
    return (Note("needs-reading", _OF_PRINT),)
