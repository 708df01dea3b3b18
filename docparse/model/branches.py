"""How much likelier a model finds what could stand in its texts instead, in one pass for many.

Each text is read once, and each branch from it sees the picture, the text up to where it leaves it,
and itself (tree attention; Miao et al. 2023, section 4.2).

Letters: B texts that are told from pictures of one size, P tokens before the picture, which all
prompts share, G vision tokens of each, S tokens of a prompt from its picture on with a text and its
branches, N tokens that are told, R vectors from which they are told, D width, H query heads, K head
width.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from docparse.model.prompt import Prompt
from docparse.model.vlm import VisionLanguageModel

# Rows are padded to a multiple of this: oneDNN writes a program for each length.
STEP = 16


@dataclass(frozen=True, slots=True)
class Branch:
    """`ids` in place of the tokens `start` to `end` of a text."""

    start: int
    end: int
    ids: tuple[int, ...]


def branch(text: Sequence[int], other: Sequence[int], *, after: int) -> Branch:
    """Where another text leaves this one, up to `after` tokens behind the last that differs."""
    shortest = min(len(text), len(other))
    start = next((n for n in range(shortest) if text[n] != other[n]), shortest)
    rest = shortest - start
    same = next((n for n in range(rest) if text[-1 - n] != other[-1 - n]), rest)
    kept = max(0, same - after)
    return Branch(start, len(text) - kept, tuple(other[start : len(other) - kept]))


@dataclass(frozen=True, slots=True)
class Start:
    """What a decoder keeps of the tokens before the picture: of each layer the keys and values of
    each query head, [H, P, K]."""

    keys: tuple[Tensor, ...]
    values: tuple[Tensor, ...]


@torch.inference_mode()
def read_start(model: VisionLanguageModel, prompt: Prompt) -> Start:
    """The start of this prompt, and of all that differ from it in their picture only."""
    mark = prompt.ids.index(model.config.image_token)
    axes = (prompt.positions.time, prompt.positions.row, prompt.positions.column)
    positions_3P = torch.tensor([axis[:mark] for axis in axes])
    x_PD = model.embed_text(prompt.ids[:mark])
    cos, sin = model.rope.table(positions_3P, like=x_PD)
    attend = _StartAttention([], [])
    model.decoder(x_PD, cos, sin, attend)
    return Start(tuple(attend.keys), tuple(attend.values))


@torch.inference_mode()
def branch_gains(
    model: VisionLanguageModel,
    start: Start,
    prompt: Prompt,
    seen_BGD: Tensor,
    texts: Sequence[Sequence[int]],
    branches: Sequence[Sequence[Branch]],
) -> list[list[float]]:
    """For each branch of each text the natural logarithm of how much likelier than the text it is.

    `prompt`: the same for all but for its picture, whose vision tokens are `seen_BGD`. `texts` end
    as replies do.
    """
    mark = prompt.ids.index(model.config.image_token)
    first = len(prompt.ids) - mark
    trees = [_Tree(first, *pair) for pair in zip(texts, branches, strict=True)]
    size = -(-(max(len(tree.given) for tree in trees) + first) // STEP) * STEP
    x_BSD = _embedded(model, prompt, seen_BGD, trees, size)
    following = prompt.positions.following
    axes = (prompt.positions.time, prompt.positions.row, prompt.positions.column)
    rest = [[following + place for place in tree.places] for tree in trees]
    padded = [row + [0] * (size - first - len(row)) for row in rest]
    positions_3T = torch.tensor([
        [n for row in padded for n in [*axis[mark:], *row]] for axis in axes
    ])  # fmt: skip
    cos, sin = model.rope.table(positions_3T, like=x_BSD)
    rows = [line * size + row for line, tree in enumerate(trees) for row, _ in tree.told]
    place = {row: number for number, row in enumerate(dict.fromkeys(rows))}
    attend = _TreeAttention(start, _sights(trees, first, size))
    hidden_RD = model.decoder(
        x_BSD.flatten(0, 1), cos, sin, attend, wanted=torch.tensor(list(place))
    )
    scores_RV = model.logits(hidden_RD).float()
    told_N = torch.tensor([token for tree in trees for _, token in tree.told])
    from_N = torch.tensor([place[row] for row in rows])
    said_N = scores_RV[from_N, told_N] - scores_RV.logsumexp(-1)[from_N]
    parts = torch.split(said_N, [len(tree.told) for tree in trees])
    return [tree.gains(part.tolist()) for tree, part in zip(trees, parts, strict=True)]


class _Tree:
    """A text and its branches in one row after a prompt of `first` tokens.

    `given`: the tokens that are read, text first; `places`: how far each stands in its text;
    `told`: the row of the vector from which each token that counts is told, and that token.
    """

    def __init__(self, first: int, text: Sequence[int], branches: Sequence[Branch]) -> None:
        self.branches = branches
        self.given = list(text[:-1])
        self.places = list(range(len(self.given)))
        # Of the text itself only what a branch leaves out.
        own = sorted({place for one in branches for place in range(one.start, one.end)})
        self.told = [(first - 1 + place, text[place]) for place in own]
        self._told = {place: number for number, place in enumerate(own)}
        self.starts: list[int] = []  # where in `given` each branch begins
        for one in branches:
            begin = len(self.given)
            self.starts.append(begin)
            self.given += one.ids[:-1]
            self.places += range(one.start, one.start + len(one.ids) - 1)
            rows = [first - 1 + one.start, *range(first + begin, first + len(self.given))]
            self.told += zip(rows, one.ids, strict=True)

    def gains(self, said: Sequence[float]) -> list[float]:
        """From the log-probabilities of what is told."""
        gains, at = [], len(self._told)
        for one in self.branches:
            left = sum(said[self._told[place]] for place in range(one.start, one.end))
            gains.append(sum(said[at : at + len(one.ids)]) - left)
            at += len(one.ids)
        return gains


def _embedded(
    model: VisionLanguageModel,
    prompt: Prompt,
    seen_BGD: Tensor,
    trees: Sequence[_Tree],
    size: int,
) -> Tensor:
    """Vectors [B, S, D] of prompts, texts and branches, padded at their ends."""
    mark = prompt.ids.index(model.config.image_token)
    groups = seen_BGD.shape[1]
    after_AD = model.embed_text(prompt.ids[mark + groups :])
    rest = size - len(prompt.ids) + mark
    given = [tree.given + [0] * (rest - len(tree.given)) for tree in trees]
    given_BRD = model.decoder.embedding(torch.tensor(given, dtype=torch.long).view(-1, rest))
    many = len(trees)
    parts = [seen_BGD, after_AD.expand(many, -1, -1), given_BRD]
    return torch.cat(parts, 1)


def _sights(trees: Sequence[_Tree], first: int, size: int) -> Tensor:
    """Which tokens each may look at, [B, S, S]."""
    sees_BSS = torch.ones(len(trees), size, size, dtype=torch.bool).tril()
    for sees_SS, tree in zip(sees_BSS, trees, strict=True):
        ends = [*tree.starts[1:], len(tree.given)]
        for one, begin, end in zip(tree.branches, tree.starts, ends, strict=True):
            sees_SS[first + begin : first + end, first + one.start : first + begin] = False
    return sees_BSS


@dataclass(frozen=True, slots=True)
class _StartAttention:
    """Causal attention of one row of tokens, which keeps the keys and values of each layer."""

    keys: list[Tensor]
    values: list[Tensor]

    def __call__(self, layer: int, q_THK: Tensor, k_TGK: Tensor, v_TGK: Tensor) -> Tensor:
        repeats = q_THK.shape[1] // k_TGK.shape[1]
        q, k, v = (
            x.transpose(0, 1)
            for x in (
                q_THK,
                k_TGK.repeat_interleave(repeats, 1),
                v_TGK.repeat_interleave(repeats, 1),
            )
        )
        self.keys.append(k)
        self.values.append(v)
        sees = torch.ones(len(q_THK), len(q_THK), dtype=torch.bool).tril()
        return _mixed(q, k, v, sees).transpose(0, 1)


@dataclass(frozen=True, slots=True)
class _TreeAttention:
    """Attention of B rows of S tokens, each to the start and to those that it may look at."""

    start: Start
    sees_BSS: Tensor

    def __call__(self, layer: int, q_THK: Tensor, k_TGK: Tensor, v_TGK: Tensor) -> Tensor:
        batch, size, _ = self.sees_BSS.shape
        repeats = q_THK.shape[1] // k_TGK.shape[1]
        q, k, v = (
            x.view(batch, size, -1, x.shape[-1]).transpose(1, 2)
            for x in (
                q_THK,
                k_TGK.repeat_interleave(repeats, 1),
                v_TGK.repeat_interleave(repeats, 1),
            )
        )
        before = self.start.keys[layer], self.start.values[layer]
        k, v = (
            torch.cat([own.expand(batch, -1, -1, -1), x], 2)
            for own, x in zip(before, (k, v), strict=True)
        )
        sees = F.pad(self.sees_BSS[:, None], (before[0].shape[1], 0), value=True)
        return _mixed(q, k, v, sees).transpose(1, 2).reshape(q_THK.shape)


def _mixed(q: Tensor, k: Tensor, v: Tensor, sees: Tensor) -> Tensor:
    """Values mixed by plain products, which beat the fused kernel on rows this short."""
    scores = (q * q.shape[-1] ** -0.5) @ k.transpose(-1, -2)
    weights = scores.float().masked_fill(~sees, float("-inf")).softmax(-1).to(v.dtype)
    mixed: Tensor = weights @ v
    return mixed
