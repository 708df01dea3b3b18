"""Pages as they are read by default: from a good text layer, else line by line from the pixels."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from docparse.layout.page import lay_out
from docparse.pages.layer import is_cured_by_reading
from docparse.pages.trust import is_unusual
from docparse.types import Note

if TYPE_CHECKING:
    from docparse.pages.page import PageInput
    from docparse.reading.scans import ScanReading
    from docparse.types import Line, Page

# Pictures smaller than this share of a page are logos and ornaments.
PICTURE_SHARE = 0.03


def read_page(page: PageInput, reader: str = "auto") -> Page:
    """The page with its blocks. `reader`: as `load_reader` takes it.

    Where there is no good text layer and no reader is at hand it gets a Note `needs-reading`.
    """
    if not _may_need_reading(page):
        return lay_out(page)
    reading = scan_reading(reader)
    if reading is None:
        return lay_out(page)
    if page.layer == "good" and _is_doubtful(page):
        from docparse.reading.judging import disagreement

        reason = disagreement(page, reading.reader)
        if reason:
            note = Note("text-layer-rejected", f"the text layer is not used: {reason}")
            page = replace(page, layer="rejected", lines=(), notes=(*page.notes, note))
    if page.layer != "good" or any(map(is_cured_by_reading, page.notes)):
        kept = tuple(note for note in page.notes if not is_cured_by_reading(note))
        return reading.read(replace(page, notes=kept))
    if pictures := large_pictures(page):
        from docparse.reading.mixed import with_pictures_read
        from docparse.reading.scans import as_read

        laid_out = lay_out(with_pictures_read(page, reading.reader, pictures))
        return replace(laid_out, blocks=tuple(map(as_read, laid_out.blocks)))
    return lay_out(page)


def _may_need_reading(page: PageInput) -> bool:
    """Whether anything on a page is to be read; decided before a reader is loaded."""
    if page.layer != "good":
        return page.layer != "blank"
    return (
        _is_doubtful(page)
        or any(map(is_cured_by_reading, page.notes))
        or bool(large_pictures(page))
    )


def _is_doubtful(page: PageInput) -> bool:
    """Whether a layer that looks good may still say something else than the page."""
    if any(note.code == "ocr-layer" for note in page.notes):
        return True
    return is_unusual([word.text for line in page.lines for word in line.words])


def large_pictures(page: PageInput) -> list[int]:
    """The numbers of the pictures on a page that may hold text of their own."""
    area = page.width * page.height
    return [i for i, box in enumerate(page.images) if box.area >= PICTURE_SHARE * area]


def lines_shown(page: PageInput, reading: ScanReading | None) -> tuple[Line, ...]:
    """What a page shows, to compare a reply with: its text layer and the lines that are read in
    its pictures, or all its lines as they are read; the layer alone where no reader is at hand."""
    if reading is None:
        return page.lines
    if not page.lines:
        return reading.lines(page, to_compare=True)
    from docparse.reading.mixed import with_pictures_read

    numbers = large_pictures(page)
    return with_pictures_read(page, reading.reader, numbers, to_compare=True).lines


@cache
def scan_reading(name: str) -> ScanReading | None:
    """What reads pages without a text layer, loaded once; None where no reader is at hand."""
    from docparse.engines.readers import load_reader

    reader = load_reader(name)
    if reader is None:
        return None
    from docparse.reading.scans import ScanReading

    return ScanReading(reader)
