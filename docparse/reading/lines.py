"""Pages as they are read by default: from a good text layer, else line by line from the pixels."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from docparse.layout.page import lay_out

if TYPE_CHECKING:
    from docparse.pages.page import PageInput
    from docparse.reading.scans import ScanReading
    from docparse.types import Page


def read_page(page: PageInput, reader: str = "auto") -> Page:
    """The page with its blocks. `reader`: as `load_reader` takes it.

    Where there is no good text layer and no reader is at hand it gets a Note `needs-reading`.
    """
    if page.layer in ("none", "rejected") and (reading := scan_reading(reader)):
        return reading.read(page)
    return lay_out(page)


@cache
def scan_reading(name: str) -> ScanReading | None:
    """What reads pages without a text layer, loaded once; None where no reader is at hand."""
    from docparse.engines.readers import load_reader

    reader = load_reader(name)
    if reader is None:
        return None
    from docparse.reading.scans import ScanReading

    return ScanReading(reader)
