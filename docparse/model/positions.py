"""Rotary positions of a prompt on three axes, in plain integers (spec qwen_vl, section 3).

Text advances all axes together. A picture holds the time axis still and runs rows and columns
from the current position; a video's time axis runs by seconds. After it, text goes on one past
the greatest position given out so far.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from docparse.model.problems import PromptError
from docparse.model.windows import Grid


@dataclass(frozen=True, slots=True)
class Item:
    """A picture or a video of a prompt: its grid in patches and, for a video, the time steps
    between slices: tokens per second times seconds per slice (1 where time is not measured)."""

    grid: Grid
    is_video: bool = False
    time_step: float = 1.0


@dataclass(frozen=True, slots=True)
class Positions:
    """Positions of all tokens on each axis, and `following`, that of the first token after."""

    time: list[int]
    row: list[int]
    column: list[int]
    following: int


def locate(
    ids: Sequence[int],
    items: Sequence[Item],
    *,
    image_token: int,
    video_token: int,
    merge: int,
    as_transformers: bool = False,
) -> Positions:
    """Positions of the prompt `ids`, in which the n-th run of marks stands for the n-th item.

    `as_transformers` goes on after a video as transformers 5.23 does: by the larger spatial side,
    even where time has run further. Raises PromptError where marks and items do not agree.
    """
    time: list[int] = []
    row: list[int] = []
    column: list[int] = []
    position, index, waiting = 0, 0, list(items)
    while index < len(ids):
        if ids[index] not in (image_token, video_token):
            time.append(position)
            row.append(position)
            column.append(position)
            position += 1
            index += 1
            continue
        if not waiting:
            raise PromptError(f"the prompt has marks for more than its {len(items)} pictures")
        item = waiting.pop(0)
        place = len(items) - len(waiting)
        length = _run(ids, index, item, video_token if item.is_video else image_token, merge, place)
        frames, rows, columns = item.grid[0], item.grid[1] // merge, item.grid[2] // merge
        # Cut off in single precision, in which the reference multiplies.
        steps = [position + int(np.float32(k) * np.float32(item.time_step)) for k in range(frames)]
        time += [step for step in steps for _ in range(rows * columns)]
        row += [position + r for _ in steps for r in range(rows) for _ in range(columns)]
        column += [position + c for _ in steps for _ in range(rows) for c in range(columns)]
        furthest = max(position + max(rows, columns) - 1, steps[-1])
        position = position + max(rows, columns) if as_transformers else furthest + 1
        index += length
    if waiting:
        raise PromptError(
            f"the prompt has marks for {len(items) - len(waiting)} of its {len(items)} pictures"
        )
    following = max(max(time), max(row), max(column)) + 1 if time else 0
    return Positions(time, row, column, following)


def num_tokens(grid: Grid, merge: int) -> int:
    """How many tokens a picture of this grid takes in the prompt."""
    return grid[0] * grid[1] * grid[2] // (merge * merge)


def _run(ids: Sequence[int], start: int, item: Item, mark: int, merge: int, place: int) -> int:
    """The length of an item's run of marks, checked."""
    wanted = num_tokens(item.grid, merge)
    found = 0
    while found < wanted and start + found < len(ids) and ids[start + found] == mark:
        found += 1
    if found < wanted:
        kind = "video" if item.is_video else "picture"
        raise PromptError(
            f"{kind} {place} has {wanted} vision tokens but the prompt has {found} marks for it"
        )
    return wanted
