"""Windows and positions against tables drawn by hand and against the reference."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
import torch

from docparse.model.config import parse_config
from docparse.model.positions import Item, Positions, locate, num_tokens
from docparse.model.problems import PromptError
from docparse.model.windows import Grid, patch_coordinates, plan, split_frame

IMAGE, VIDEO, TEXT = 9, 8, 1


def test_patches_of_a_4_by_4_grid() -> None:
    # Patches are numbered in the order of the rows of pixel values:
    #   0  1 | 4  5
    #   2  3 | 6  7
    #  ------+------
    #   8  9 | 12 13
    #  10 11 | 14 15
    drawn = [[0, 1, 4, 5], [2, 3, 6, 7], [8, 9, 12, 13], [10, 11, 14, 15]]
    for number, (row, column) in enumerate(patch_coordinates(4, 4, 2)):
        assert drawn[row][column] == number


def test_windows_of_5_by_6_groups() -> None:
    # Windows of 4 by 4 groups; the right and lower ones are smaller.
    #   0  1  2  3 |  4  5
    #   6  7  8  9 | 10 11
    #  12 13 14 15 | 16 17
    #  18 19 20 21 | 22 23
    #  ------------+------
    #  24 25 26 27 | 28 29
    assert split_frame(5, 6, 4) == [
        [0, 1, 2, 3, 6, 7, 8, 9, 12, 13, 14, 15, 18, 19, 20, 21],
        [4, 5, 10, 11, 16, 17, 22, 23],
        [24, 25, 26, 27],
        [28, 29],
    ]


def test_plan_sorts_windows_by_size() -> None:
    whole = plan(((1, 10, 20),), merge=2, window=4)  # 5 x 10 groups: sizes 16 16 8 4 4 2
    sizes = [(b.start, b.count, b.length) for b in whole.windows]
    assert sizes == [(0, 2, 64), (128, 1, 32), (160, 2, 16), (192, 1, 8)]
    assert [(b.start, b.count, b.length, b.groups) for b in whole.frames] == [(0, 1, 200, None)]
    assert sorted(whole.order) == list(range(50))
    assert whole.row_columns[:4] == ((0, 0), (0, 1), (1, 0), (1, 1))


def test_plan_keeps_frames_apart() -> None:
    two = plan(((2, 8, 8), (1, 8, 12)), merge=2, window=4)
    assert [(b.count, b.length) for b in two.windows] == [(3, 64), (1, 32)]
    pairs = [(b.count, b.length) for b in two.frames]
    assert pairs == [(2, 64), (1, 96)]
    # Torn apart by the sorting: the first picture's frames are whole, the second's is not.
    torn = plan(((1, 8, 12), (1, 8, 8)), merge=2, window=4)
    (first, second) = torn.frames
    assert first.groups is not None and second.groups is not None
    assert [torn.order[place] for place in second.groups] == list(range(24, 40))


@pytest.mark.parametrize(
    "grids",
    [
        ((1, 2, 2),),
        ((1, 10, 12),),
        ((2, 8, 8),),
        ((1, 16, 24), (3, 6, 10), (1, 2, 30)),
        ((4, 10, 14),),
    ],
)
def test_windows_hold_what_the_reference_holds(grids: tuple[Grid, ...]) -> None:
    from transformers.vision_utils import get_vision_window_index

    index, borders = get_vision_window_index(torch.tensor(grids), 2, 112, 14)
    theirs = {
        frozenset(index.tolist()[a // 4 : b // 4]) for a, b in itertools.pairwise(borders.tolist())
    }
    ours = plan(grids, merge=2, window=4)
    mine = set()
    for bucket in ours.windows:
        for n in range(bucket.count):
            first = (bucket.start + n * bucket.length) // 4
            mine.add(frozenset(ours.order[first : first + bucket.length // 4]))
    assert mine == theirs


def test_reference_order_of_windows() -> None:
    # Spec qwen_vl, section 9: window_index of grid (1, 10, 12), and 2 frames of 8 x 8.
    flat = [group for window in split_frame(5, 6, 4) for group in window]
    text = "0 1 2 3 6 7 8 9 12 13 14 15 18 19 20 21 4 5 10 11 16 17 22 23 24 25 26 27 28 29"
    assert flat == [int(n) for n in text.split()]
    assert plan(((2, 8, 8),), merge=2, window=4).order == tuple(range(32))


@pytest.mark.parametrize("grid", [(0, 2, 2), (1, 3, 2), (1, 2, 1), (1, 0, 2)])
def test_grids_that_do_not_fit(grid: Grid) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        plan((grid,), merge=2, window=4)


def place(ids: list[int], *items: Item, as_transformers: bool = False) -> Positions:
    return locate(
        ids, items, image_token=IMAGE, video_token=VIDEO, merge=2, as_transformers=as_transformers
    )


def ints(text: str) -> list[int]:
    return [int(word) for word in text.split()]


def test_positions_of_a_picture() -> None:
    # Spec qwen_vl, section 9: 3 text, a picture of 2 x 3 tokens, 3 text.
    got = place([TEXT] * 3 + [IMAGE] * 6 + [TEXT] * 3, Item((1, 4, 6)))
    assert got.time == ints("0 1 2 3 3 3 3 3 3 6 7 8")
    assert got.row == ints("0 1 2 3 3 3 4 4 4 6 7 8")
    assert got.column == ints("0 1 2 3 4 5 3 4 5 6 7 8")
    assert got.following == 9


def test_positions_of_a_video() -> None:
    ids = [TEXT] * 3 + [VIDEO] * 12 + [TEXT] * 3
    video = Item((3, 4, 4), is_video=True, time_step=2.0)
    assert place(ids, video).time == ints("0 1 2 3 3 3 3 5 5 5 5 7 7 7 7 8 9 10")
    assert place(ids, video, as_transformers=True).time[-3:] == [5, 6, 7]
    slow = Item((3, 4, 4), is_video=True, time_step=0.6)
    assert place(ids, slow).time[3:15:4] == [3, 3, 4]


def test_two_pictures_may_touch() -> None:
    got = place([IMAGE] * 2, Item((1, 2, 2)), Item((1, 2, 2)))
    assert got.time == [0, 1] and got.following == 2


@pytest.mark.parametrize(
    ("ids", "items", "said"),
    [
        ([IMAGE], [], "marks for more than its 0 pictures"),
        ([TEXT], [Item((1, 2, 2))], "marks for 0 of its 1 pictures"),
        ([IMAGE] * 3, [Item((1, 4, 4))], "picture 1 has 4 vision tokens but the prompt has 3"),
        ([IMAGE] * 5, [Item((1, 4, 4))], "more than its 1"),
        ([IMAGE], [Item((1, 2, 2), is_video=True)], "video 1 has 1 vision tokens"),
    ],
)
def test_marks_and_pictures_must_agree(ids: list[int], items: list[Item], said: str) -> None:
    with pytest.raises(PromptError, match=said):
        place(ids, *items)


GRIDS: list[list[tuple[Grid, bool, float]]] = [
    [],
    [((1, 4, 6), False, 1.0)],
    [((1, 2, 14), False, 1.0), ((1, 10, 2), False, 1.0)],
    [((3, 4, 4), True, 1.0)],
    [((5, 4, 8), True, 0.35), ((1, 6, 6), False, 1.0), ((2, 8, 2), True, 1.4)],
]


@pytest.mark.parametrize("items", GRIDS, ids=lambda items: f"{len(items)} items")
def test_positions_equal_the_reference(family: str, reference: Any, items: Any) -> None:
    config = parse_config(reference.config.to_dict())
    per_second = config.vision.tokens_per_second
    ids = [TEXT] * 4
    ours = []
    for grid, is_video, seconds in items:
        mark = config.video_token if is_video else config.image_token
        ids += [mark] * num_tokens(grid, 2) + [TEXT] * 3
        step = per_second * seconds if is_video and per_second else 1.0
        ours.append(Item(grid, is_video, step))
    got = locate(
        ids,
        ours,
        image_token=config.image_token,
        video_token=config.video_token,
        merge=2,
        as_transformers=True,
    )
    kinds = {config.image_token: 1, config.video_token: 2}
    images = [grid for grid, is_video, _ in items if not is_video]
    videos = [grid for grid, is_video, _ in items if is_video]
    if not items:
        assert got.time == got.row == got.column == list(range(4)) and got.following == 4
        return
    more = {}
    if family == "qwen2_5_vl":
        more["second_per_grid_ts"] = torch.tensor([s for _, is_video, s in items if is_video])
    theirs, delta = reference.model.get_rope_index(
        torch.tensor([ids]),
        mm_token_type_ids=torch.tensor([[kinds.get(i, 0) for i in ids]]),
        image_grid_thw=torch.tensor(images) if images else None,
        video_grid_thw=torch.tensor(videos) if videos else None,
        **more,
    )
    assert theirs[:, 0].tolist() == [got.time, got.row, got.column]
    assert got.following - len(ids) == int(delta)
