"""What a reader of a document should look at: its notes, and what is not sure to be right."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from docparse.types import INCOMPLETE, Document, Page, Word

# Below it what was read from pixels is worth a look.
SURE = 0.9
# Of a block from the text layer only the kind can be wrong, which harms less.
SURE_OF_KIND = 0.6
_MOST_WORDS = 8
_PREVIEW = 80


@dataclass(frozen=True, slots=True)
class Check:
    """One thing to look at. `anchor`: `p3b7` is block 7 of page 3, `p3n1` its first note."""

    page: int
    anchor: str
    heading: str
    text: str
    is_bad: bool = False


@dataclass(frozen=True, slots=True)
class Doubt:
    """A word that was read with little confidence, in the block of that index.

    `before`: how many letters of the block's words stand before it, blanks not counted.
    """

    word: Word
    block: int
    before: int


def doubts(page: Page) -> list[Doubt]:
    """The words below `SURE`, in reading order."""
    found: list[Doubt] = []
    for index, block in enumerate(page.blocks):
        before = 0
        for word in block.words:
            if word.confidence < SURE:
                found.append(Doubt(word, index, before))
            before += len("".join(word.text.split()))
    return found


def find_checks(document: Document) -> Iterator[Check]:
    """Notes, then blocks and words that are not sure enough, page by page."""
    for page in document.pages:
        for number, note in enumerate(page.notes, start=1):
            anchor = f"p{page.number}n{number}"
            is_bad = note.code in INCOMPLETE
            yield Check(page.number, anchor, note.code, note.message, is_bad)
        yield from _unsure(page)


def _unsure(page: Page) -> Iterator[Check]:
    words: dict[int, list[Word]] = {}
    for doubt in doubts(page):
        words.setdefault(doubt.block, []).append(doubt.word)
    if any(note.code == "doubtful" for note in page.notes):
        return  # they are listed as was asked for
    for index, block in enumerate(page.blocks):
        unsure = words.get(index, [])
        enough = SURE_OF_KIND if block.source == "text-layer" else SURE
        if block.confidence >= enough and not unsure:
            continue
        least = min([block.confidence, *(word.confidence for word in unsure)])
        heading = f"{block.kind}, {least:.0%} sure"
        found = ", ".join(word.text for word in unsure[:_MOST_WORDS])
        more = f" and {len(unsure) - _MOST_WORDS} more" if len(unsure) > _MOST_WORDS else ""
        text = (found + more) or " ".join(block.text.split())[:_PREVIEW]
        yield Check(page.number, f"p{page.number}b{index + 1}", heading, text)
