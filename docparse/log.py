"""Log lines on stderr, each with the file and the page that it is about."""

from __future__ import annotations

import contextlib
import contextvars
import logging
import sys
from collections.abc import Iterator

logger = logging.getLogger("docparse")
_place: contextvars.ContextVar[str] = contextvars.ContextVar("place", default="")


class _PlaceFilter(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        place = _place.get()
        record.place = f"{place}: " if place else ""
        return True


@contextlib.contextmanager
def at(place: str) -> Iterator[None]:
    """Log lines written inside begin with `place`, such as `report.pdf p. 3`."""
    token = _place.set(place)
    try:
        yield
    finally:
        _place.reset(token)


def set_up(*, verbose: bool, quiet: bool) -> None:
    """Sends our log to stderr: warnings by default, everything with -v, errors only with -q."""
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(_PlaceFilter())
    handler.setFormatter(logging.Formatter("docparse: %(place)s%(message)s"))
    logger.handlers[:] = [handler]
    logger.setLevel(logging.DEBUG if verbose else logging.ERROR if quiet else logging.WARNING)
