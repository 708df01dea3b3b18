"""One PDF page to a PageInput: its words, what is hidden, and whether its text can be trusted."""

from __future__ import annotations

import pymupdf

from docparse.pages.chars import FLAGS, RawLine, read_lines
from docparse.pages.forms import read_annotations, read_fields, read_links
from docparse.pages.hidden import hidden_notes, mark_hidden
from docparse.pages.ink import Ink
from docparse.pages.lines import settle
from docparse.pages.native import fit_size
from docparse.pages.page import PageInput
from docparse.pages.painted import full_page_dpi, image_boxes, painted_images
from docparse.pages.words import to_lines
from docparse.types import BBox, Note


def read_page(page: pymupdf.Page, *, number: int, dpi: float, notes: tuple[Note, ...]) -> PageInput:
    """All that is known of one page; `notes` are those that the document has for each page."""
    display_list = page.get_displaylist()
    images = painted_images(display_list)
    scan_dpi = full_page_dpi(page, images)
    width, height, dpi = fit_size(page.rect, dpi, scan_dpi=scan_dpi)
    scale = dpi / 72
    lines = settle(_read_text(page, display_list))
    ink = Ink(display_list, page.rect)
    mark_hidden(lines, page=page, display_list=display_list, images=images, ink=ink)
    return PageInput(
        number=number,
        width=width,
        height=height,
        dpi=dpi,
        rotation=page.rotation,
        layer="good",
        lines=to_lines(
            lines, scale=scale, width=width, height=height, source="text-layer", confidence=1.0
        ),
        images=image_boxes(images, scale=scale, width=width, height=height),
        links=read_links(page, scale=scale, size=(width, height)),
        fields=read_fields(page, scale=scale, size=(width, height)),
        notes=notes + hidden_notes(lines, scale=scale, page=BBox(0, 0, width, height)),
        pdf_page=page,
    )


def _read_text(page: pymupdf.Page, display_list: pymupdf.DisplayList) -> list[RawLine]:
    """The lines of the page's contents and of its annotations, form fields left out."""
    if page.first_annot is None and page.first_widget is None:
        return read_lines(display_list.get_textpage(flags=FLAGS), page)
    contents = page.get_displaylist(annots=0)
    return read_lines(contents.get_textpage(flags=FLAGS), page) + read_annotations(page)
