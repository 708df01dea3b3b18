"""A page with all that it shows: its layer compared with the pixels, its pictures' lines added."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from docparse.pages.layer import is_cured_by_reading
from docparse.pages.trust import is_unusual
from docparse.types import Note

if TYPE_CHECKING:
    from docparse.engines.lines import LineReader
    from docparse.pages.page import PageInput

# Pictures smaller than this share of a page are logos and ornaments.
PICTURE_SHARE = 0.03


@cache
def line_reader(name: str) -> LineReader | None:
    """The reader of that name as `load_reader` takes it, loaded once; None where there is none."""
    from docparse.engines.readers import load_reader

    return load_reader(name)


def may_need_reading(page: PageInput) -> bool:
    """Whether anything on a page is to be read; decided before a reader is loaded."""
    if page.layer != "good":
        return page.layer != "blank"
    return _is_doubtful(page) or _is_cured(page) or bool(large_pictures(page))


def complete(page: PageInput, reader: LineReader) -> PageInput:
    """The page with the lines of its pictures; `rejected` where its pixels are to be read instead.

    Notes on what reading the pixels cures are then left out.
    """
    if page.layer != "good":
        return replace(page, notes=_uncured(page))
    if _is_doubtful(page):
        from docparse.reading.judging import disagreement

        reason = disagreement(page, reader)
        if reason:
            note = Note("text-layer-rejected", f"the text layer is not used: {reason}")
            return replace(page, layer="rejected", lines=(), notes=(*_uncured(page), note))
    if _is_cured(page):
        return replace(page, layer="rejected", lines=(), notes=_uncured(page))
    numbers = large_pictures(page)
    if not numbers:
        return page
    from docparse.reading.mixed import with_pictures_read

    return with_pictures_read(page, reader, numbers)


def _is_cured(page: PageInput) -> bool:
    return any(map(is_cured_by_reading, page.notes))


def _uncured(page: PageInput) -> tuple[Note, ...]:
    return tuple(note for note in page.notes if not is_cured_by_reading(note))


def _is_doubtful(page: PageInput) -> bool:
    """Whether a layer that looks good may still say something else than the page."""
    return page.is_ocr or is_unusual([word.text for line in page.lines for word in line.words])


def large_pictures(page: PageInput) -> list[int]:
    """The numbers of the pictures on a page that may hold text of their own."""
    area = page.width * page.height
    return [i for i, box in enumerate(page.images) if box.area >= PICTURE_SHARE * area]
