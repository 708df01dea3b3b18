"""How well words are placed and replies are checked, on drawn pages with scripted replies."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import zip_longest
from typing import TYPE_CHECKING, Literal

from docparse.bench.drawn import LAYOUTS, Drawn, Fonts, draw_page, on_picture
from docparse.bench.drawn_texts import Texts
from docparse.bench.report import align as align_columns
from docparse.convert.markdown import to_markdown
from docparse.engines.base import Reply, Request
from docparse.engines.fake import FakeEngine
from docparse.evidence.align import UNPRINTED
from docparse.evidence.tokens import tokens_of
from docparse.omni.emit import emit_page_reply
from docparse.pages.open import open_source
from docparse.profiles import PROFILES
from docparse.reading.pages import PageReading
from docparse.types import BBox, Block, Document, Frame, Kind, Line, Page, Word

if TYPE_CHECKING:
    from docparse.pages.page import PageInput

Variant = Literal["exact", "invented", "removed", "misread"]
VARIANTS: tuple[Variant, ...] = ("exact", "invented", "removed", "misread")
# Of two families: one that says where its blocks stand, one that does not.
FAMILIES = ("qwen2.5-vl", "olmocr-2")
# Never fitted on: the built-in faces of PyMuPDF.
FONTS = (Fonts("tiro", "japan"), Fonts("helv", "japan"))
# What is planted or removed in a page.
NUM_PLANTED = 3
# Share of the words that a reply misreads, where it does.
MISREAD = 0.08
# Such blocks are removed: those that a reader would miss.
REMOVABLE: frozenset[Kind] = frozenset({"paragraph", "heading", "list", "table", "footnote"})
# A family that has no boxes leaves these out of its replies.
MARGINS: frozenset[Kind] = frozenset({"page-header", "page-footer"})
LETTERS, KANA = "abcdefghijklmnoprstuvwy", "あいうえおかきくけこさしすせそたちつてと計画区市国道"


@dataclass(frozen=True, slots=True)
class Script:
    """A reply to be given: its blocks, what was planted in them, and what was left out."""

    page: Page
    planted: tuple[str, ...] = ()
    removed: tuple[Block, ...] = ()


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
    from docparse.reading.lines import scan_reading

    reading = scan_reading(reader)
    tallies: dict[tuple[str, str], Tally] = {}
    for drawn, number in drawn_pages(pages, seed):
        sources = {"text layer": drawn.pdf}
        if reading is not None:
            sources["picture"] = on_picture(drawn, number)
        for source, pdf in sources.items():
            with open_source(pdf, name="drawn", password="", dpi=200) as opened:
                page = opened.page(1)
                lines = (
                    reading.lines(page, to_compare=True) if reading and source == "picture" else ()
                )
                for family in FAMILIES:
                    tally = tallies.setdefault((source, family), Tally())
                    for variant in VARIANTS:
                        script = script_of(drawn, variant, number)
                        found = read_script(page, script, family, lines)
                        with_margins = PROFILES[family].grammar == "omni"
                        count(tally, drawn, script, found, variant, with_margins=with_margins)
    return Report(tallies)


def drawn_pages(pages: int, seed: int) -> Iterator[tuple[Drawn, int]]:
    for number in range(pages):
        for layout in LAYOUTS:
            for japanese in (False, True):
                fonts = FONTS[number % len(FONTS)]
                at = seed + number
                yield draw_page(at, layout, japanese=japanese, fonts=fonts), at


def read_script(page: PageInput, script: Script, family: str, lines: Sequence[Line]) -> Page:
    """The page as it is read when an engine gives that reply."""
    profile = PROFILES[family]

    def answer(request: Request) -> Reply:
        frame = Frame(page.width, page.height, *request.picture.size, page.dpi)
        if profile.grammar == "omni":
            return Reply(emit_page_reply(script.page, frame), "stop")
        blocks = tuple(
            replace(block, image="page_0.png") if block.kind == "figure" else block
            for block in script.page.blocks
        )
        markdown = to_markdown(Document("", (replace(script.page, blocks=blocks),)))
        return Reply(f"---\nprimary_language: en\nis_rotation_valid: True\n---\n{markdown}", "stop")

    engine = FakeEngine(answer)
    reading: PageReading[int] = PageReading(
        engine, profile, lambda _: page, read_lines=lambda _: tuple(lines)
    )
    ((_, found),) = reading.read([1])
    return found


def script_of(drawn: Drawn, variant: Variant, seed: int) -> Script:
    """The reply of a variant: the page as it is, or with what is wrong about it."""
    rng = random.Random(f"script-{variant}-{seed}")
    page = drawn.page
    if variant == "invented":
        return _with_inventions(page, rng)
    if variant == "removed":
        able = [block for block in page.blocks if block.kind in REMOVABLE]
        gone = rng.sample(able, min(NUM_PLANTED, len(able) - 2))
        kept = tuple(block for block in page.blocks if not any(block is g for g in gone))
        return Script(replace(page, blocks=kept), removed=tuple(gone))
    if variant == "misread":
        return Script(replace(page, blocks=tuple(_misread(b, rng) for b in page.blocks)))
    return Script(page)


def _with_inventions(page: Page, rng: random.Random) -> Script:
    """Sentences that are not on the page, in paragraphs or as paragraphs of their own."""
    is_japanese = any(ord(char) > 0x3000 for block in page.blocks for char in block.text)
    texts = Texts(rng, is_japanese)
    blocks = list(page.blocks)
    planted = []
    for _ in range(NUM_PLANTED):
        sentence = texts.sentence()
        planted.append(sentence)
        at = rng.choice([i for i, block in enumerate(blocks) if block.kind == "paragraph"])
        block = blocks[at]
        if rng.random() < 0.3:
            blocks.insert(at + 1, Block("paragraph", block.bbox, sentence))
            continue
        gap = "" if is_japanese else " "
        sentences = re.split(r"(?<=。)" if is_japanese else r"(?<=\.) (?=[A-Z])", block.text)
        sentences = [s for s in sentences if s]
        sentences.insert(rng.randint(0, len(sentences)), sentence)
        blocks[at] = replace(block, text=gap.join(sentences), words=())
    return Script(replace(page, blocks=tuple(blocks)), planted=tuple(planted))


def _misread(block: Block, rng: random.Random) -> Block:
    """The block with some of its words off by a letter."""
    table = block.table
    if table:
        cells = (replace(c, text=_misread_text(c.text, rng)) for c in table.cells)
        table = replace(table, cells=tuple(cells))
    items = tuple(replace(i, text=_misread_text(i.text, rng)) for i in block.items)
    text = block.text if block.kind == "figure" else _misread_text(block.text, rng)
    return replace(block, text=text, items=items, table=table)


def _misread_text(text: str, rng: random.Random) -> str:
    chars = list(text)
    for token in tokens_of(text):
        if token.weight and rng.random() < MISREAD * (0.5 if token.is_wide else 1):
            at = rng.randrange(token.start, token.end)
            pool = KANA if token.is_wide else "0123456789" if chars[at].isdigit() else LETTERS
            chars[at] = rng.choice([c for c in pool if c != chars[at].lower()])
    return "".join(chars)


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
        hit = any(region.overlap(_loose(block.bbox)) > 0.5 for region in regions)
        tally.removed += 1
        tally.removed_found += hit
        if not hit:
            tally.lines.append(f"not seen to be missing: {block.kind} {block.text[:60]}")


def _loose(box: BBox) -> BBox:
    return BBox(box.x0 - 9, box.y0 - 9, box.x1 + 9, box.y1 + 9)


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
    """The tallies by source and family."""

    tallies: dict[tuple[str, str], Tally]

    def to_text(self) -> str:
        """A table with a line for each source and family."""
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
        return align_columns(rows, left=2)
