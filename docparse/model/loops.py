"""Tells when a text that is being written has begun to repeat itself without end.

Models fall into loops: one token for ever, a table row, a paragraph. Documents repeat too, in
leaders, empty cells, forms. So a loop counts only once it is long: the repeated stretch must
reach 512 tokens plus three times what is repeated, that is some 500 times one token, 16 times a
row of 40, 4 times a paragraph of 400.
"""

from __future__ import annotations

import numpy as np

LEAST = 512
EXTRA_PERIODS = 3
LONGEST_PERIOD = 512


class LoopGuard:
    """Counts, for every period, how long the tail has agreed with itself that far back."""

    def __init__(self, *, least: int = LEAST, longest_period: int = LONGEST_PERIOD) -> None:
        self._recent = np.full(longest_period, -1, dtype=np.int64)
        self._runs = np.zeros(longest_period, dtype=np.int64)
        periods = np.arange(1, longest_period + 1)
        # The run leaves out the first period, which has nothing to agree with.
        self._limits = least + (EXTRA_PERIODS - 1) * periods
        self._num = 0

    def push(self, token: int) -> int | None:
        """Takes the next token; in a loop, how many tokens to keep: all up to the end of the
        first time round."""
        # `_recent[p - 1]` is the token p places back.
        self._runs = np.where(self._recent == token, self._runs + 1, 0)
        self._recent = np.concatenate(([token], self._recent[:-1]))
        self._num += 1
        looping = np.flatnonzero(self._runs >= self._limits)
        if not len(looping):
            return None
        return self._num - int(self._runs[looping[0]])
