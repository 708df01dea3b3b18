"""Pages of any number of documents to results, by a model that reads several together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from docparse.evidence.tokens import parts_of
from docparse.reading.lines import lines_shown, read_page, scan_reading
from docparse.reading.pages import PageReading, layer_anchors
from docparse.reading.pictures import PageResult, Pictures, cut_pictures
from docparse.reading.read_lines import line_anchors, with_lines
from docparse.reading.review import with_doubts
from docparse.settings import ReadSettings
from docparse.types import INCOMPLETE, Line, Note, NoteCode, Page

if TYPE_CHECKING:
    from docparse.engines.base import Engine
    from docparse.pages.page import PageInput
    from docparse.profiles import Profile

# Pages of more lines are none that a model that is told them has learned.
MOST_LINES = 24
# Letters of lines that were told may be missing from a reply, or be too many in it, by this share.
PUT_RIGHT = 0.1
Key = TypeVar("Key", bound=Hashable)
# With one of these a reply doesn't say all that its page shows, or says something else.
UNSOUND = INCOMPLETE | frozenset[NoteCode]({"unsupported-text", "missed-region"})


def read_by_model(
    engine: tuple[Engine, Profile],
    settings: ReadSettings,
    pages: Iterable[tuple[Key, int]],
    *,
    load: Callable[[tuple[Key, int]], PageInput],
    pictures: Callable[[Key], Pictures],
) -> Iterator[tuple[Key, PageResult]]:
    """A result for each (document, page number), as they are done; pulled as there is room."""
    by_lines = settings.anchors == "lines"
    # Told the lines, a model has them to fall back on.
    has_lines = engine[1].anchors == "boxed"
    scans = scan_reading(settings.reader)
    anchors = {"olmocr": layer_anchors, "lines": line_anchors}.get(settings.anchors)
    reading: PageReading[tuple[Key, int]] = PageReading(
        *engine,
        load=with_lines(load, settings.reader) if by_lines else load,
        max_pixels=settings.max_pixels,
        anchors=anchors,
        hold_format=settings.hold_format,
        with_chances=settings.review_below > 0,
        read_lines=partial(lines_shown, reading=scans),
        once=has_lines,
    )
    by_its_lines = partial(read_page, reader=settings.reader)
    found_by_key = (
        _told(reading, pages, load=load, by_its_lines=by_its_lines)
        if has_lines
        else reading.read(pages)
    )
    for (document, number), found in found_by_key:
        page = with_doubts(replace(found, number=number), settings.review_below)
        if page.blocks:
            page_input = load((document, number))
            yield document, cut_pictures(page_input, page, pictures(document))
        else:
            yield document, PageResult(page)


def _told(
    reading: PageReading[Key],
    pages: Iterable[Key],
    *,
    load: Callable[[Key], PageInput],
    by_its_lines: Callable[[PageInput], Page],
) -> Iterator[tuple[Key, Page]]:
    """Pages as a model that is told their lines replies; some as they are laid out from those.

    That is where there are more lines than it has learned, or it does not tell them soundly.
    """
    long: list[Key] = []

    def short() -> Iterator[Key]:
        for key in pages:
            if len(reading.load(key).lines) > MOST_LINES:
                long.append(key)
            else:
                yield key

    for key, found in reading.read(short()):
        wrong = next((note.message for note in found.notes if note.code in UNSOUND), "")
        if not wrong and not _copies(found, reading.load(key).lines):
            wrong = "its letters are not those of the lines"
        if wrong and (page := by_its_lines(load(key))).blocks:
            found = _noted(page, f"the model's reply is wrong: {wrong}")
        yield key, found
    for key in long:
        yield key, _noted(by_its_lines(load(key)), f"the model knows no pages of over {MOST_LINES}")


def _noted(page: Page, why: str) -> Page:
    note = Note("read-by-lines", f"laid out from its lines, as {why}")
    return replace(page, notes=(*page.notes, note))


def _copies(page: Page, lines: Sequence[Line]) -> bool:
    """Whether a page has the letters of the lines, each as often, but for a few put right."""
    said = _letters(part.text for block in page.blocks for part in parts_of(block, 0))
    said += _letters(item.marker for block in page.blocks for item in block.items)
    told = _letters(line.text for line in lines)
    return ((told - said) + (said - told)).total() <= PUT_RIGHT * told.total()


def _letters(texts: Iterable[str]) -> Counter[str]:
    return Counter(char for text in texts for char in text if not char.isspace())
