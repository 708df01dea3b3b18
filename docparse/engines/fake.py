"""Scripted replies, for tests of all that is around an engine."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from docparse.engines.base import Reply, Request


@dataclass(slots=True)
class FakeEngine:
    """Answers by a function; `seen` keeps every request, in order."""

    answer: Callable[[Request], Reply]
    name: str = "fake"
    takes_drafts: bool = True
    seen: list[Request] = field(default_factory=list)

    def generate(self, requests: Iterable[Request]) -> Iterator[tuple[int, Reply]]:
        """One reply after the other."""
        for number, request in enumerate(requests):
            self.seen.append(request)
            yield number, self.answer(request)

    def size_for(self, width: int, height: int, *, max_pixels: int | None) -> tuple[int, int]:
        """Multiples of 28 near the given size, whatever the limit."""
        return max(28, round(width / 28) * 28), max(28, round(height / 28) * 28)
