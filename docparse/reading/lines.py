"""Pages as they are read by default: from a good text layer, else line by line from the pixels."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from docparse.layout.page import lay_out
from docparse.reading.complete import complete, large_pictures, line_reader, may_need_reading

if TYPE_CHECKING:
    from docparse.pages.page import PageInput
    from docparse.reading.scans import ScanReading
    from docparse.types import Line, Page


def read_page(page: PageInput, reader: str = "auto") -> Page:
    """The page with its blocks. `reader`: as `load_reader` takes it.

    Where there is no good text layer and no reader is at hand it gets a Note `needs-reading`.
    """
    reading = scan_reading(reader) if may_need_reading(page) else None
    if reading is None:
        return lay_out(page)
    whole = complete(page, reading.reader)
    if whole.layer != "good":
        return reading.read(whole)
    laid_out = lay_out(whole)
    if whole is page:
        return laid_out
    from docparse.reading.scans import as_read

    return replace(laid_out, blocks=tuple(map(as_read, laid_out.blocks)))


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
    reader = line_reader(name)
    if reader is None:
        return None
    from docparse.reading.scans import ScanReading

    return ScanReading(reader)
