"""What every stage shares: seeded steps, a checkpoint that a killed run goes on from, a log."""

from __future__ import annotations

import functools
import json
import math
import signal
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar, Generic, Protocol, TypeVar

import torch
from torch import Tensor, nn
from tqdm import tqdm

from docparse.log import logger
from docparse.model.prepack import has_fast_bf16
from docparse.train.chunks import MakeChunk, Place, batches_from

# Adam's epsilon for what is steady: above the gradients of tokens that are only drawn for the
# softmax, below those of tokens that are told.
STEADY = 1e-6


class Sample(Protocol):
    """What is read, and what it says."""

    @property
    def text(self) -> str: ...


S = TypeVar("S", bound=Sample)


# Half-precision products, where the processor has them; elsewhere they are ten times as slow.
half_precision = functools.partial(
    torch.autocast,
    "cpu",
    torch.bfloat16,
    enabled=has_fast_bf16(),
)


@dataclass(frozen=True, slots=True)
class Stage:
    """How a stage runs; `lines` in all, the rate rising over the first `warm_up` of them."""

    seed: int = 1
    lines: int = 4_000_000
    warm_up: int = 4_000
    rate: float = 1e-3
    weight_decay: float = 0.02
    threads: int = 2
    processes: int = 1
    save_every: float = 300.0  # seconds
    say_every: int = 100  # batches


class Run(ABC, Generic[S]):
    """The state of a stage in `folder`: everything that a killed run needs to go on as before."""

    name: ClassVar[str]

    def __init__(
        self,
        stage: Stage,
        folder: Path,
        parts: Mapping[str, nn.Module],
        steady: Sequence[nn.Parameter] = (),
    ) -> None:
        """`parts`: what learns, by the names in the checkpoint, but for what is frozen in them.

        `steady`: those whose small gradients make small steps, as large ones do for the others.
        """
        self.base, self.folder, self.parts = stage, folder, parts
        parameters = dict.fromkeys(p for part in parts.values() for p in part.parameters())
        self.parameters = [p for p in parameters if p.requires_grad]
        kept = set(steady)
        groups: list[dict[str, Any]] = [
            {"params": [p for p in self.parameters if p not in kept]},
            *([{"params": list(steady), "eps": STEADY}] if steady else []),
        ]
        self.optimizer = torch.optim.AdamW(
            groups,
            lr=stage.rate,
            betas=(0.9, 0.98),
            weight_decay=stage.weight_decay,
            fused=True,
        )
        self.place, self.lines, self.seconds = Place(), 0, 0.0

    @abstractmethod
    def chunk_maker(self) -> MakeChunk[S]:
        """What draws the samples."""

    @abstractmethod
    def loss(self, samples: Sequence[S]) -> Tensor:
        """What is to be made small, for lines of one size."""

    @abstractmethod
    def read(self, samples: Sequence[S]) -> list[str]:
        """What the model makes of the first few or all of some lines of one size."""

    @property
    def path(self) -> Path:
        return self.folder / f"{self.name}.pt"

    def load(self) -> bool:
        """Goes on where the last checkpoint was written; False if there is none."""
        if not self.path.is_file():
            return False
        state = self.take(self.path)
        self.optimizer.load_state_dict(state["optimizer"])
        self.place = Place(**state["place"])
        self.lines, self.seconds = state["lines"], state["seconds"]
        return True

    def take(self, path: Path) -> dict[str, Any]:
        """Takes what learns from a checkpoint, also of another stage; gives the whole of it."""
        state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
        for name, part in self.parts.items():
            part.load_state_dict(state[name])
        return state

    def save(self) -> None:
        """Writes the checkpoint whole or not at all."""
        self.folder.mkdir(parents=True, exist_ok=True)
        state: dict[str, Any] = {name: part.state_dict() for name, part in self.parts.items()}
        state |= {
            "optimizer": self.optimizer.state_dict(),
            "place": asdict(self.place),
            "lines": self.lines,
            "seconds": self.seconds,
        }
        temporary = self.path.with_suffix(".part")
        torch.save(state, temporary)
        temporary.replace(self.path)

    def step(self, samples: Sequence[S]) -> float:
        """Learns from lines of one size, and gives their loss before that."""
        rate = schedule(self.lines, self.base)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        loss = self.loss(samples)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.parameters, 1.0)
        self.optimizer.step()
        self.lines += len(samples)
        return loss.item()

    def train(self) -> None:
        """Runs the stage to its end, or until it is interrupted or told to end (SIGTERM)."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.default_int_handler)
        torch.set_num_threads(self.base.threads)
        is_old = self.load()
        logger.warning("%s", f"goes on at {self.lines} lines" if is_old else "starts anew")
        batches = batches_from(
            self.place, self.base.seed, self.chunk_maker(), processes=self.base.processes
        )
        bar = tqdm(total=self.base.lines, initial=self.lines, unit="line", mininterval=10)
        try:
            self._train(batches, bar)
        finally:
            self.save()

    def _train(self, batches: Iterator[tuple[list[S], Place]], bar: Any) -> None:
        saved = began = time.monotonic()
        spent, losses = self.seconds, list[float]()
        for samples, after in batches:
            if self.lines >= self.base.lines:
                return
            is_told = len(losses) + 1 == self.base.say_every
            texts = self.read(samples) if is_told else []
            losses.append(self.step(samples))
            self.place = after
            self.seconds = spent + time.monotonic() - began
            bar.update(len(samples))
            if is_told:
                self._tell(sum(losses) / len(losses), error_rate(samples, texts), bar)
                losses.clear()
            if time.monotonic() - saved > self.base.save_every:
                self.save()
                saved = time.monotonic()

    def _tell(self, loss: float, wrong: float, bar: Any) -> None:
        """Adds a line to the log: mean loss since the last one, and errors of the last batch."""
        bar.set_postfix(loss=f"{loss:.3f}", cer=f"{wrong:.3f}")
        line = {"lines": self.lines, "seconds": round(self.seconds), "loss": loss, "cer": wrong}
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / f"{self.name}.log").open("a") as log:
            log.write(json.dumps(line) + "\n")


def schedule(lines: int, stage: Stage) -> float:
    """The learning rate: up over `warm_up` lines, then down to zero along half a cosine."""
    up = min(1.0, (lines + 1) / stage.warm_up)
    done = min(1.0, max(0.0, (lines - stage.warm_up) / max(1, stage.lines - stage.warm_up)))
    return stage.rate * up * 0.5 * (1 + math.cos(math.pi * done))


def error_rate(samples: Sequence[Sample], texts: Sequence[str]) -> float:
    """Characters to change in all texts together, as a share of those that should be there.

    Lines without a text, after the last that has one, are left out.
    """
    from rapidfuzz.distance import Levenshtein

    pairs = list(zip(samples, texts, strict=False))
    wrong = sum(Levenshtein.distance(sample.text, text) for sample, text in pairs)
    return wrong / max(1, sum(len(sample.text) for sample, _ in pairs))


def initialise(module: nn.Module) -> None:
    """Initial weights: norms and biases as usual, matrices by the number of their inputs."""
    for name, parameter in module.named_parameters():
        if parameter.ndim == 1:
            nn.init.constant_(parameter, 0.0 if name.endswith("bias") else 1.0)
        else:
            nn.init.normal_(parameter, std=parameter[0].numel() ** -0.5)
