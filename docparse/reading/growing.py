"""A reply while it is written: says on stderr, now and then, how many blocks there are so far."""

from __future__ import annotations

import time

from docparse.log import logger
from docparse.profiles import Grammar
from docparse.reading.replies import read_reply
from docparse.types import Frame

# Each time all of it is parsed, which must stay nothing beside writing it.
SECONDS = 10.0


class Growing:
    """Takes a reply piece by piece."""

    def __init__(self, number: int, frame: Frame, grammar: Grammar) -> None:
        self.number, self.frame, self.grammar = number, frame, grammar
        self.pieces: list[str] = []
        self._said = time.monotonic()

    def push(self, piece: str) -> None:
        """The next piece of text."""
        self.pieces.append(piece)
        if time.monotonic() - self._said < SECONDS:
            return
        self._said = time.monotonic()
        text = "".join(self.pieces)
        blocks = read_reply(text, self.frame, self.grammar, number=self.number).page.blocks
        logger.info("p. %d: %d blocks, %d characters so far", self.number, len(blocks), len(text))
