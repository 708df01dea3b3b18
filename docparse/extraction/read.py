"""Pages of a source to sheets: the words of text layers, of our own documents, or of a reader."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from docparse.errors import DocparseError
from docparse.extraction.pieces import to_pieces
from docparse.extraction.record import PageFacts, RecordNote
from docparse.extraction.sheet import Sheet
from docparse.types import BBox, Block, Document, Line, Page, Word

if TYPE_CHECKING:
    from docparse.pages.open import Source
    from docparse.pages.page import PageInput


@dataclass(frozen=True, slots=True)
class SheetRead:
    """A page's sheet and facts, and why it has no words, if so."""

    sheet: Sheet
    facts: PageFacts
    note: RecordNote | None = None


def read_sheets(
    source: Source, numbers: tuple[int, ...], reader: str = "auto"
) -> Iterator[SheetRead]:
    """A sheet for each page, scans read by `reader` as `load_reader` takes it.

    One that cannot be read is empty and has a note.
    """
    for number in numbers:
        try:
            page = source.page(number)
        except DocparseError as error:
            facts = PageFacts(number, 0, 0, 0.0)
            yield SheetRead(
                Sheet(number, 0, 0, []), facts, RecordNote("page-failed", str(error), number)
            )
            continue
        yield _sheet_of(page, reader)


def _sheet_of(page: PageInput, reader: str) -> SheetRead:
    facts = PageFacts(page.number, page.width, page.height, page.dpi)
    if page.layer in ("none", "rejected"):
        from docparse.reading.lines import read_page

        return _page_sheet(read_page(page, reader))
    note: RecordNote | None = None
    if page.layer == "blank":
        note = RecordNote("blank", "nothing is printed on the page", page.number)
    lines = [*page.lines, *(_field_line(f.value, f.bbox) for f in page.fields if f.value.strip())]
    pieces = to_pieces(lines, page.number)
    return SheetRead(Sheet(page.number, page.width, page.height, pieces), facts, note)


def _field_line(text: str, bbox: BBox) -> Line:
    return Line((Word(" ".join(text.split()), bbox),))


def document_sheets(document: Document) -> Iterator[SheetRead]:
    """Sheets of a Document: its words, or the texts of its blocks and cells where it has none."""
    yield from map(_page_sheet, document.pages)


def _page_sheet(page: Page) -> SheetRead:
    lines = [line for block in page.blocks for line in _block_lines(block)]
    facts = PageFacts(page.number, page.width, page.height, page.dpi)
    sheet = Sheet(page.number, page.width, page.height, to_pieces(lines, page.number))
    return SheetRead(sheet, facts, _page_note(page))


def _page_note(page: Page) -> RecordNote | None:
    for note in page.notes:
        if note.code in ("needs-reading", "page-failed", "blank"):
            return RecordNote(note.code, note.message, page.number)
    return None


def _block_lines(block: Block) -> Iterator[Line]:
    if block.words:
        for word in block.words:
            yield Line((word,))
        return
    cells = block.table.cells if block.table else ()
    texts = [(cell.text, cell.bbox) for cell in cells]
    texts += [(item.text, item.bbox) for item in block.items]
    if not texts and block.text:
        texts = [(block.text, block.bbox)]
    for text, bbox in texts:
        if bbox is None or not text.strip():
            continue
        rows = text.strip().split("\n")
        step = bbox.height / len(rows)
        for i, row in enumerate(rows):
            top = bbox.y0 + round(i * step)
            part = type(bbox)(bbox.x0, top, bbox.x1, max(top, bbox.y0 + round((i + 1) * step)))
            yield Line((Word(row, part, source=block.source),))
