"""A PDF file to pages: opening and unlocking, what it says of itself, its bookmarks, its pages."""

from __future__ import annotations

import contextlib
import ctypes
import itertools
import math
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from docparse.errors import PasswordError, UnreadableInputError
from docparse.log import logger
from docparse.mupdf import pymupdf
from docparse.pages.clean import clean
from docparse.pages.layer import read_page
from docparse.pages.native import draw, fit_size, native_size
from docparse.pages.page import PageInput
from docparse.pages.xfa import is_undrawn, read_values
from docparse.types import BBox, FormField, Note, OutlineEntry

if TYPE_CHECKING:
    import PIL.Image

# What MuPDF and its binding raise on damaged files.
MUPDF_ERRORS = (pymupdf.mupdf.FzErrorBase, RuntimeError, ValueError, IndexError, TypeError)
# MuPDF keeps decoded images and fonts, up to 256 MB; after so many pages it is told to forget.
STORE_PAGES = 8
# Pages read by this process, of all documents.
_reads = itertools.count(1)
MAX_OUTLINE = 20_000
_UNDRAWN = (
    "the form is XFA, which is not drawn: the page holds at most a placeholder;"
    " open it in Adobe Acrobat and print it to a PDF"
)
_META = {
    "title": "title",
    "author": "author",
    "subject": "subject",
    "keywords": "keywords",
    "creator": "creator",
    "producer": "producer",
    "creationDate": "created",
    "modDate": "modified",
}


class PdfPages:
    """The pages of an open PDF, loaded one at a time."""

    def __init__(self, document: pymupdf.Document, *, name: str, dpi: float) -> None:
        self._document = document
        self._name = name
        self._dpi = dpi
        self.num_pages: int = document.page_count
        metadata = document.metadata or {}
        self.meta = {
            key: text for old, key in _META.items() if (text := clean(metadata.get(old) or ""))
        }
        self._notes = (Note("needs-reading", _UNDRAWN),) if is_undrawn(document) else ()

    @property
    def outline(self) -> tuple[OutlineEntry, ...]:
        """The bookmarks in their order; `y` where the file says so."""
        try:
            return tuple(self._walk_outline())
        except MUPDF_ERRORS as error:
            logger.debug("bookmarks cannot be read: %s", _reason(error))
            return ()

    def page(self, number: int) -> PageInput:
        """Page `number` from 1; raises UnreadableInputError if this one page is damaged."""
        with self._loaded(number) as pdf_page:
            page = read_page(pdf_page, number=number, dpi=self._dpi, notes=self._notes)
            if not self._notes or number > 1:
                return page
            # what is filled in stands nowhere on the pages
            whole = BBox(0, 0, page.width, page.height)
            values = read_values(self._document)
            fields = (FormField(label, value, whole, "text") for label, value in values)
            return replace(page, fields=(*page.fields, *fields))

    def draw(self, number: int, size: tuple[int, int]) -> PIL.Image.Image:
        """The picture of a page, `size` pixels large; raises as `page` does."""
        with self._loaded(number) as pdf_page:
            return draw(pdf_page, size)

    @contextmanager
    def _loaded(self, number: int) -> Iterator[pymupdf.Page]:
        pymupdf.TOOLS.reset_mupdf_warnings()  # they pile up
        if next(_reads) % STORE_PAGES == 0:
            tidy_memory()
        try:
            yield self._document.load_page(number - 1)
        except MUPDF_ERRORS as error:
            raise UnreadableInputError(
                f"page {number} of {self._name} is damaged ({_reason(error)})",
                hint="try a repaired copy (`qpdf in.pdf out.pdf`), or leave it out with --pages",
            ) from error

    def _walk_outline(self) -> Iterator[OutlineEntry]:
        """The bookmarks depth first. MuPDF refuses outlines that go round in circles."""
        stack = [(1, self._document.outline)]
        dpis: dict[int, float] = {}
        for _ in range(MAX_OUTLINE):
            while stack and not _exists(stack[-1][1]):
                stack.pop()
            if not stack:
                return
            level, entry = stack.pop()
            stack += [(level, entry.next), (level + 1, entry.down)]
            title = " ".join(clean(entry.title or "").split())
            number = 0 if entry.is_external else entry.page + 1
            if not title or number > self.num_pages:
                continue
            y = entry.y if number and math.isfinite(entry.y) else None
            if y is not None and number not in dpis:
                dpis[number] = self._page_dpi(number)
            yield OutlineEntry(
                level=level,
                title=title,
                page=max(number, 0),
                y=None if y is None else max(0, round(y * dpis[number] / 72)),
            )

    def _page_dpi(self, number: int) -> float:
        """The dpi of a page's native pixels; a page without images need not be drawn for it."""
        pdf_page = self._document.load_page(number - 1)
        if pdf_page.get_images():
            return native_size(pdf_page, self._dpi)[2]
        return fit_size(pdf_page.rect, self._dpi, scan_dpi=None)[2]


