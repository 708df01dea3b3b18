"""Stage a, visual pre-training: the tower learns to see characters, alone, by CTC."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from tqdm import tqdm

from docparse.log import logger
from docparse.model.config import ModelConfig
from docparse.model.ctc import CTCHead
from docparse.model.lines import encode_lines, line_rows
from docparse.model.preprocess import PixelConfig
from docparse.model.vision import VisionTower
from docparse.train.alphabet import ALPHABET
from docparse.train.chunks import Place, batches_from
from docparse.train.ctc import (
    aligned_loss,
    ctc_loss,
    read_lines,
    sample_vocabulary,
    sampled_logits,
)
from docparse.train.lines import LineSample


@dataclass(frozen=True, slots=True)
class TowerStage:
    """How the stage runs: `lines` in all, of which the first `aligned` are taught with places."""

    seed: int = 1
    lines: int = 4_000_000
    warm_up: int = 10_000
    aligned: int = 80_000
    rate: float = 1.5e-3
    weight_decay: float = 0.02
    threads: int = 2
    processes: int = 1
    save_every: float = 300.0  # seconds
    say_every: int = 50  # batches


class TowerRun:
    """The state of the stage: everything that a killed run needs to go on as if it was not."""

    def __init__(self, shape: ModelConfig, stage: TowerStage, folder: Path) -> None:
        torch.manual_seed(stage.seed)
        self.stage, self.folder = stage, folder
        self.tower = VisionTower(shape.vision, shape.family)
        self.head = CTCHead(shape.vision.width, len(ALPHABET))
        start(self.tower)
        parameters = [*self.tower.parameters(), *self.head.parameters()]
        self.parameters = [p for p in parameters if p.requires_grad]
        self.optimizer = torch.optim.AdamW(
            self.parameters, lr=stage.rate, betas=(0.9, 0.98), weight_decay=stage.weight_decay
        )
        self.place, self.lines, self.seconds = Place(), 0, 0.0

    @property
    def path(self) -> Path:
        return self.folder / "tower.pt"

    def load(self) -> bool:
        """Goes on where the last checkpoint was written; False if there is none."""
        if not self.path.is_file():
            return False
        state = torch.load(self.path, map_location="cpu", weights_only=True)
        self.tower.load_state_dict(state["tower"])
        self.head.load_state_dict(state["head"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.place = Place(**state["place"])
        self.lines, self.seconds = state["lines"], state["seconds"]
        return True

    def save(self) -> None:
        """Writes the checkpoint whole or not at all."""
        self.folder.mkdir(parents=True, exist_ok=True)
        state = {
            "tower": self.tower.state_dict(),
            "head": self.head.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "place": asdict(self.place),
            "lines": self.lines,
            "seconds": self.seconds,
        }
        temporary = self.path.with_suffix(".part")
        torch.save(state, temporary)
        temporary.replace(self.path)

    def step(self, samples: Sequence[LineSample]) -> float:
        """Learns from one batch, and gives its loss before that."""
        rate = schedule(self.lines, self.stage)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        numbers, added = sample_vocabulary(samples, self.stage.seed + self.lines)
        with torch.autocast("cpu", torch.bfloat16):
            logits = sampled_logits(self.head, self._frames(samples), numbers, added)
        is_aligned = self.lines < self.stage.aligned
        loss = (aligned_loss if is_aligned else ctc_loss)(logits, samples, numbers)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.parameters, 1.0)
        self.optimizer.step()
        self.lines += len(samples)
        return loss.item()

    @torch.no_grad()
    def read(self, samples: Sequence[LineSample]) -> list[str]:
        """What tower and head make of lines of one size, of all characters."""
        with torch.autocast("cpu", torch.bfloat16):
            logits = self.head.classify(self._frames(samples))
        return read_lines(logits.float())

    def _frames(self, samples: Sequence[LineSample]) -> Tensor:
        grey = torch.stack([torch.from_numpy(sample.picture) for sample in samples])
        vertical = samples[0].vertical
        encoded = encode_lines(self.tower, line_rows(grey, PixelConfig()), vertical=vertical)
        return self.head.frames(encoded, vertical=vertical)


def start(tower: VisionTower) -> None:
    """Initial weights; the merger has no part in this stage and stays as it is."""
    for name, parameter in tower.named_parameters():
        if parameter.ndim == 1:
            torch.nn.init.constant_(parameter, 0.0 if name.endswith("bias") else 1.0)
        else:
            torch.nn.init.normal_(parameter, std=parameter[0].numel() ** -0.5)
        parameter.requires_grad_(not name.startswith("merger."))


def schedule(lines: int, stage: TowerStage) -> float:
    """The learning rate: up over `warm_up` lines, then down to zero along half a cosine."""
    up = min(1.0, (lines + 1) / stage.warm_up)
    done = min(1.0, max(0.0, (lines - stage.warm_up) / (stage.lines - stage.warm_up)))
    return stage.rate * up * 0.5 * (1 + math.cos(math.pi * done))


def train_tower(shape: ModelConfig, stage: TowerStage, folder: Path) -> None:
    """Runs the stage to its end, or until it is interrupted; resumes by itself."""
    torch.set_num_threads(stage.threads)
    run = TowerRun(shape, stage, folder)
    logger.warning("%s", f"goes on at {run.lines} lines" if run.load() else "starts anew")
    batches = batches_from(run.place, stage.seed, processes=stage.processes)
    bar = tqdm(total=stage.lines, initial=run.lines, unit="line", mininterval=10)
    try:
        _loop(run, batches, bar)
    finally:
        run.save()


def _loop(run: TowerRun, batches: Iterator[tuple[list[LineSample], Place]], bar: Any) -> None:
    from rapidfuzz.distance import Levenshtein

    saved = began = time.monotonic()
    spent = run.seconds
    losses, count = 0.0, 0
    for samples, after in batches:
        is_told = count + 1 == run.stage.say_every
        texts = run.read(samples) if is_told else []
        losses, count = losses + run.step(samples), count + 1
        run.place = after
        run.seconds = spent + time.monotonic() - began
        bar.update(len(samples))
        if is_told:
            wrong = sum(Levenshtein.distance(s.text, t) for s, t in zip(samples, texts, strict=True))
            line = {"lines": run.lines, "seconds": round(run.seconds), "loss": losses / count}
            line["cer"] = wrong / sum(len(sample.text) for sample in samples)
            bar.set_postfix(loss=f"{line['loss']:.3f}", cer=f"{line['cer']:.3f}")
            run.folder.mkdir(parents=True, exist_ok=True)
            with (run.folder / "tower.log").open("a") as log:
                log.write(json.dumps(line) + "\n")
            losses, count = 0.0, 0
        if time.monotonic() - saved > run.stage.save_every:
            run.save()
            saved = time.monotonic()
        if run.lines >= run.stage.lines:
            return
