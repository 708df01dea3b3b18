"""How well small pages are read whole by a checkpoint, beside the reading of their lines."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from docparse.bench.boxes import Area, Matches, match_areas
from docparse.bench.edit import normalise
from docparse.bench.extras import require
from docparse.bench.ours import page_areas
from docparse.bench.report import align
from docparse.omni.parse import parse_reply
from docparse.pages.page import PageInput
from docparse.settings import ReadSettings
from docparse.types import Frame, Page

if TYPE_CHECKING:
    import PIL.Image

DPI = 144


@dataclass(slots=True)
class Side:
    """Sums over all pages of one way of reading."""

    boxes: list[Matches] = field(default_factory=list)
    kinds: list[Matches] = field(default_factory=list)
    errors: int = 0
    letters: int = 0
    unread: int = 0
    seconds: float = 0.0

    def add(self, truth: Page, found: Page) -> None:
        right, ours = list(page_areas(truth)), list(page_areas(found))
        self.boxes.append(match_areas(right, ours, with_kind=False))
        self.kinds.append(match_areas(right, ours, with_kind=True))
        wanted, said = _text_of(right), _text_of(ours)
        self.errors += require("rapidfuzz").distance.Levenshtein.distance(wanted, said)
        self.letters += len(wanted)
        self.unread += not ours


@dataclass(slots=True)
class SmallPagesReport:
    """Block F1 (of boxes; of boxes and kinds), character errors and seconds a page, by way."""

    what: str
    pages: int
    sides: dict[str, Side] = field(default_factory=dict)

    def to_text(self) -> str:
        rows = [["way", "block F1", "with kinds", "CER %", "unread", "s a page"]]
        for name, side in self.sides.items():
            rows.append([
                name,
                f"{_sum(side.boxes).f1:.3f}",
                f"{_sum(side.kinds).f1:.3f}",
                f"{100 * side.errors / max(1, side.letters):.1f}",
                str(side.unread),
                f"{side.seconds / self.pages:.2f}",
            ])  # fmt: skip
        return "\n".join([f"{self.pages} {self.what}", align(rows, left=1)])


def run_small_pages(
    pages: Sequence[tuple[PIL.Image.Image, Page]], model: Path, what: str
) -> SmallPagesReport:
    """Both ways over pictures with the blocks that are on them, in their pixels."""
    inputs = [
        PageInput(1, *picture.size, dpi=DPI, rotation=0, layer="none", picture=picture)
        for picture, _ in pages
    ]
    report = SmallPagesReport(what, len(pages))
    ways = {
        "whole pages": _whole(inputs, model),
        "whole or by lines": _as_converted(inputs, model),
        "lines": _by_lines(inputs),
    }
    for name, read in ways.items():
        side = report.sides[name] = Side()
        began = time.perf_counter()
        for number, page in read:
            side.seconds += time.perf_counter() - began
            side.add(pages[number][1], page)
            began = time.perf_counter()
    return report


def _whole(inputs: Sequence[PageInput], model: Path) -> Iterator[tuple[int, Page]]:
    """As the replies tell them, sound or not."""
    from docparse.engines.load import load_engine
    from docparse.reading.pages import PageReading
    from docparse.reading.read_lines import with_lines

    engine = load_engine(_settings(model))
    load = with_lines(inputs.__getitem__, "nano")
    reading: PageReading[int] = PageReading(*engine, load=load, hold_format=True, once=True)
    yield from reading.read(range(len(inputs)))


def _as_converted(inputs: Sequence[PageInput], model: Path) -> Iterator[tuple[int, Page]]:
    """As documents are converted with this model: by lines where a reply is not sound."""
    from docparse.engines.load import load_engine
    from docparse.reading.by_model import read_by_model
    from docparse.reading.pictures import Pictures

    settings = _settings(model)
    for index, result in read_by_model(
        load_engine(settings),
        settings,
        [(index, page.number) for index, page in enumerate(inputs)],
        load=lambda key: inputs[key[0]],
        pictures=lambda _: Pictures(),
    ):
        yield index, result.page


def _settings(model: Path) -> ReadSettings:
    return ReadSettings(
        model=str(model), profile="docparse-nano", anchors="lines", hold_format=True
    )


def _by_lines(inputs: Sequence[PageInput]) -> Iterator[tuple[int, Page]]:
    from docparse.reading.lines import read_page

    for number, page in enumerate(inputs):
        yield number, read_page(page, "nano")


def as_page(picture: PIL.Image.Image, reply: str) -> Page:
    """The page that a reply in pixels of the picture tells of."""
    page = parse_reply(reply, Frame(*picture.size, *picture.size, DPI))
    assert page.blocks
    return page


def _text_of(areas: Sequence[Area]) -> str:
    return normalise("\n".join(area.text for area in areas))


def _sum(matches: Sequence[Matches]) -> Matches:
    return Matches(
        sum(m.right for m in matches),
        sum(m.num_truth for m in matches),
        sum(m.num_found for m in matches),
    )
