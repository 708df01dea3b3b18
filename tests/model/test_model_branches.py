"""Branches of texts, told in one pass, as each is told by itself."""

from __future__ import annotations

import pytest
import torch

from docparse.model.branches import Branch, branch, branch_gains, read_start
from docparse.model.positions import Item, locate
from docparse.model.prompt import Prompt
from docparse.model.vlm import VisionLanguageModel
from docparse.train.nano import nano_config, new_model

MARK, END = 3, 7
TOKENS = {
    "<|endoftext|>": 6, "<|im_end|>": END, "<|image_pad|>": MARK, "<|video_pad|>": 4,
    "<|vision_start|>": 1, "<|vision_end|>": 2,
}  # fmt: skip


@pytest.mark.parametrize(
    ("other", "found"),
    [
        ([10, 99, 12, 13, 14, END], Branch(1, 3, (99, 12))),
        ([10, 11, 13, 14, END], Branch(2, 4, (13,))),
        ([10, 11, 12, 13, 14, 15, END], Branch(5, 6, (15, END))),
        ([10, 11, 11, 12, 13, 14, END], Branch(2, 3, (11, 12))),
    ],
)
def test_a_branch_is_where_texts_differ_and_a_little_more(other: list[int], found: Branch) -> None:
    text = [10, 11, 12, 13, 14, END]
    assert branch(text, other, after=1) == found
    made = [*text[: found.start], *found.ids, *text[found.end :]]
    assert made == other


def said(
    model: VisionLanguageModel, prompt: Prompt, seen_GD: torch.Tensor, text: list[int]
) -> float:
    """The log-probability of a whole text, read by itself."""
    ids = [*prompt.ids, *text[:-1]]
    places = prompt.positions
    rest = [places.following + n for n in range(len(text) - 1)]
    positions = torch.tensor([[*axis, *rest] for axis in (places.time, places.row, places.column)])
    hidden = model.whole(model.embed(ids, seen_GD), positions, lengths=[len(ids)])
    scores = model.logits(hidden[len(prompt.ids) - 1 :]).log_softmax(-1)
    return float(scores[range(len(text)), text].sum())


def test_branches_of_a_batch_gain_what_whole_texts_gain() -> None:
    model = new_model(nano_config(TOKENS, 128)).eval()
    groups = 5
    ids = [8, 1, *[MARK] * groups, 2, 9]
    item = Item((1, 2, 2 * groups))
    positions = locate(ids, [item], image_token=MARK, video_token=4, merge=2)
    prompt = Prompt(tuple(ids), (), positions)
    seen_BGD = torch.randn(2, groups, 256, generator=torch.Generator().manual_seed(1))
    texts = [[20, 21, 22, 23, 24, END], [30, 31, END]]
    others = [
        [[20, 25, 22, 23, 24, END], [20, 21, 22, 24, END], [26, 21, 22, 23, 24, END]],
        [[30, 31, 32, END]],
    ]
    branches = [
        [branch(text, other, after=9) for other in some]
        for text, some in zip(texts, others, strict=True)
    ]
    with torch.inference_mode():
        start = read_start(model, prompt)
        gains = branch_gains(model, start, prompt, seen_BGD, texts, branches)
        for line, (text, some) in enumerate(zip(texts, others, strict=True)):
            alone = said(model, prompt, seen_BGD[line], text)
            wanted = [said(model, prompt, seen_BGD[line], other) - alone for other in some]
            assert gains[line] == pytest.approx(wanted, abs=1e-3)
