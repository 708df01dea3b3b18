"""Tables of plain text with aligned columns."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence


def align(lines: Sequence[Sequence[str]], *, left: int) -> str:
    """Lines of equally many cells to text; the first `left` columns flush left, others right."""
    widths = [max(map(width, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(
            cell + " " * (wide - width(cell)) if i < left else " " * (wide - width(cell)) + cell
            for i, (cell, wide) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def width(text: str) -> int:
    """Columns that a text takes in a terminal; East Asian wide characters take two."""
    return sum(1 + (unicodedata.east_asian_width(char) in "WF") for char in text)
