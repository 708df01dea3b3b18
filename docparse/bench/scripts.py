"""Replies that a model might give to a drawn page, and what is wrong about them is known."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from docparse.bench.drawn import Drawn
from docparse.bench.drawn_texts import Texts
from docparse.convert.markdown import to_markdown
from docparse.engines.base import Reply
from docparse.evidence.chances import REACH
from docparse.evidence.tokens import parts_of, tokens_of
from docparse.omni.emit import emit_page_reply
from docparse.profiles import PROFILES
from docparse.types import Block, Document, Frame, Kind, Page

Variant = Literal["exact", "invented", "removed", "misread", "told"]
# What is planted or removed in a page.
NUM_PLANTED = 3
# Share of the words that a reply misreads, where it does; of CJK characters half of it.
MISREAD = 0.08
# Such blocks are removed: those that a reader would miss.
REMOVABLE: frozenset[Kind] = frozenset({"paragraph", "heading", "list", "table", "footnote"})
LETTERS, KANA = "abcdefghijklmnoprstuvwy", "あいうえおかきくけこさしすせそたちつてと計画区市国道"


@dataclass(slots=True)
class Script:
    """A reply to be given: its blocks, what was planted in them, and what was left out.

    `chances`: what the model is to give each of its words, in their order; empty if it tells none.
    `wrong`: texts of the reply with the numbers of their words that are wrong.
    """

    page: Page
    planted: list[str] = field(default_factory=list)
    removed: list[Block] = field(default_factory=list)
    chances: list[float] = field(default_factory=list)
    wrong: dict[str, set[int]] = field(default_factory=dict)

    def reply(self, frame: Frame, family: str) -> Reply:
        """It, in the format of a model family."""
        if PROFILES[family].grammar == "omni":
            text = emit_page_reply(self.page, frame)
        else:
            blocks = tuple(
                replace(block, image="page_0.png") if block.kind == "figure" else block
                for block in self.page.blocks
            )
            markdown = to_markdown(Document("", (replace(self.page, blocks=blocks),)))
            text = f"---\nprimary_language: en\nis_rotation_valid: True\n---\n{markdown}"
        ends, logs = self._tokens(text)
        return Reply(text, "stop", log_probabilities=tuple(logs), token_ends=tuple(ends))

    def _tokens(self, text: str) -> tuple[list[int], list[float]]:
        """Each word as a token of its own, and what lies between them as sure ones."""
        ends: list[int] = []
        logs: list[float] = []
        at = 0
        for word, chance in zip(words_of(self.page.blocks), self.chances, strict=False):
            start = text.find(word, at, at + REACH)
            if start < 0:
                continue
            at = start + len(word)
            ends += [start, at]
            logs += [0.0, math.log(chance)]
        return ends, logs


def words_of(blocks: Iterable[Block]) -> Iterator[str]:
    """The words of blocks in the order of their parts."""
    for number, block in enumerate(blocks):
        for part in parts_of(block, number):
            for token in tokens_of(part.text):
                yield part.text[token.start : token.end]


def script_of(drawn: Drawn, variant: Variant, seed: int) -> Script:
    """The reply of a variant: the page as it is, or with what is wrong about it.

    Where the model tells its chances, it is right as often as it says.
    """
    rng = random.Random(f"script-{variant}-{seed}")
    page = drawn.page
    if variant == "invented":
        return _with_inventions(page, rng)
    if variant == "removed":
        able = [block for block in page.blocks if block.kind in REMOVABLE]
        gone = rng.sample(able, min(NUM_PLANTED, len(able) - 2))
        kept = tuple(block for block in page.blocks if not any(block is g for g in gone))
        return Script(replace(page, blocks=kept), removed=gone)
    if variant == "exact":
        return Script(page)
    script = Script(page)
    misreader = _Misreader(script, rng, tells=variant == "told")
    script.page = replace(page, blocks=tuple(map(misreader.block, page.blocks)))
    return script


def _with_inventions(page: Page, rng: random.Random) -> Script:
    """Sentences that are not on the page, in paragraphs or as paragraphs of their own."""
    is_japanese = any(ord(char) > 0x3000 for block in page.blocks for char in block.text)
    texts = Texts(rng, is_japanese)
    blocks = list(page.blocks)
    script = Script(page)
    for _ in range(NUM_PLANTED):
        sentence = texts.sentence()
        script.planted.append(sentence)
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
    script.page = replace(page, blocks=tuple(blocks))
    for block in blocks:
        script.wrong[block.text] = set(_inside(block.text, script.planted))
    return script


def _inside(text: str, planted: Sequence[str]) -> Iterator[int]:
    """The numbers of the words of a text that belong to planted sentences."""
    for sentence in planted:
        start = text.find(sentence)
        for number, token in enumerate(tokens_of(text)):
            if start >= 0 and start <= token.start < start + len(sentence):
                yield number


@dataclass(slots=True)
class _Misreader:
    """Gives blocks with some of their words off by a letter, and notes which."""

    script: Script
    rng: random.Random
    tells: bool

    def block(self, block: Block) -> Block:
        if block.kind == "figure":
            self.script.chances += [1.0] * len(list(words_of([block])))
            return block
        text = self._misread(block.text) if block.text else ""
        items = tuple(replace(i, text=self._misread(i.text)) for i in block.items)
        table = block.table
        if table:
            cells = tuple(replace(c, text=self._misread(c.text)) for c in table.cells)
            table = replace(table, cells=cells)
        return replace(block, text=text, items=items, table=table)

    def _misread(self, text: str) -> str:
        chars = list(text)
        wrong: set[int] = set()
        for number, token in enumerate(tokens_of(text)):
            chance = self._chance()
            limit = 1 - chance if self.tells else MISREAD * (0.5 if token.is_wide else 1)
            if self.tells:
                self.script.chances.append(chance)
            if token.weight and self.rng.random() < limit:
                wrong.add(number)
                at = self.rng.randrange(token.start, token.end)
                pool = KANA if token.is_wide else "0123456789" if chars[at].isdigit() else LETTERS
                chars[at] = self.rng.choice([c for c in pool if c != chars[at].lower()])
        self.script.wrong["".join(chars)] = wrong
        return "".join(chars)

    def _chance(self) -> float:
        """Mostly sure, now and then not."""
        if self.rng.random() < 0.85:
            return self.rng.uniform(0.985, 1.0)
        return self.rng.uniform(0.4, 0.985)
