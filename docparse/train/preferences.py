"""Stage e: of its own replies to a page the decoder comes to prefer those nearer to the truth.

Direct preference optimization (DPO; Rafailov et al. 2023, arXiv 2305.18290), on pairs that are
drawn while it learns and ranked by edit distance.

Letters: B pages of one size, P pairs, R pairs' replies, G groups of a page, U patches of a group,
W the tower's width, L tokens of the longest reply.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from docparse.errors import UsageError
from docparse.model.fusion import END
from docparse.model.prompt import Prompt
from docparse.model.reply import Request, Result
from docparse.model.sampling import Sampling
from docparse.model.tokenizer import Tokenizer
from docparse.model.vlm import VisionLanguageModel
from docparse.train.page_stage import PagesRun, PagesStage
from docparse.train.pages import PageSample
from docparse.train.teller import Teller, merge

# Replies that are drawn to each page; the best and the worst of them are a pair.
REPLIES = 4
# How dear it is to leave what stage c left (the paper's beta).
BETA = 0.1
# A reply may be longer than the truth by so many tokens.
LONGER = 32


@dataclass(frozen=True, slots=True)
class Pair:
    """The tokens of two replies to page `page` of a batch."""

    page: int
    better: list[int]
    worse: list[int]


class PreferredRun(PagesRun):
    """What stage c left; the truth is told on, so that it is kept."""

    name = "preferred"

    def __init__(
        self, model: VisionLanguageModel, tokenizer: Tokenizer, stage: PagesStage, folder: Path
    ) -> None:
        """Raises UsageError where the folder holds no stage c."""
        super().__init__(model, tokenizer, replace(stage, guided=0), folder)
        before = folder / f"{PagesRun.name}.pt"
        if not before.is_file():
            raise UsageError(f"{folder} holds no stage c", "run `docparse train pages` first")
        self.take(before)
        self._reference = Teller(copy.deepcopy(model).requires_grad_(False), tokenizer)

    def told(
        self, seen_BGUW: Tensor, pages: Sequence[PageSample], prompts: Sequence[Prompt]
    ) -> Tensor:
        told = super().told(seen_BGUW, pages, prompts)
        pairs = self._pairs(pages, prompts)
        if not pairs:
            return told
        margins_P = self.margins(seen_BGUW, pairs, prompts)
        return told - F.logsigmoid(BETA * margins_P).mean()

    def margins(
        self, seen_BGUW: Tensor, pairs: Sequence[Pair], prompts: Sequence[Prompt]
    ) -> Tensor:
        """How much more than the reference the model prefers the better of each pair: the paper's
        eq. 7 without beta, natural logarithms [P]."""
        replies = [reply for pair in pairs for reply in (pair.better, pair.worse)]
        shown = [pair.page for pair in pairs for _ in range(2)]
        seen, asked = seen_BGUW[shown], [prompts[page] for page in shown]
        ours_R = _log_probabilities(self.teller, seen, replies, asked)
        with torch.no_grad():
            before_R = _log_probabilities(self._reference, seen, replies, asked)
        gains_P2 = (ours_R - before_R).view(-1, 2)
        return gains_P2[:, 0] - gains_P2[:, 1]

    @torch.no_grad()
    def _pairs(self, pages: Sequence[PageSample], prompts: Sequence[Prompt]) -> list[Pair]:
        requests = [
            Request(
                prompts[place],
                max_tokens=len(self.teller.target(page.text)) + LONGER,
                sampling=Sampling(temperature=1.0, seed=REPLIES * (self.lines + place) + number),
            )
            for place, page in enumerate(pages)
            for number in range(REPLIES)
        ]
        # A loss is in half precision where the processor has it; what a model writes is not.
        with torch.autocast("cpu", enabled=False):
            replies = self.teller.replies(requests)
        end = self.teller.tokenizer.special(END)
        drawn = [replies[place * REPLIES :][:REPLIES] for place in range(len(pages))]
        found = [
            ranked(page.text, some, place, end)
            for place, (page, some) in enumerate(zip(pages, drawn, strict=True))
        ]
        return [pair for pair in found if pair is not None]


def ranked(truth: str, replies: Sequence[Result], page: int, end: int) -> Pair | None:
    """The reply nearest to the truth by edit distance, and the furthest; None if they are as near.

    A reply that did not end by itself has no end in its tokens.
    """
    from rapidfuzz.distance import Levenshtein

    wrong = [Levenshtein.distance(truth, reply.text) for reply in replies]
    order = sorted(range(len(replies)), key=wrong.__getitem__)
    best, worst = replies[order[0]], replies[order[-1]]
    if wrong[order[0]] == wrong[order[-1]] or not (best.tokens and worst.tokens):
        return None
    better, worse = (
        [*reply.tokens, *([end] if reply.finish == "stop" else [])] for reply in (best, worst)
    )
    return Pair(page, better, worse)


def _log_probabilities(
    teller: Teller, seen_RGUW: Tensor, replies: list[list[int]], prompts: Sequence[Prompt]
) -> Tensor:
    """The natural logarithm of how likely a model finds each reply [R], in float32."""
    hidden = teller.decode(merge(teller.model, seen_RGUW), replies, prompts, None)
    told = [
        -F.cross_entropy(
            teller.model.logits(hidden_LD).float(), torch.tensor(reply), reduction="sum"
        )
        for hidden_LD, reply in zip(hidden, replies, strict=True)
    ]
    return torch.stack(told)
