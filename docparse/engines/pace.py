"""How many requests a server gets at once, and how long to wait before one is sent again."""

from __future__ import annotations

import random
import threading
import time
from dataclasses import dataclass, field

# A reply that takes so many times as long as the quickest ones says that the server is full.
SLOW = 4.0
# Seconds in which one overload counts once, whoever reports it.
_SAME_OVERLOAD = 1.0


@dataclass(slots=True)
class Pace:
    """A limit that grows by one with each round of good replies, and is halved by an overload.

    The way of TCP (additive increase, multiplicative decrease; Chiu and Jain, 1989); latency beyond
    SLOW times that of the quickest replies stops the growth.
    """

    most: int
    limit: float = 4.0
    _quickest: float = 0.0
    _halved: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.limit = min(self.limit, self.most)

    @property
    def now(self) -> int:
        """Requests that may be under way now."""
        return max(1, int(self.limit))

    def went_well(self, seconds: float) -> None:
        """A reply came after so many seconds."""
        with self._lock:
            self._quickest = min(self._quickest or seconds, seconds)
            # Slowly forgotten, since pages differ and so do times of day.
            self._quickest *= 1.01
            if seconds <= SLOW * self._quickest:
                self.limit = min(self.most, self.limit + 1 / self.limit)

    def was_overloaded(self) -> None:
        """The server said so, or gave no answer in time."""
        with self._lock:
            if time.monotonic() - self._halved >= _SAME_OVERLOAD:
                self._halved = time.monotonic()
                self.limit = max(1.0, self.limit / 2)


def pause_before(attempt: int, *, asked: float = 0.0, most: float = 30.0) -> float:
    """Seconds to wait before attempt number `attempt` (from 1): doubling, spread by chance.

    `asked`: what the server's Retry-After says; never less than that, within reason.
    """
    doubled: float = 0.5 * 2 ** (attempt - 1)
    return max(min(asked, 120.0), random.uniform(0.5, 1.0) * min(most, doubled))
