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
from docparse.reading.failed import failed_page as failed_page
from docparse.settings import ReadSettings
from docparse.types import Block, Document, OutlineEntry, Page

if TYPE_CHECKING:
    from docparse.engines.base import Engine
    from docparse.pages.open import Source
    from docparse.pages.page import PageInput
    from docparse.profiles import Profile


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
        opened = describe(source, settings)
        is_read = settings.model and opened.document is None
        engine = load_engine(settings) if is_read else None
        yield Reader(source, opened, settings, pictures, engine)


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads the pages of one open source, one at a time, each let go after it."""

    source: Source
    opened: Opened
    settings: ReadSettings
    pictures: Pictures
    engine: tuple[Engine, Profile] | None = None

    def read(self, numbers: Sequence[int]) -> Iterator[PageResult]:
        """A result for each page number (from 1). One that cannot be read has a Note on why."""
        if self.engine:
            yield from self._read_by_model(self.engine, numbers)
            return
        for number in numbers:
            with at(f"{self.source.name} p. {number}"):
                try:
                    yield self._lay_out(number)
                except DocparseError as error:
                    logger.warning("page failed: %s", error)
                    yield PageResult(failed_page(number, str(error)))

    def _lay_out(self, number: int) -> PageResult:
        from docparse.reading.lines import read_page

        page_input = self.source.page(number)
        return cut_pictures(page_input, read_page(page_input, self.settings.reader), self.pictures)

    def _read_by_model(
        self, engine: tuple[Engine, Profile], numbers: Sequence[int]
    ) -> Iterator[PageResult]:
        from docparse.reading.pages import PageReading, layer_anchors

        reading = PageReading(
            *engine,
            load=self.source.page,
            max_pixels=self.settings.max_pixels,
            anchors=layer_anchors if self.settings.anchors == "olmocr" else None,
        )
        for page in reading.read(numbers):
            if page.blocks:
                yield cut_pictures(self.source.page(page.number), page, self.pictures)
            else:
                yield PageResult(page)

    def draw_overlay(self, page: Page) -> bytes:
        """A PNG of the page with the boxes of its blocks drawn on it."""
        from docparse.convert.overlay import draw_boxes
        from docparse.pages.native import render, to_png

        return to_png(draw_boxes(render(self.source.page(page.number)), page))


def describe(source: Source, settings: ReadSettings) -> Opened:
    """What an open source holds and which of its pages are wanted."""
    from docparse.pages.select import select_pages

    if source.kind in ("document", "reply"):
        from docparse.reading.saved import read_saved

        return Opened(source.name, document=read_saved(source.text, source.name, source.kind))
    numbers = select_pages(settings.pages, source.num_pages)
    return Opened(source.name, numbers, source.outline, source.meta)


def load_engine(settings: ReadSettings) -> tuple[Engine, Profile]:
    """The model that the settings name, loaded, and the profile that fits it."""
    from docparse.engines.local import LocalEngine, find_checkpoint
    from docparse.profiles import pick_profile

    pick_profile(settings.model, wanted=settings.profile)  # a wrong name costs no loading
    folder = find_checkpoint(settings.model)
    engine = LocalEngine(folder, name=settings.model, bits=settings.quantize)
    kind = engine.model_type
    return engine, pick_profile(settings.model, model_type=kind, wanted=settings.profile)


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


def assemble(opened: Opened, pages: Sequence[Page]) -> Document:
    """The pages, in any order, to a Document with levels and joins across pages."""
    from docparse.layout.document import finish

    ordered = sorted(pages, key=lambda page: opened.numbers.index(page.number))
    return Document(opened.name, finish(ordered, opened.outline), opened.meta or {})


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
        return assemble(reader.opened, [r.page for r in reader.read(reader.opened.numbers)])
