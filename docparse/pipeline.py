"""The product on one screen: a file to a source, its pages to blocks, the pages to a Document."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from docparse.errors import DocparseError
from docparse.log import at, logger
from docparse.settings import ReadSettings
from docparse.types import Block, Document, Frame, Note, OutlineEntry, Page, union_of

if TYPE_CHECKING:
    from docparse.pages.open import Source
    from docparse.pages.page import PageInput


@dataclass(frozen=True, slots=True)
class Pictures:
    """Where the pictures of figures go: into the blocks themselves, or beside the output.

    `folder`: how the output refers to the folder that the caller saves them in, such as
    `report_files`; empty with `embed` off means that no pictures are cut.
    """

    folder: str = ""
    embed: bool = False


@dataclass(frozen=True, slots=True)
class Opened:
    """What is known of a source before its pages are read; `document` if it needs no reading."""

    name: str
    numbers: tuple[int, ...] = ()
    outline: tuple[OutlineEntry, ...] = ()
    meta: dict[str, str] | None = None
    document: Document | None = None


@dataclass(frozen=True, slots=True)
class PageResult:
    """A page as read, before the document is known, and its pictures by file name (PNG)."""

    page: Page
    pictures: tuple[tuple[str, bytes], ...] = ()


@contextmanager
def open_reader(
    data: Path | bytes, settings: ReadSettings, *, name: str, pictures: Pictures
) -> Iterator[Reader]:
    """A Reader over a PDF, images, our own HTML or JSON, or a saved model reply."""
    from docparse.pages.open import open_source

    with (
        at(name),
        open_source(data, name=name, password=settings.password, dpi=settings.dpi) as source,
    ):
        yield Reader(source, settings, pictures)


class Reader:
    """Reads the pages of one open source, one at a time, each let go after it."""

    def __init__(self, source: Source, settings: ReadSettings, pictures: Pictures) -> None:
        self._source = source
        self._pictures = pictures
        self.opened = describe(source, settings)

    def read(self, number: int) -> PageResult:
        """Page `number` (from 1). A page that cannot be read is a value: a Note says why."""
        from docparse.layout.page import lay_out

        with at(f"{self._source.name} p. {number}"):
            try:
                page_input = self._source.page(number)
                return cut_pictures(page_input, lay_out(page_input), self._pictures)
            except DocparseError as error:
                logger.warning("page failed: %s", error)
                return PageResult(failed_page(number, str(error)))

    def draw_overlay(self, page: Page) -> bytes:
        """A PNG of the page with the boxes of its blocks drawn on it."""
        from docparse.convert.overlay import draw_boxes
        from docparse.pages.native import render, to_png

        return to_png(draw_boxes(render(self._source.page(page.number)), page))


def describe(source: Source, settings: ReadSettings) -> Opened:
    """What an open source holds and which of its pages are wanted."""
    from docparse.pages.select import select_pages

    if source.kind == "document":
        return Opened(source.name, document=read_back(source.text, source.name))
    if source.kind == "reply":
        return Opened(source.name, document=reply_to_document(source.text, source.name))
    numbers = select_pages(settings.pages, source.num_pages)
    return Opened(source.name, numbers, source.outline, source.meta)


def read_back(text: str, name: str) -> Document:
    """Our own JSON or HTML to the Document that it was written from."""
    from docparse.convert.data import from_json
    from docparse.omni.parse import parse_document

    if text.lstrip("\ufeff \t\r\n").startswith("{"):
        return from_json(text)
    return parse_document(text, source=name)


def reply_to_document(text: str, name: str) -> Document:
    """A saved model reply to a Document of one page.

    The reply does not say how large its picture was, so the page is as large as its boxes reach.
    """
    from docparse.omni.parse import parse_reply

    huge = 1_000_000
    first = parse_reply(text, Frame(huge, huge, huge, huge, dpi=72))
    whole = (0, 0, huge, huge)
    boxes = [b.bbox for b in first.blocks if (b.bbox.x0, b.bbox.y0, b.bbox.x1, b.bbox.y1) != whole]
    extent = union_of(boxes) if boxes else None
    width, height = (max(extent.x1, 1), max(extent.y1, 1)) if extent else (1000, 1000)
    return Document(name, (parse_reply(text, Frame(width, height, width, height, dpi=72)),))


def cut_pictures(page_input: PageInput, page: Page, pictures: Pictures) -> PageResult:
    """The page with a picture for each block that is one, and the files to save for them."""
    if not pictures.embed and not pictures.folder:
        return PageResult(page)
    from docparse.convert.figures import figure_name, wants_picture
    from docparse.pages.native import crop, to_png

    blocks: list[Block] = []
    files: list[tuple[str, bytes]] = []
    for block in page.blocks:
        if wants_picture(block) and block.bbox.area:
            png = to_png(crop(page_input, block.bbox))
            if pictures.embed:
                href = "data:image/png;base64," + base64.b64encode(png).decode("ascii")
            else:
                file_name = figure_name(page.number, len(files) + 1, block.kind)
                files.append((file_name, png))
                href = f"{pictures.folder}/{file_name}"
            block = replace(block, image=href)
        blocks.append(block)
    return PageResult(replace(page, blocks=tuple(blocks)), tuple(files))


def failed_page(number: int, reason: str) -> Page:
    """An empty A4 page whose Note says why it could not be read."""
    return Page(number, 1654, 2339, dpi=200, notes=(Note("page-failed", reason),))


def assemble(opened: Opened, pages: Sequence[Page]) -> Document:
    """The pages, in the order read, to a Document with levels and joins across pages."""
    from docparse.layout.document import finish

    return Document(opened.name, finish(pages, opened.outline), opened.meta or {})


def parse(source: Path | str | bytes, settings: ReadSettings | None = None) -> Document:
    """Any PDF, image, own HTML or JSON, or saved reply to a Document, in this process.

    Raises a DocparseError when nothing can be read; pages that fail are Notes on their page
    (`document.complete` is then False). Pictures of figures are not cut.
    """
    data = source if isinstance(source, bytes) else Path(source)
    name = "stdin" if isinstance(data, bytes) else data.name
    with open_reader(data, settings or ReadSettings(), name=name, pictures=Pictures()) as reader:
        if reader.opened.document is not None:
            return reader.opened.document
        pages = [reader.read(number).page for number in reader.opened.numbers]
        return assemble(reader.opened, pages)
