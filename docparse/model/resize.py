"""The picture size that a model sees, in plain integers (spec qwen_vl, section 1.1)."""

from __future__ import annotations

import math

MAX_RATIO = 200


def smart_resize(
    height: int, width: int, *, factor: int, min_pixels: int, max_pixels: int
) -> tuple[int, int]:
    """Height and width in pixels, multiples of `factor`, about `min_pixels` to `max_pixels` in all.

    Rounds half to even, as the reference does. The test uses the rounded size, the scale the
    original one; so a sliver that rounds to nothing counts as too small, and is scaled to about
    `min_pixels` whatever its length.
    Raises ValueError for an empty picture or one side more than 200 times the other.
    """
    if height < 1 or width < 1:
        raise ValueError(f"the picture has no area: {width} x {height} pixels")
    if max(height, width) / min(height, width) > MAX_RATIO:
        raise ValueError(
            f"the picture is {width} x {height} pixels; one side may be at most {MAX_RATIO} times "
            "the other"
        )
    rows = round(height / factor) * factor
    columns = round(width / factor) * factor
    if rows * columns > max_pixels:
        shrink = math.sqrt(height * width / max_pixels)
        rows = math.floor(height / shrink / factor) * factor
        columns = math.floor(width / shrink / factor) * factor
    elif rows * columns < min_pixels:
        grow = math.sqrt(min_pixels / (height * width))
        rows = math.ceil(height * grow / factor) * factor
        columns = math.ceil(width * grow / factor) * factor
    return max(rows, factor), max(columns, factor)
