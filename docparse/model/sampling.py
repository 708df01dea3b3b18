"""Choosing the next token from logits, with the meaning that transformers gives the settings.

Letters: V vocabulary.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, slots=True)
class Sampling:
    """How to choose. Temperature 0 takes the likeliest token, whatever `top_k` and `top_p` say.

    `repetition_penalty` divides the positive and multiplies the negative logits of every token
    that already stands in the prompt or the reply, once however often it stands there.
    `top_k` 0 and `top_p` 1 leave all tokens in play.
    """

    temperature: float = 0.0
    top_k: int = 0
    top_p: float = 1.0
    repetition_penalty: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        if self.temperature < 0 or self.top_k < 0 or not 0 < self.top_p <= 1:
            raise ValueError(f"no such sampling: {self}")
        if self.repetition_penalty <= 0:
            raise ValueError(f"a repetition penalty is above 0, not {self.repetition_penalty}")

    @property
    def is_plain(self) -> bool:
        """Whether the choice is the greatest logit and nothing else."""
        return self.temperature == 0 and self.repetition_penalty == 1


GREEDY = Sampling()


class Chooser:
    """Chooses tokens for one reply; knows what has been said and draws its own random numbers."""

    def __init__(self, sampling: Sampling, prompt: Iterable[int]) -> None:
        self.sampling = sampling
        self._said = set(prompt)
        self._is_said_V: Tensor | None = None
        self._generator = torch.Generator().manual_seed(sampling.seed)

    def choose(self, logits_V: Tensor) -> int:
        """The next token; `logits_V` float32, impossible tokens at -inf."""
        sampling = self.sampling
        if sampling.repetition_penalty != 1:
            is_said_V = self._mask(logits_V)
            logits_V = penalised(logits_V, is_said_V, sampling.repetition_penalty)
        if sampling.temperature == 0:
            return int(logits_V.argmax())
        probabilities_V = warped(logits_V, sampling).softmax(-1)
        return int(torch.multinomial(probabilities_V.cpu(), 1, generator=self._generator))

    def said(self, token: int) -> None:
        """Remembers a token that now stands in the reply."""
        self._said.add(token)
        if self._is_said_V is not None:
            self._is_said_V[token] = True

    def _mask(self, logits_V: Tensor) -> Tensor:
        if self._is_said_V is None:
            self._is_said_V = torch.zeros(len(logits_V), dtype=torch.bool, device=logits_V.device)
            self._is_said_V[sorted(self._said)] = True
        return self._is_said_V


def penalised(logits_V: Tensor, is_said_V: Tensor, penalty: float) -> Tensor:
    """The logits with those that were said made less likely (CTRL, arXiv 1909.05858, 4.1)."""
    harder_V = torch.where(logits_V < 0, logits_V * penalty, logits_V / penalty)
    return torch.where(is_said_V, harder_V, logits_V)


def warped(logits_V: Tensor, sampling: Sampling) -> Tensor:
    """Logits after temperature, top-k and top-p, in that order; what is out of play at -inf."""
    logits_V = logits_V / sampling.temperature
    if 0 < sampling.top_k < len(logits_V):
        least = logits_V.topk(sampling.top_k).values[-1]
        logits_V = logits_V.masked_fill(logits_V < least, float("-inf"))
    if sampling.top_p < 1:
        rising_V, index_V = logits_V.sort()
        is_tail_V = rising_V.softmax(-1).cumsum(-1) <= 1 - sampling.top_p
        is_tail_V[-1] = False
        logits_V = logits_V.masked_fill(
            torch.zeros_like(is_tail_V).scatter(0, index_V, is_tail_V), float("-inf")
        )
    return logits_V
