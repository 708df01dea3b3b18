"""The loss by which lines are told as well as before while pages are learnt.

A copy that learns no more is the teacher (Hinton et al. 2015, arXiv 1503.02531; learning without
forgetting, Li and Hoiem 2016, arXiv 1606.09282): of a rare kanji it says in one line what the truth
would say in many.

Letters: B lines of one size, G groups of a line, D the decoder's width, L tokens of all texts, V
tokens that are likely or drawn at random.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from docparse.model.prompt import Prompt
from docparse.train.ctc import sample_vocabulary
from docparse.train.teller import OTHER_TOKENS, Teller

# Tokens that the teacher finds the likeliest at each place; what it thinks of others is left out.
LIKELY = 8


def kept_loss(
    teller: Teller,
    teacher: Teller,
    merged: tuple[Tensor, Tensor],
    targets: list[list[int]],
    prompts: Sequence[Prompt],
    *,
    seed: int,
) -> Tensor:
    """Mean cross entropy to what is halfway between the texts' tokens and what the teacher tells.

    `merged`: what each of the two is shown of the lines [B, G, D].
    """
    seen_BGD, taught_BGD = merged
    wanted_L = torch.tensor([token for row in targets for token in row])
    with torch.no_grad():
        taught_LD = torch.cat(teacher.decode(taught_BGD, targets, prompts, None))
        chances = teacher.model.logits(taught_LD).float().softmax(-1)
        used = torch.cat([wanted_L, chances.topk(LIKELY).indices.flatten()])
        numbers_V, added_V = sample_vocabulary(
            used.tolist(), teller.model.config.text.vocabulary, seed, others=OTHER_TOKENS
        )
        soft_LV = chances[:, numbers_V] * (added_V == 0)
        soft_LV += numbers_V == wanted_L[:, None]
    hidden_LD = torch.cat(teller.decode(seen_BGD, targets, prompts, None))
    logits_LV = F.linear(hidden_LD, teller.model.decoder.head.weight[numbers_V]).float() + added_V
    return F.cross_entropy(logits_LV, soft_LV / 2)
