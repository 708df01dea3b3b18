"""Scans with their lines read, so that a page-reading model has anchors, drafts and boxes."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from docparse.anchors.linear import PageElements, TextChunk, to_anchor_text
from docparse.reading.lines import scan_reading
from docparse.reading.pages import layer_anchors

if TYPE_CHECKING:
    from docparse.pages.page import PageInput
    from docparse.types import Line

K = TypeVar("K", bound=Hashable)
# As olmOCR's own anchors.
MAX_LENGTH = 6000


def with_lines(load: Callable[[K], PageInput], reader: str) -> Callable[[K], PageInput]:
    """As `load`; a page without a text layer comes with the lines that were read on it.

    Each page is read once, however often it is loaded. Where no reader is at hand, or nothing was
    read, the page stays as it is.
    """
    reading = scan_reading(reader)
    known: dict[K, tuple[Line, ...]] = {}

    def loaded(key: K) -> PageInput:
        page = load(key)
        if reading is None or page.layer not in ("none", "rejected"):
            return page
        if key not in known:
            known[key] = reading.lines(page)
        return replace(page, layer="good", lines=known[key]) if known[key] else page

    return loaded


def line_anchors(page: PageInput) -> str:
    """olmOCR's anchor text: of the text layer, or of the lines that were read."""
    if not all(word.is_read for line in page.lines for word in line.words):
        return layer_anchors(page)
    point = 72 / page.dpi
    height = page.height * point
    texts = tuple(
        TextChunk(line.text, line.bbox.x0 * point, height - line.bbox.y1 * point)
        for line in page.lines
    )
    elements = PageElements(page.width * point, height, texts)
    return to_anchor_text(elements, max_length=MAX_LENGTH)
