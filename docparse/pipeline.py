"""The product on one screen: a file to a source, its pages to blocks, the pages to a Document."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from docparse.engines.load import load_engine as load_engine
from docparse.errors import DocparseError
from docparse.log import at, logger
from docparse.reading.failed import failed_page as failed_page
from docparse.reading.pictures import PageResult as PageResult
from docparse.reading.pictures import Pictures as Pictures
from docparse.reading.pictures import cut_pictures
from docparse.settings import ReadSettings
from docparse.types import Document, OutlineEntry, Page

if TYPE_CHECKING:
    from docparse.engines.base import Engine
    from docparse.pages.open import Source
    from docparse.profiles import Profile

# What becomes of a page, by the state of its text layer.
WAYS = {"good": "text layer", "blank": "blank"}


@dataclass(frozen=True, slots=True)
class Opened:
    """What is known of a source before its pages are read; `document` if it needs no reading."""

    name: str
    numbers: tuple[int, ...] = ()
    outline: tuple[OutlineEntry, ...] = ()
    meta: dict[str, str] | None = None
    document: Document | None = None


EngineSource = Callable[[], "tuple[Engine, Profile]"]


@contextmanager
def open_reader(
    data: Path | bytes,
    settings: ReadSettings,
    *,
    name: str,
    pictures: Pictures,
    engine: EngineSource | None = None,
) -> Iterator[Reader]:
    """A Reader over a PDF, images, our own HTML or JSON, or a saved model reply.

    `engine` gives the model where the settings name one; by default it is loaded for this source.
    """
    from docparse.pages.open import open_source

    with (
        at(name),
        open_source(data, name=name, password=settings.password, dpi=settings.dpi) as source,
    ):
        opened = describe(source, settings)
        yield Reader(source, opened, settings, pictures, engine or (lambda: load_engine(settings)))


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads the pages of one open source, one at a time, each let go after it."""

    source: Source
    opened: Opened
    settings: ReadSettings
    pictures: Pictures
    engine: EngineSource

    def read(self, numbers: Sequence[int]) -> Iterator[PageResult]:
        """A result for each page number (from 1). One that cannot be read has a Note on why."""
        if self.settings.model:
            yield from self._read_by_model(numbers)
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
        from docparse.reading.review import with_doubts

        page_input = self.source.page(number)
        page = read_page(page_input, self.settings.reader)
        return cut_pictures(
            page_input, with_doubts(page, self.settings.review_below), self.pictures
        )

    def _read_by_model(self, numbers: Sequence[int]) -> Iterator[PageResult]:
        from docparse.reading.by_model import read_by_model

        for _, result in read_by_model(
            self.engine(),
            self.settings,
            [("", number) for number in numbers],
            load=lambda key: self.source.page(key[1]),
            pictures=lambda _: self.pictures,
        ):
            yield result

    def survey(self) -> Counter[str]:
        """How many of the wanted pages would be read in which way; none is read."""
        if self.opened.document is not None:
            return Counter({"no reading": len(self.opened.document.pages)})
        if self.settings.model:
            return Counter({"model": len(self.opened.numbers)})
        from docparse.reading.lines import scan_reading

        ways: Counter[str] = Counter()
        unread = "lines" if scan_reading(self.settings.reader) else "needs a reader"
        for number in self.opened.numbers:
            try:
                layer = self.source.page(number).layer
            except DocparseError:
                layer = "none"
            ways[WAYS.get(layer, unread)] += 1
        return ways

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
