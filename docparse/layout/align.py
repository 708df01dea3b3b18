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
# Distinct words of a page from which on they say something about a reply.
ENOUGH_WORDS = 20
# Tokens that may lie between two stretches of one block, such as a word that was misread.
GAP = 12
# Up to so many tokens, a text is looked for to the letter first.
SHORT = 12


@dataclass(frozen=True, slots=True)
class _Place:
    token: str
    box: BBox
    word: Word


class _Stream:
    """The page's tokens in the order of the file, and how far the blocks before have come."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self.places = [place for line in lines for word in line.words for place in _places(word)]
        self.tokens = [place.token for place in self.places]
        self._starts: dict[str, list[int]] = {}
        for index, token in enumerate(self.tokens):
            self._starts.setdefault(token, []).append(index)
        self._end = 0

    def find(self, tokens: Sequence[str]) -> list[_Place]:
        """The places that the tokens stand at, close together; nothing for too few of them."""
        found = self._find_short(tokens) if len(tokens) <= SHORT else []
        found = found or self._find_run(tokens)
        if not tokens or len(found) < ENOUGH * len(tokens):
            return []
        self._end = found[-1] + 1
        return [self.places[index] for index in found]

    def _find_short(self, tokens: Sequence[str]) -> list[int]:
        """A short text to the letter: it may stand on a page often, so the next one is taken."""
        wanted, size = list(tokens), len(tokens)
        starts = self._starts.get(wanted[0], []) if wanted else []
        hits = [start for start in starts if self.tokens[start : start + size] == wanted]
        after = next((start for start in hits if start >= self._end), None)
        start = after if after is not None else min(hits, default=None)
        return [] if start is None else list(range(start, start + size))

    def _find_run(self, tokens: Sequence[str]) -> list[int]:
        """The longest run of matches close together."""
        if not any(token in self._starts for token in tokens):
            return []
        # Its heuristic for long texts keeps a reply of one word over and over from taking for ever.
        matcher = SequenceMatcher(None, self.tokens, tokens)
        runs: list[list[int]] = []
        for start, _, size in matcher.get_matching_blocks():
            if not size:
                continue
            if runs and start - runs[-1][-1] <= GAP:
                runs[-1] += range(start, start + size)
            else:
                runs.append(list(range(start, start + size)))
        return max(runs, key=len, default=[])


def share_said(page: Page, lines: Sequence[Line]) -> float:
    """The share of the lines' distinct words that the page's blocks say too; 1 for few words."""
    wanted = {token for line in lines for word in line.words for token in _tokens(word.text)}
    if len(wanted) < ENOUGH_WORDS:
        return 1.0
    said = {token for block in page.blocks for token in _tokens(_text_of(block))}
    return len(wanted & said) / len(wanted)


def align(page: Page, lines: Sequence[Line]) -> Page:
    """The page with a box for each block that has none of its own and whose text is found.

    A block without a box of its own has that of the whole page. Words found go into the block.
    """
    stream = _Stream(lines)
    if not stream.places:
        return page
    whole = BBox(0, 0, page.width, page.height)
    blocks = tuple(
        _placed(block, stream) if block.bbox == whole else block for block in page.blocks
    )
    lost = sum(block.bbox == whole for block in blocks)
    notes = tuple(note for note in page.notes if lost or note.code != "bad-box")
    if lost:
        some = "1 block was" if lost == 1 else f"{lost} blocks were"
        notes = (*notes, Note("bad-box", f"{some} not found in the page's text"))
    return replace(page, blocks=blocks, notes=notes)


def _placed(block: Block, stream: _Stream) -> Block:
    hits = stream.find(_tokens(_text_of(block)))
    if not hits:
        return block
    words = tuple(dict.fromkeys(hit.word for hit in hits))
    return replace(block, bbox=union_of(hit.box for hit in hits), words=words)


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