@contextmanager
def open_pdf(data: Path | bytes, *, name: str, password: str, dpi: float) -> Iterator[PdfPages]:
    """The pages of a PDF, open until the context ends.

    Raises PasswordError if it is locked, UnreadableInputError if it is damaged or has no page.
    """
    pymupdf.TOOLS.mupdf_display_errors(False)
    pymupdf.TOOLS.mupdf_display_warnings(False)
    try:
        document = _open(data)
    except MUPDF_ERRORS as error:
        raise _damaged(name, _reason(error)) from error
    try:
        _unlock(document, name=name, password=password)
        try:
            _forget_structure(document)
            pages = PdfPages(document, name=name, dpi=dpi)
        except MUPDF_ERRORS as error:
            raise _damaged(name, _reason(error)) from error
        if pages.num_pages == 0:
            raise _damaged(name, "it has no pages")
        yield pages
    finally:
        document.close()


def _open(data: Path | bytes) -> pymupdf.Document:
    if isinstance(data, bytes):
        return pymupdf.open(stream=data, filetype="pdf")
    return pymupdf.open(str(data), filetype="pdf")


def _unlock(document: pymupdf.Document, *, name: str, password: str) -> None:
    """Raises PasswordError unless the document opens without a password or with the given one."""
    if not document.needs_pass:
        return
    # what is typed and what it was normalised to when the file was locked (SASLprep, RFC 4013)
    prepared = unicodedata.normalize("NFKC", password.replace("\u00ad", ""))
    if password and any(document.authenticate(word) for word in (password, prepared)):
        return
    if password:
        raise PasswordError(f"the password does not open {name}", hint="check --password")
    raise PasswordError(f"{name} is locked", hint="give its password with --password")


def _forget_structure(document: pymupdf.Document) -> None:
    """Cuts the tag tree off the open document (the file stays as it is).

    Nothing here reads it, walking it costs time on every page, and MuPDF never comes back from one
    whose parents go round in circles.
    """
    catalog = document.pdf_catalog()
    if catalog > 0 and document.xref_get_key(catalog, "StructTreeRoot")[0] != "null":
        document.xref_set_key(catalog, "StructTreeRoot", "null")


def tidy_memory() -> None:
    """Makes MuPDF forget, and glibc give back what has been freed.

    Pages leave blocks of all sizes behind: a heap full of holes grows by 250 KB a page.
    """
    pymupdf.TOOLS.store_shrink(100)
    with contextlib.suppress(AttributeError, OSError, TypeError):  # another C library
        ctypes.CDLL(None).malloc_trim(0)


def _exists(entry: object) -> bool:
    """Whether an outline object is one; PyMuPDF hands out empty shells too."""
    return isinstance(entry, pymupdf.Outline) and bool(entry.this.m_internal)


def _damaged(name: str, reason: str) -> UnreadableInputError:
    return UnreadableInputError(
        f"{name} is a damaged PDF ({reason})",
        hint="download it again, or try a repaired copy (`qpdf in.pdf out.pdf`)",
    )


def _reason(error: Exception) -> str:
    """What MuPDF says, in one line and without its numbers of errors and temporary paths."""
    text = " ".join(str(error).split())
    text = text.removeprefix("code=").lstrip("0123456789: ")
    if text.startswith("Failed to open"):
        return "no pages can be found in it"
    return text[:120] or type(error).__name__
