"""Where a page picture can be cut in two."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import PIL.Image

# Rows of pixels, so that lines set without leading are not cut apart by chance.
LEAST_GAP = 4


def widest_gap(picture: PIL.Image.Image) -> int | None:
    """The middle of the widest run of rows without ink in the middle half of a page, if any.

    There is ink above it and below it.
    """
    import numpy as np

    gray = np.asarray(picture.convert("L"), dtype=np.int16)
    plain = (gray.max(1) - gray.min(1)) < 24
    inked = np.flatnonzero(~plain)
    if not len(inked):
        return None
    low, high = len(plain) // 4, 3 * len(plain) // 4
    best, start = (0, 0), None
    for row in range(low, high + 1):
        if row < high and plain[row]:
            start = row if start is None else start
        elif start is not None:
            best, start = max(best, (row - start, (row + start) // 2)), None
    return best[1] if best[0] >= LEAST_GAP and inked[0] < best[1] < inked[-1] else None
