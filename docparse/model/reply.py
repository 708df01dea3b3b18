"""One reply while it is written: what to feed the model next, and what its logits say.

Letters: T tokens of a pass, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Literal

from torch import Tensor

from docparse.model.constrain import Constraint
from docparse.model.loops import LoopGuard
from docparse.model.problems import ConstraintError
from docparse.model.prompt import Prompt
from docparse.model.sampling import GREEDY, Chooser, Sampling
from docparse.model.speculate import Drafter, Pace, accept
from docparse.model.tokenizer import Tokenizer

Finish = Literal["stop", "length", "repeat", "failed"]


@dataclass(frozen=True, slots=True)
class Request:
    """A prompt and how to reply to it; drafters are asked in their order, the first that has
    something to say is heard. `on_text` gets the text as it grows; `keep` names marks to keep."""

    prompt: Prompt
    max_tokens: int
    sampling: Sampling = GREEDY
    drafters: tuple[Drafter, ...] = ()
    constraint: Constraint | None = None
    on_text: Callable[[str], None] | None = None
    keep: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Usage:
    """What a reply took: passes of the model and, by drafter, tokens proposed and accepted."""

    prompt_tokens: int
    new_tokens: int
    passes: int
    proposed: dict[str, int] = field(default_factory=dict)
    accepted: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Result:
    """A reply. `tokens` without the stop token, each with the logarithm of its probability;
    after a loop, only up to the end of its first time round. `problem`: why it failed."""

    tokens: tuple[int, ...]
    text: str
    finish: Finish
    log_probabilities: tuple[float, ...]
    usage: Usage
    problem: str = ""


class Reply:
    """A reply while it is being written."""

    def __init__(self, request: Request, tokenizer: Tokenizer, stops: Collection[int]) -> None:
        self.request = request
        self.tokens: list[int] = []
        self.log_probabilities: list[float] = []
        self.finish: Finish | None = None
        self.problem = ""
        self.unread = len(request.prompt.ids)
        self._tokenizer = tokenizer
        self._stream = tokenizer.stream(keep=request.keep)
        self._stops = stops
        self._chooser = Chooser(request.sampling, request.prompt.ids)
        self._guard = LoopGuard()
        self._paces = [Pace() for _ in request.drafters]
        self._draft: list[int] = []
        self._drafter = -1
        self._passes = 0
        self._kept: int | None = None
        self._proposed: dict[str, int] = {}
        self._accepted: dict[str, int] = {}

    @property
    def length(self) -> int:
        """Tokens that belong in the cache: all but the last, which no pass has read yet."""
        return len(self.request.prompt.ids) + len(self.tokens) - 1

    def feed(self) -> list[int]:
        """The tokens for the next pass: the last one written, and a draft of what follows."""
        self._draft, self._drafter = self._make_draft()
        return [self.tokens[-1], *self._draft]

    def take(self, logits_TV: Tensor) -> None:
        """Goes on with the logits after each token that was fed."""
        self._passes += 1
        scores = Scores(logits_TV)
        try:
            said = accept(
                self._draft, lambda place: self._choose(scores, place), is_over=self._is_over
            )
        except ConstraintError as error:
            self.finish, self.problem = "failed", str(error)
            return
        self._count(len(said) - 1)

    def result(self) -> Result:
        """The reply as it stands, once `finish` is set."""
        kept = len(self.tokens) if self._kept is None else self._kept
        ends_with_stop = self.finish == "stop"
        tokens = self.tokens[: kept - ends_with_stop]
        return Result(
            tokens=tuple(tokens),
            text=self._tokenizer.decode(tokens, keep=self.request.keep),
            finish=self.finish or "failed",
            log_probabilities=tuple(self.log_probabilities[: len(tokens)]),
            usage=Usage(
                prompt_tokens=len(self.request.prompt.ids),
                new_tokens=len(self.tokens),
                passes=self._passes,
                proposed=self._proposed,
                accepted=self._accepted,
            ),
            problem=self.problem,
        )

    def _choose(self, scores: Scores, place: int) -> int:
        """The model's choice after `place` tokens of the draft, which is thereby written."""
        request = self.request
        allowed_V = None
        if request.constraint is not None:
            allowed_V = request.constraint.allowed(scores.vocabulary)
        if request.sampling.is_plain and allowed_V is None:
            token = scores.best[place]
        else:
            token = self._chooser.choose(scores.row(place, allowed_V))
        self._write(token, scores.log_probability(place, token))
        return token

    def _write(self, token: int, log_probability: float) -> None:
        self.tokens.append(token)
        self.log_probabilities.append(log_probability)
        if token in self._stops:
            self.finish = "stop"
            return
        self._chooser.said(token)
        if self.request.constraint is not None:
            self.request.constraint.advance(token)
        if self.request.on_text is not None:
            text = self._stream.push(token)
            if text:
                self.request.on_text(text)
        self._kept = self._guard.push(token)
        if self._kept is not None:
            self.finish = "repeat"
        elif len(self.tokens) >= self.request.max_tokens:
            self.finish = "length"

    def _is_over(self) -> bool:
        return self.finish is not None

    def _make_draft(self) -> tuple[list[int], int]:
        """A draft and the number of its drafter; no longer than may still be written."""
        room = self.request.max_tokens - len(self.tokens) - 1
        if self.request.constraint is not None:
            forced = self.request.constraint.forced()[:room]
            if forced:
                return forced, -1
        for number, (drafter, pace) in enumerate(
            zip(self.request.drafters, self._paces, strict=True)
        ):
            limit = min(pace.next_length(), room)
            draft = drafter.propose(self.tokens, limit) if limit > 0 else []
            if draft:
                return draft, number
        return [], -1

    def _count(self, accepted: int) -> None:
        """Keeps the books on the draft that was just tried."""
        if not self._draft:
            return
        name = "grammar"
        if self._drafter >= 0:
            name = self.request.drafters[self._drafter].name
            self._paces[self._drafter].record(len(self._draft), accepted)
        self._proposed[name] = self._proposed.get(name, 0) + len(self._draft)
        self._accepted[name] = self._accepted.get(name, 0) + accepted


class Scores:
    """Logits after some tokens, with what most choices need worked out for all rows at once."""

    def __init__(self, logits_TV: Tensor) -> None:
        self._logits_TV = logits_TV.float()
        self._total_T = self._logits_TV.logsumexp(-1).tolist()
        top = self._logits_TV.max(-1)
        self.best: list[int] = top.indices.tolist()
        self._top_T: list[float] = top.values.tolist()

    @property
    def vocabulary(self) -> int:
        return self._logits_TV.shape[1]

    def row(self, place: int, allowed_V: Tensor | None) -> Tensor:
        """The logits [V] after a token, those not allowed at -inf."""
        logits_V = self._logits_TV[place]
        if allowed_V is None:
            return logits_V
        return logits_V.masked_fill(~allowed_V.to(logits_V.device), float("-inf"))

    def log_probability(self, place: int, token: int) -> float:
        """Of the model's own distribution, before settings and constraints."""
        is_best = token == self.best[place]
        logit = self._top_T[place] if is_best else float(self._logits_TV[place, token])
        total: float = self._total_T[place]
        return logit - total
