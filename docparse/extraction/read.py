"""Pages to their lines of text: of text layers, of our own documents, or of a reader."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from docparse.errors import DocparseError
from docparse.extraction.pieces import to_pieces
from docparse.extraction.record import PageFacts, RecordNote
from docparse.extraction.sheet import Sheet
from docparse.types import BBox, Block, Line, Page, Word

if TYPE_CHECKING:
    from docparse.pages.open import Source


@dataclass(frozen=True, slots=True)
class PageText:
    """The lines of a page, and why it has none, if so. It can be packed.

    `reply`, `finish`: what a model said of the page and how that ended, where it was asked.
    """

    facts: PageFacts
    lines: tuple[Line, ...] = ()
    note: RecordNote | None = None
    reply: str = ""
    finish: str = ""

    @property
    def sheet(self) -> Sheet:
        """The lines as rules see them."""
        facts = self.facts
        pieces = to_pieces(self.lines, facts.number)
        return Sheet(facts.number, facts.width, facts.height, pieces)


def read_text(source: Source, number: int, reader: str = "auto") -> PageText:
    """The text of one page, scans read by `reader` as `load_reader` takes it.

    Of a page that cannot be read there is only a note.
    """
    from docparse.reading.complete import complete, line_reader, may_need_reading

    try:
        page = source.page(number)
    except DocparseError as error:
        note = RecordNote("page-failed", str(error), number)
        return PageText(PageFacts(number, 0, 0, 0.0), note=note)
    if may_need_reading(page) and (eyes := line_reader(reader)):
        page = complete(page, eyes)
    if page.layer in ("none", "rejected"):
        from docparse.reading.lines import read_page

        return text_of(read_page(page, reader))
    facts = PageFacts(page.number, page.width, page.height, page.dpi)
    if page.layer == "blank":
        return PageText(facts, note=RecordNote("blank", "nothing is printed on the page", number))
    fields = (_field_line(f.value, f.bbox) for f in page.fields if f.value.strip())
    return PageText(facts, (*page.lines, *fields))


def _field_line(text: str, bbox: BBox) -> Line:
    return Line((Word(" ".join(text.split()), bbox),))


def text_of(page: Page) -> PageText:
    """The words of a page that is read, or the texts of its blocks and cells where it has none."""
    facts = PageFacts(page.number, page.width, page.height, page.dpi)
    lines = tuple(line for block in page.blocks for line in _block_lines(block))
    return PageText(facts, lines, _page_note(page))


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
