"""The page that stands for one which could not be read."""

from __future__ import annotations

from docparse.types import Note, Page


def failed_page(number: int, reason: str) -> Page:
    """An empty A4 page whose Note says why it could not be read."""
    return Page(number, 1654, 2339, dpi=200, notes=(Note("page-failed", reason),))
