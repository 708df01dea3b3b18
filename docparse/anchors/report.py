"""Anchor text for one page of a PDF, in the format that olmOCR v0.1 was trained on.

    Page dimensions: 612.0x792.0
    [Image 72x500 to 300x700]
    [72x720]A run of text

Coordinates are points from the lower left corner of the page as it is seen. On a page that is
neither cropped nor rotated nor too long, the text is what olmOCR v0.1 makes with the same pypdf,
byte for byte. It differs, on purpose, where olmOCR's anchors disagree with the picture or with
themselves:

- the page's size is that of the visible page, where olmOCR prints the media box's upper corner;
- `/Rotate` and the crop box are applied to every coordinate, what is cropped away is left out;
- images inside form XObjects and inline images are found; text inside forms stands where it is
  painted, not where the form's own coordinate system begins; a form's names are its own;
- the box of a slanted image holds all four corners, not two;
- what does not fit is chosen by a fixed order, so the same page gives the same text, and the
  limit holds for the outermost elements too.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

from docparse.anchors.linear import PageElements, to_anchor_text
from docparse.anchors.reading import BROKEN_FILE_ERRORS, read_elements
from docparse.errors import DocparseError, PasswordError, UnreadableInputError, UsageError
from docparse.log import logger

if TYPE_CHECKING:
    import pypdf


def anchor_text(
    data: Path | bytes, page_number: int, *, password: str = "", max_length: int = 6000
) -> str:
    """The anchor text of one page (counted from 1), at most `max_length` characters long.

    Nothing here judges whether the text layer can be trusted: ask before calling. Raises
    UsageError for a page that is not there, PasswordError, UnreadableInputError, and ValueError
    for a negative length.
    """
    page = _open_page(data, page_number)
    elements = read_elements(page) if page else None
    if elements is None:
        elements = read_elements(_open_repaired(data, page_number, password=password))
    elif elements.is_damaged:
        elements = _reread(data, page_number, elements)
    if elements.is_damaged:
        logger.warning("anchors may be missing, the page's content is damaged")
    if elements.is_cut:
        logger.warning("anchors are of the first part of the page only, it is too heavy")
    return to_anchor_text(elements, max_length=max_length)


def _reread(data: Path | bytes, number: int, damaged: PageElements) -> PageElements:
    """The elements after MuPDF rewrote the content; the damaged ones where that brings nothing."""
    try:
        repaired = read_elements(_open_repaired(data, number, rewrite=True))
    except DocparseError:
        return damaged
    has_more = len(repaired.texts) + len(repaired.images) >= len(damaged.texts) + len(
        damaged.images
    )
    return repaired if has_more else damaged


def _open_page(data: Path | bytes, number: int) -> pypdf.PageObject | None:
    """The page as it stands in the file; None where pypdf cannot get there by itself."""
    import pypdf
    from pypdf.errors import DependencyError, PyPdfError

    try:
        reader = pypdf.PdfReader(io.BytesIO(data) if isinstance(data, bytes) else data)
        if reader.is_encrypted:
            return None
        num_pages = len(reader.pages)
        if num_pages:
            _check_number(number, num_pages)
            return reader.pages[number - 1]
    except (*BROKEN_FILE_ERRORS, PyPdfError, DependencyError) as error:
        logger.debug("pypdf cannot open the file, trying MuPDF: %r", error)
    return None


def _open_repaired(
    data: Path | bytes, number: int, *, password: str = "", rewrite: bool = False
) -> pypdf.PageObject:
    """The page out of a copy that MuPDF made: deciphered, its cross references in order.

    With `rewrite` its content is parsed and written anew as well.
    """
    import pypdf
    from pypdf.errors import PyPdfError

    from docparse.mupdf import pymupdf

    name = "the input" if isinstance(data, bytes) else str(data)
    broken = UnreadableInputError(
        f"page {number} cannot be read, {name} is damaged or not a PDF",
        hint="anchors are made from a PDF; try to repair it with `qpdf IN.pdf OUT.pdf`",
    )
    try:
        with pymupdf.open(stream=data) if isinstance(data, bytes) else pymupdf.open(data) as pdf:
            if not pdf.is_pdf:
                raise broken
            if pdf.needs_pass and not pdf.authenticate(password):
                raise PasswordError(f"{name} is locked", hint="give its password with --password")
            if not pdf.page_count:
                raise broken
            _check_number(number, pdf.page_count)
            pdf.select([number - 1])
            copy = pdf.tobytes(garbage=1, clean=rewrite, encryption=pymupdf.PDF_ENCRYPT_NONE)
        return pypdf.PdfReader(io.BytesIO(copy)).pages[0]
    except (*BROKEN_FILE_ERRORS, PyPdfError, pymupdf.mupdf.FzErrorBase) as error:
        raise broken from error


def _check_number(number: int, num_pages: int) -> None:
    if not 1 <= number <= num_pages:
        raise UsageError(
            f"there is no page {number}, the file has {num_pages}",
            hint=f"choose one with --page, from 1 to {num_pages}",
        )
