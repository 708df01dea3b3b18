"""A CTC head over the vision tower: three frames for each 14-pixel column of a line.

Letters: B lines of one width, C columns, F frames (3 C), D tower width, V characters and a blank.
"""

from __future__ import annotations

from collections.abc import Sequence

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

    def forward(self, x_BGUD: Tensor) -> Tensor:
        """Logits [B, F, V] from the groups [B, G, 4, D] of lines that are one group high.

        A group's patches are top left, top right, bottom left, bottom right.
        """
        batch, groups, _, width = x_BGUD.shape
        rows_BGRCD = x_BGUD.view(batch, groups, 2, 2, width)
        columns_BCRD = rows_BGRCD.transpose(2, 3).reshape(batch, 2 * groups, 2 * width)
        frames_BFD = self.spread(columns_BCRD).view(batch, 2 * groups * FRAMES, width)
        logits: Tensor = self.classify(self.norm(F.gelu(frames_BFD)))
        return logits


def ctc_loss(logits_BFV: Tensor, texts: Sequence[str]) -> Tensor:
    """Mean loss per character (Graves et al. 2006); a text too long for its line counts zero."""
    numbers = [[_NUMBER[char] for char in text] for text in texts]
    frames = torch.full((len(texts),), logits_BFV.shape[1], dtype=torch.long)
    lengths = torch.tensor([len(n) for n in numbers])
    flat = torch.tensor([number for n in numbers for number in n])
    log_probs_FBV = logits_BFV.float().log_softmax(-1).transpose(0, 1)
    losses = F.ctc_loss(
        log_probs_FBV, flat, frames, lengths, blank=BLANK, reduction="none", zero_infinity=True
    )
    return losses.sum() / lengths.sum()


def read_frames(logits_BFV: Tensor) -> list[str]:
    """The best path of each line: repeats joined, blanks dropped."""
    texts: list[str] = []
    for row in logits_BFV.argmax(-1).tolist():
        kept = [
            n for n, before in zip(row, [BLANK, *row], strict=False) if n not in (before, BLANK)
        ]
        texts.append("".join(ALPHABET[number - 1] for number in kept))
    return texts
