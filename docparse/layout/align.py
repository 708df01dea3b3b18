"""Boxes for text that came without any, found by looking the text up in the page's words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from docparse.types import BBox, Block, Line, Note, Page, Word, union_of

# CJK is matched character by character, everything else word by word.
_TOKEN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]|[^\W\u3040-\u30ff\u3400-\u9fff]+")
# Of a block's tokens, how many must be found side by side for its box to be believed.
ENOUGH = 0.5
# Tokens that may lie between two stretches of one block, such as a word that was misread.
GAP = 12


@dataclass(frozen=True, slots=True)
class _Place:
    token: str
    box: BBox
    word: Word


def align(page: Page, lines: Sequence[Line]) -> Page:
    """The page with a box for each block that has none of its own and whose text is found.

    A block without a box of its own has that of the whole page. Words found go into the block.
    """
    places = [place for line in lines for word in line.words for place in _places(word)]
    whole = BBox(0, 0, page.width, page.height)
    blocks = tuple(
        _placed(block, places) if block.bbox == whole else block for block in page.blocks
    )
    notes = page.notes
    if places and not any(block.bbox == whole for block in blocks):
        notes = tuple(note for note in notes if note.code != "bad-box")
    lost = sum(block.bbox == whole for block in blocks)
    if places and lost:
        notes = (*notes, Note("bad-box", f"{lost} blocks were not found on the page"))
    return replace(page, blocks=blocks, notes=notes)


def _placed(block: Block, places: Sequence[_Place]) -> Block:
    tokens = _tokens(_text_of(block))
    found = _find(tokens, [place.token for place in places])
    if not tokens or len(found) < ENOUGH * len(tokens):
        return block
    hits = [places[index] for index in found]
    words = tuple(dict.fromkeys(hit.word for hit in hits))
    return replace(block, bbox=union_of(hit.box for hit in hits), words=words)


def _find(tokens: Sequence[str], stream: Sequence[str]) -> list[int]:
    """Places in the stream that the tokens stand at: the best run of matches close together."""
    matcher = SequenceMatcher(None, stream, tokens, autojunk=False)
    runs: list[list[int]] = []
    for start, _, size in matcher.get_matching_blocks():
        if not size:
            continue
        if runs and start - runs[-1][-1] <= GAP:
            runs[-1] += range(start, start + size)
        else:
            runs.append(list(range(start, start + size)))
    return max(runs, key=len, default=[])


def _places(word: Word) -> list[_Place]:
    """A word's tokens, each with its share of the word's box."""
    tokens = _tokens(word.text)
    if len(tokens) < 2:
        return [_Place(token, word.bbox, word) for token in tokens]
    box, share = word.bbox, word.bbox.width / len(tokens)
    return [
        _Place(
            token,
            BBox.around(box.x0 + i * share, box.y0, box.x0 + (i + 1) * share, box.y1),
            word,
        )
        for i, token in enumerate(tokens)
    ]


def _tokens(text: str) -> list[str]:
    return _TOKEN.findall(unicodedata.normalize("NFKC", text).casefold())


def _text_of(block: Block) -> str:
    parts = [block.text, *(item.text for item in block.items)]
    if block.table:
        parts += [cell.text for cell in block.table.cells]
    return " ".join(parts)
