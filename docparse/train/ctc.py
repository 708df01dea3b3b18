"""What the CTC head is trained by: where characters stand at first, then CTC alone.

Scores are taken over the characters of the batch, those that each is most easily taken for, and
some others drawn at random, which stand for all that are left out: each counts for as many as it
stands for (Jean et al. 2015). With thousands of characters the softmax would cost more than the
tower; drawn at random alone, プ would hardly ever have to be told from ブ.

Letters: B lines of one size, F frames, D tower width, V characters of a batch and the blank, L
distinct characters of a line and the blank, A all characters and the blank, R rivals of each.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from docparse.model.ctc import BLANK, CTCHead, read_greedily
from docparse.train.alphabet import ALPHABET
from docparse.train.lines import FRAME, LineSample
from docparse.train.run import Sample

_NUMBER = {char: index + 1 for index, char in enumerate(ALPHABET)}
# Characters drawn at random for each batch.
OTHERS = 256
RIVALS = 4  # of each character
RENEWED_EVERY = 20_000  # lines


class Rivals(nn.Module):
    """The characters that each is most easily taken for: their weights point the same way.

    Part of the checkpoint, so that a run that goes on takes the same ones.
    """

    near_AR: Tensor
    due: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("near_AR", torch.zeros(len(ALPHABET) + 1, RIVALS, dtype=torch.long))
        self.register_buffer("due", torch.zeros((), dtype=torch.long))

    @torch.no_grad()
    def renew(self, head: CTCHead, lines: int) -> None:
        """Looks them up in the head where that was last done RENEWED_EVERY lines ago."""
        if lines < self.due:
            return
        toward_AD = F.normalize(head.classify.weight.float(), dim=-1)
        toward_AD[BLANK] = 0.0  # always there
        for first in range(0, len(toward_AD), 1024):
            near = toward_AD[first : first + 1024] @ toward_AD.T
            near.diagonal(first).fill_(-1.0)
            self.near_AR[first : first + 1024] = near.topk(RIVALS).indices
        self.near_AR[BLANK] = BLANK
        self.due.fill_(lines + RENEWED_EVERY)


def sample_vocabulary(
    used: Iterable[int], total: int, seed: int, *, others: int
) -> tuple[Tensor, Tensor]:
    """Numbers [V] of those used and `others` more of `total`, and what to add to the score of each.

    Those used come first, in ascending order.
    """
    first = sorted(set(used))
    is_used = torch.zeros(total, dtype=torch.bool)
    is_used[first] = True
    unused = (~is_used).nonzero().flatten()
    generator = torch.Generator().manual_seed(seed)
    drawn = unused[torch.randperm(len(unused), generator=generator)[:others]]
    added = torch.zeros(len(first) + len(drawn))
    added[len(first) :] = math.log(max(1, len(unused)) / max(1, len(drawn)))
    return torch.cat([torch.tensor(first), drawn]), added


def sample_characters(
    samples: Sequence[Sample], seed: int, rivals: Rivals
) -> tuple[Tensor, Tensor]:
    """`sample_vocabulary` of the blank, the characters of some lines and their rivals."""
    used = {_NUMBER[char] for sample in samples for char in sample.text}
    taken_for = rivals.near_AR[sorted(used)].flatten().tolist()
    return sample_vocabulary({BLANK, *used, *taken_for}, len(ALPHABET) + 1, seed, others=OTHERS)


def sampled_logits(head: CTCHead, frames_BFD: Tensor, numbers_V: Tensor, added_V: Tensor) -> Tensor:
    """Logits [B, F, V] of some characters, in float32."""
    layer = head.classify
    return F.linear(frames_BFD, layer.weight[numbers_V], layer.bias[numbers_V]).float() + added_V


def seen_loss(
    head: CTCHead,
    frames_BFD: Tensor,
    samples: Sequence[Sample],
    rivals: Rivals,
    *,
    seed: int,
) -> Tensor:
    """`ctc_loss` of lines among their characters, the rivals of these and some at random."""
    numbers, added = sample_characters(samples, seed, rivals)
    return ctc_loss(sampled_logits(head, frames_BFD, numbers, added), samples, numbers)


def aligned_loss(logits_BFV: Tensor, samples: Sequence[LineSample], numbers_V: Tensor) -> Tensor:
    """Mean loss per character when each is wanted in the frame of its centre, blanks elsewhere.

    Drawn lines know where their characters stand, and so the long plateau that CTC alone begins
    with is passed in a few thousand lines.
    """
    place = {number: index for index, number in enumerate(numbers_V.tolist())}
    count = logits_BFV.shape[1]
    rows = []
    for sample in samples:
        row = [BLANK] * count
        for char, centre in zip(sample.text, sample.centres, strict=True):
            row[min(count - 1, max(0, int(centre / FRAME)))] = place[_NUMBER[char]]
        rows.append(row)
    total = F.cross_entropy(logits_BFV.flatten(0, 1), torch.tensor(rows).flatten(), reduction="sum")
    return total / sum(len(sample.text) for sample in samples)


def ctc_loss(logits_BFV: Tensor, samples: Sequence[Sample], numbers_V: Tensor) -> Tensor:
    """Mean loss per character (Graves et al. 2006); a text too long for its line counts zero."""
    place = {number: index for index, number in enumerate(numbers_V.tolist())}
    own = [sorted({place[_NUMBER[char]] for char in sample.text}) for sample in samples]
    most = max(map(len, own))
    columns_BL = torch.tensor([[BLANK, *row, *[BLANK] * (most - len(row))] for row in own])
    targets: list[int] = []
    for row, sample in zip(own, samples, strict=True):
        local = {index: at + 1 for at, index in enumerate(row)}
        targets += [local[place[_NUMBER[char]]] for char in sample.text]
    index_BFL = columns_BL[:, None].expand(-1, logits_BFV.shape[1], -1)
    log_probs_BFL = logits_BFV.gather(2, index_BFL) - logits_BFV.logsumexp(-1, keepdim=True)
    lengths = torch.tensor([len(sample.text) for sample in samples])
    losses: Tensor = _LocalCTC.apply(  # type: ignore[no-untyped-call]
        log_probs_BFL, torch.tensor(targets), lengths
    )
    return losses.sum() / lengths.sum()


class _LocalCTC(torch.autograd.Function):
    """torch's CTC over a few of the characters, [B, F, L] log-probabilities that miss the rest.

    torch's gradient takes for granted that the probabilities add up to one: it holds, besides the
    posterior, a term that cancels against log_softmax. That term is taken away again.
    """

    @staticmethod
    def forward(ctx: Any, log_probs_BFL: Tensor, targets: Tensor, lengths_B: Tensor) -> Tensor:
        with torch.enable_grad():
            leaf = log_probs_BFL.detach().requires_grad_()
            frames_B = torch.full(lengths_B.shape, leaf.shape[1])
            losses_B = F.ctc_loss(
                leaf.transpose(0, 1), targets, frames_B, lengths_B,
                blank=BLANK, reduction="none", zero_infinity=True,
            )  # fmt: skip
            (gradient,) = torch.autograd.grad(losses_B.sum(), leaf)
        found = (losses_B > 0).view(-1, 1, 1)
        ctx.save_for_backward(torch.where(found, gradient - leaf.detach().exp(), 0.0))
        return losses_B.detach()

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        (gradient_BFL,) = ctx.saved_tensors
        return gradient_BFL * gradients[0].view(-1, 1, 1), None, None


def read_lines(logits_BFV: Tensor) -> list[str]:
    """What the best path says, from the scores of all characters."""
    return [
        "".join(ALPHABET[char.number - 1] for char in line) for line in read_greedily(logits_BFV)
    ]
