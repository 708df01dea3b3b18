"""How well words are placed and replies are checked, on drawn pages with scripted replies."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise, zip_longest
from typing import TYPE_CHECKING

import PIL.Image

from docparse.bench.drawn import LAYOUTS, Drawn, Fonts, draw_page, on_picture
from docparse.bench.report import align as align_columns
from docparse.bench.scripts import Script, Variant, script_of
from docparse.engines.base import Reply, Request
from docparse.engines.fake import FakeEngine
from docparse.evidence.align import UNPRINTED, align
from docparse.evidence.tokens import tokens_of
from docparse.pages.open import open_source
from docparse.pages.page import PageInput
from docparse.profiles import PROFILES
from docparse.reading.lines import lines_shown, scan_reading
from docparse.reading.pages import PageReading
from docparse.types import BBox, Block, Frame, Kind, Line, Page, Word

if TYPE_CHECKING:
    from docparse.reading.scans import ScanReading

# Of two families: one that says where its blocks stand, one that does not.
FAMILIES = ("qwen2.5-vl", "olmocr-2")
VARIANTS: dict[str, tuple[Variant, ...]] = {
    "qwen2.5-vl": ("exact", "invented", "removed", "misread", "told"),
    "olmocr-2": ("exact", "invented", "removed", "misread"),
}
# Never fitted on: the built-in faces of PyMuPDF.
FONTS = (Fonts("tiro", "japan"), Fonts("helv", "japan"))
# A family that has no boxes leaves these out of its replies.
MARGINS: frozenset[Kind] = frozenset({"page-header", "page-footer"})
BINS = (0.0, 0.5, 0.7, 0.8, 0.9, 0.95, 0.99, 1.0)

Sample = tuple[float, bool]


@dataclass(frozen=True, slots=True)
class Case:
    """A drawn page and the lines of its text layer, or those that were read on its picture."""

    drawn: Drawn
    number: int
    source: str
    lines: tuple[Line, ...]

    @property
    def is_read(self) -> bool:
        """Whether all of it was read on a picture."""
        return all(word.is_read for line in self.lines for word in line.words)


@dataclass(slots=True)
class Tally:
    """What was counted over pages of one source and one family."""

    ious: list[float] = field(default_factory=list)
    planted: int = 0
    planted_found: int = 0
    removed: int = 0
    removed_found: int = 0
    untouched: int = 0
    untouched_blocks: int = 0
    alarmed: int = 0
    alarms: int = 0
    lines: list[str] = field(default_factory=list)


def run_check(pages: int, reader: str, *, seed: int = 0) -> Report:
    """Draws `pages` pages of each layout and language, and reads each with each reply."""
    tallies: dict[tuple[str, str], Tally] = {}
    samples: dict[str, list[Sample]] = {}
    for case in cases(pages, seed, FONTS, scan_reading(reader)):
        for family in FAMILIES:
            tally = tallies.setdefault((case.source, family), Tally())
            for variant in VARIANTS[family]:
                script = script_of(case.drawn, variant, case.number)
                found = read_script(case, script, family)
                with_margins = PROFILES[family].grammar == "omni"
                count(tally, case.drawn, script, found, variant, with_margins=with_margins)
                if variant != "removed":
                    kind = "with chances" if variant == "told" else "without"
                    own = samples.setdefault(f"{case.source}, {kind}", [])
                    own += words_right(found.blocks, script)
        if case.is_read:
            own = samples.setdefault(f"the reader ({reader})", [])
            own += reading_right(case.drawn, case.lines)
    return Report(tallies, samples)


def cases(
    pages: int, seed: int, fonts: Sequence[Fonts], reading: ScanReading | None
) -> Iterator[Case]:
    """Each page with its text layer, and as a picture where there is a reader for it."""
    for number in range(seed, seed + pages):
        faces = fonts[number % len(fonts)]
        for layout in LAYOUTS:
            for japanese in (False, True):
                drawn = draw_page(number, layout, japanese=japanese, fonts=faces)
                yield from _both(drawn, number, reading)
        drawn = draw_page(number, "columns", japanese=True, fonts=faces)
        yield from _both(drawn, number, reading, name="vertical ")
        for japanese in (False, True) if reading else ():
            drawn = draw_page(number, "picture", japanese=japanese, fonts=faces)
            yield Case(drawn, number, "layer and pictures", _shown(drawn.pdf, reading))


def _both(
    drawn: Drawn, number: int, reading: ScanReading | None, *, name: str = ""
) -> Iterator[Case]:
    yield Case(drawn, number, f"{name}text layer", _shown(drawn.pdf, None))
    if reading is not None:
        lines = _shown(on_picture(drawn, number), reading)
        yield Case(drawn, number, f"{name}picture", lines)


def _shown(pdf: bytes, reading: ScanReading | None) -> tuple[Line, ...]:
    with open_source(pdf, name="drawn", password="", dpi=200) as opened:
        return lines_shown(opened.page(1), reading)


def read_script(case: Case, script: Script, family: str) -> Page:
    """The page as it is read when an engine gives that reply; it gets white paper to look at."""
    page = case.drawn.page
    size = (page.width, page.height)
    paper = PIL.Image.new("RGB", size, "white")
    source = PageInput(1, *size, page.dpi, rotation=0, layer="none", picture=paper)

    def answer(request: Request) -> Reply:
        return script.reply(Frame(*size, *request.picture.size, page.dpi), family)

    reading: PageReading[int] = PageReading(
        FakeEngine(answer), PROFILES[family], lambda _: source, read_lines=lambda _: case.lines
    )
    ((_, found),) = reading.read([1])
    return found


def words_right(blocks: Iterable[Block], script: Script) -> Iterator[Sample]:
    """The confidence of each word that was placed, and whether it is right."""
    wrong = {"".join(text.split()): numbers for text, numbers in script.wrong.items()}
    for block in blocks:
        parts = [block.text, *(item.text for item in block.items)]
        parts += [cell.text for cell in block.table.cells] if block.table else []
        bad: set[tuple[int, int]] = set()
        at = 0
        for text in parts:
            numbers = wrong.get("".join(text.split()), set())
            for number, token in enumerate(tokens_of(text)):
                size = token.end - token.start
                if number in numbers:
                    bad.add((at, at + size))
                at += size
        for start, end, word in _places(block.words):
            yield word.confidence, not any(a < end and start < b for a, b in bad)


def reading_right(drawn: Drawn, lines: Sequence[Line]) -> Iterator[Sample]:
    """The confidence of each word that a reader read, and whether that is what stands there."""
    for word, is_right in zip(
        (word for line in lines for word in line.words), units_right(drawn, lines), strict=True
    ):
        yield word.confidence, is_right


def units_right(drawn: Drawn, lines: Sequence[Line]) -> list[bool]:
    """For each word of lines that are cut into units whether it is what stands there."""
    aligned = align(drawn.page, lines)
    right = [False] * len(aligned.matching.units)
    for unit, owner in enumerate(aligned.matching.owners):
        hit = aligned.matching.hits[owner] if owner >= 0 else None
        right[unit] = hit is not None and hit.agreement == 1.0 and len(hit.pieces) == 1
    return right


def calibration_error(samples: Sequence[Sample]) -> float:
    """Expected calibration error: over the bins the mean of |confidence - share right|, weighed
    by how many words lie in each (Guo and others 2017, arXiv:1706.04599)."""
    total = 0.0
    for _, confidence, right, count in reliability(samples):
        total += abs(confidence - right) * count
    return total / max(1, len(samples))


def reliability(samples: Sequence[Sample]) -> Iterator[tuple[str, float, float, int]]:
    """For each bin its name, the mean confidence, the share that is right, and the count."""
    for low, high in pairwise(BINS):
        inside = [s for s in samples if low <= s[0] < high or (s[0] == high == 1.0)]
        if inside:
            mean = sum(confidence for confidence, _ in inside) / len(inside)
            right = sum(is_right for _, is_right in inside) / len(inside)
            yield f"{low:.2f} to {high:.2f}", mean, right, len(inside)


def count(
    tally: Tally, drawn: Drawn, script: Script, found: Page, variant: Variant, *, with_margins: bool
) -> None:
    """Adds what was found on one page."""
    printed = [b for b in drawn.page.blocks if with_margins or b.kind not in MARGINS]
    notes = [n for n in found.notes if n.code in ("unsupported-text", "missed-region")]
    if variant in ("exact", "misread"):
        tally.ious += word_ious(printed, found.blocks)
    if variant == "exact":
        tally.untouched += 1
        tally.untouched_blocks += len(found.blocks)
        tally.alarmed += bool(notes)
        tally.alarms += len(notes)
        tally.lines += [f"false alarm: {n.code}: {n.message}" for n in notes]
    said = " ".join(n.message for n in notes if n.code == "unsupported-text")
    for sentence in script.planted:
        hit = _is_quoted(sentence, said)
        tally.planted += 1
        tally.planted_found += hit
        if not hit:
            tally.lines.append(f"not found: {sentence}")
    regions = [n.bbox for n in notes if n.code == "missed-region" and n.bbox]
    for block in script.removed:
        hit = any(block.bbox.overlap(region) > 0.5 for region in regions)
        tally.removed += 1
        tally.removed_found += hit
        if not hit:
            tally.lines.append(f"not seen to be missing: {block.kind} {block.text[:60]}")


def _is_quoted(sentence: str, said: str) -> bool:
    """Whether a Note quotes some of it."""
    parts = [sentence[at : at + 12] for at in range(0, max(1, len(sentence) - 12), 4)]
    return any(part in said for part in parts)


def word_ious(truth: Iterable[Block], found: Iterable[Block]) -> list[float]:
    """For each word drawn the IoU of its box with that of the word found, 0 where there is none.

    Blocks of text go by their order, words by the letters before them.
    """
    scores: list[float] = []
    texts = [block for block in found if block.kind not in UNPRINTED]
    for block, other in zip_longest((b for b in truth if b.words), texts):
        boxes = _by_letter(other.words if other else ())
        for start, end, word in _places(block.words if block else ()):
            around = boxes.get((start, end))
            scores.append(word.bbox.iou(around) if around else 0.0)
    return scores


def _by_letter(words: Sequence[Word]) -> dict[tuple[int, int], BBox]:
    return {(start, end): word.bbox for start, end, word in _places(words)}


def _places(words: Sequence[Word]) -> Iterator[tuple[int, int, Word]]:
    """Words with the letters of all of them that they start and end at."""
    start = 0
    for word in words:
        yield start, start + len(word.text), word
        start += len(word.text)


@dataclass(frozen=True, slots=True)
class Report:
    """The tallies by source and family, and samples of confidence by where it comes from."""

    tallies: dict[tuple[str, str], Tally]
    samples: dict[str, list[Sample]]

    def to_text(self) -> str:
        """A table with a line for each source and family, and tables of reliability."""
        head = ("source", "reply of", "mean IoU", "planted found", "removed found",
                "pages with false alarms", "alarms per block")  # fmt: skip
        rows = [head]
        for (source, family), t in sorted(self.tallies.items()):
            rows.append(
                (
                    source,
                    family,
                    f"{sum(t.ious) / max(1, len(t.ious)):.3f}",
                    f"{t.planted_found} of {t.planted}",
                    f"{t.removed_found} of {t.removed}",
                    f"{t.alarmed} of {t.untouched}",
                    f"{t.alarms / max(1, t.untouched_blocks):.2%}",
                )
            )
        tables = [align_columns(rows, left=2)]
        for name, samples in sorted(self.samples.items()):
            lines = [("confidence", "mean", "right", "words")]
            for label, mean, right, count in reliability(samples):
                lines.append((label, f"{mean:.3f}", f"{right:.3f}", str(count)))
            error = calibration_error(samples)
            tables.append(f"{name}: expected calibration error {error:.3f}")
            tables.append(align_columns(lines, left=1))
        return "\n\n".join(tables)
