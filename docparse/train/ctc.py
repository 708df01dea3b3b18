"""A CTC head over the vision tower: three frames for each 14-pixel column of a line.

Letters: B lines of one width, C columns, F frames (3 C), D tower width, V characters and a blank.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from docparse.train.alphabet import ALPHABET

FRAMES = 3
BLANK = 0
_NUMBER = {char: index + 1 for index, char in enumerate(ALPHABET)}


class CTCHead(nn.Module):
    """Tower vectors to log-probabilities of characters; number 0 is the blank."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.spread = nn.Linear(2 * width, FRAMES * width)
        self.norm = nn.LayerNorm(width)
        self.classify = nn.Linear(width, len(ALPHABET) + 1)

    def forward(self, x_BGUD: Tensor, among: Tensor | None = None) -> Tensor:
        """Logits [B, F, V] from the groups [B, G, 4, D] of lines that are one group high.

        `among`: the characters to tell apart, by number; all of them if it is None.

        A group's patches are top left, top right, bottom left, bottom right.
        """
        batch, groups, _, width = x_BGUD.shape
        rows_BGRCD = x_BGUD.view(batch, groups, 2, 2, width)
        columns_BCRD = rows_BGRCD.transpose(2, 3).reshape(batch, 2 * groups, 2 * width)
        frames_BFD = self.spread(columns_BCRD).view(batch, 2 * groups * FRAMES, width)
        seen_BFD = self.norm(F.gelu(frames_BFD))
        if among is None:
            logits: Tensor = self.classify(seen_BFD)
            return logits
        return F.linear(seen_BFD, self.classify.weight[among], self.classify.bias[among])


@dataclass(frozen=True, slots=True)
class Choice:
    """The characters of a batch and others drawn at random: `numbers` [V], with what each is worth.

    `weights`: what to add to the logits [V], so that the drawn ones stand for all others.
    """

    numbers: Tensor
    weights: Tensor

    @classmethod
    def draw(cls, texts: Sequence[str], others: int, rng: random.Random) -> Choice:
        """The blank, what is in the texts, and `others` more."""
        inside = sorted({BLANK} | {_NUMBER[char] for text in texts for char in text})
        outside = sorted(set(range(len(ALPHABET) + 1)).difference(inside))
        drawn = rng.sample(outside, min(others, len(outside)))
        weights = torch.zeros(len(inside) + len(drawn))
        weights[len(inside) :] = math.log(len(outside) / max(1, len(drawn)))
        return cls(torch.tensor(inside + drawn), weights)


def ctc_loss(logits_BFV: Tensor, texts: Sequence[str], among: Tensor) -> Tensor:
    """Mean loss per character (Graves et al. 2006); a text too long for its line counts zero."""
    place = {number: index for index, number in enumerate(among.tolist())}
    numbers = [[place[_NUMBER[char]] for char in text] for text in texts]
    frames = torch.full((len(texts),), logits_BFV.shape[1], dtype=torch.long)
    lengths = torch.tensor([len(n) for n in numbers])
    flat = torch.tensor([number for n in numbers for number in n])
    log_probs_FBV = logits_BFV.float().log_softmax(-1).transpose(0, 1)
    losses = F.ctc_loss(
        log_probs_FBV, flat, frames, lengths, blank=BLANK, reduction="none", zero_infinity=True
    )
    return losses.sum() / lengths.sum()


def read_frames(logits_BFV: Tensor, among: Tensor) -> list[str]:
    """The best path of each line: repeats joined, blanks dropped."""
    texts: list[str] = []
    for row in among[logits_BFV.argmax(-1)].tolist():
        kept = [
            n for n, before in zip(row, [BLANK, *row], strict=False) if n not in (before, BLANK)
        ]
        texts.append("".join(ALPHABET[number - 1] for number in kept))
    return texts
