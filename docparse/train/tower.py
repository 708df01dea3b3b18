"""Stage a, visual pre-training: the tower learns to see characters, alone, by CTC."""

from __future__ import annotations

import json
import random
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
from docparse.model.preprocess import PixelConfig
from docparse.model.rope import vision_table
from docparse.model.vision import VisionTower
from docparse.model.windows import plan
from docparse.train.chunks import Place, batches_from
from docparse.train.ctc import Choice, CTCHead, ctc_loss, read_frames
from docparse.train.lines import LineSample

# Characters that a batch tells its own from; all of them would cost as much as the tower.
OTHERS = 700


@dataclass(frozen=True, slots=True)
class TowerStage:
    """How the stage runs; `lines` in all, of which the last fifth lowers the rate to zero."""

    seed: int = 1
    lines: int = 4_000_000
    warm_up: int = 20_000
    rate: float = 1.2e-3
    weight_decay: float = 0.02
    threads: int = 2
    processes: int = 1
    save_every: float = 300.0  # seconds
    say_every: int = 50  # batches


def encode(tower: VisionTower, rows_BNP: Tensor) -> Tensor:
    """Vectors before the merger, [B, G, 4, D], of lines of one width, [B, N, P] pixel rows."""
    config = tower.config
    batch, patches, _ = rows_BNP.shape
    unit = config.merge * config.merge
    grid = (1, config.merge, patches // config.merge)
    layout = plan((grid,) * batch, merge=config.merge, window=config.window_groups)
    order = torch.tensor(layout.order)
    x_ND = tower.patches([rows_BNP.flatten(0, 1)]).view(-1, unit, config.width)[order].flatten(0, 1)
    cos_NK, sin_NK = vision_table(layout.row_columns, config)
    for index, block in enumerate(tower.blocks):
        buckets = layout.frames if index in config.full_blocks else layout.windows
        x_ND = block(x_ND, cos_NK, sin_NK, buckets)
    out_MUD = torch.empty_like(x_ND.view(-1, unit, config.width))
    out_MUD[order] = x_ND.view(-1, unit, config.width)
    return out_MUD.view(batch, -1, unit, config.width)


def line_rows(samples: Sequence[LineSample], config: PixelConfig) -> Tensor:
    """Pixel rows [B, N, 3 * patch * patch] of grey lines of one width, as preprocessing does."""
    grey = torch.stack([torch.from_numpy(sample.picture) for sample in samples])
    batch, height, width = grey.shape
    side, merge, patch = config.patch * config.merge, config.merge, config.patch
    parts = grey.view(batch, height // side, merge, patch, width // side, merge, patch)
    patches = parts.permute(0, 1, 4, 2, 5, 3, 6).reshape(batch, -1, 1, patch * patch).float()
    mean = torch.tensor(config.mean).view(3, 1)
    std = torch.tensor(config.std).view(3, 1)
    return ((patches * config.scale - mean) / std).flatten(2)


class TowerRun:
    """The state of the stage: everything that a killed run needs to go on as if it was not."""

    def __init__(self, shape: ModelConfig, stage: TowerStage, folder: Path) -> None:
        torch.manual_seed(stage.seed)
        self.stage, self.folder = stage, folder
        self.tower = VisionTower(shape.vision, shape.family)
        self.head = CTCHead(shape.vision.width)
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

    def step(self, samples: Sequence[LineSample]) -> tuple[float, list[str]]:
        """One batch: its loss, and what the head read before the step."""
        rate = schedule(self.lines, self.stage)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        rows = line_rows(samples, PixelConfig())
        texts = [sample.text for sample in samples]
        choice = Choice.draw(texts, OTHERS, random.Random(self.lines))
        with torch.autocast("cpu", torch.bfloat16):
            logits = self.head(encode(self.tower, rows), choice.numbers)
        loss = ctc_loss(logits + choice.weights, texts, choice.numbers)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.parameters, 1.0)
        self.optimizer.step()
        self.lines += len(samples)
        return loss.item(), read_frames(logits.detach(), choice.numbers)


def start(tower: VisionTower) -> None:
    """Initial weights; the merger has no part in this stage and stays as it is."""
    for name, parameter in tower.named_parameters():
        if parameter.ndim == 1:
            torch.nn.init.constant_(parameter, 0.0 if name.endswith("bias") else 1.0)
        else:
            torch.nn.init.normal_(parameter, std=parameter[0].numel() ** -0.5)
        parameter.requires_grad_(not name.startswith("merger."))


def schedule(lines: int, stage: TowerStage) -> float:
    """The learning rate: up over `warm_up` lines, flat, then down to zero over the last fifth."""
    up = min(1.0, (lines + 1) / stage.warm_up)
    down = min(1.0, (stage.lines - lines) / (0.2 * stage.lines))
    return stage.rate * up * max(0.0, down)


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
    losses, wrong, right, count = 0.0, 0, 0, 0
    for samples, after in batches:
        loss, texts = run.step(samples)
        run.place = after
        run.seconds = spent + time.monotonic() - began
        losses, count = losses + loss, count + 1
        for sample, text in zip(samples, texts, strict=True):
            wrong += Levenshtein.distance(sample.text, text)
            right += len(sample.text)
        bar.update(len(samples))
        if count == run.stage.say_every:
            line = {"lines": run.lines, "seconds": round(run.seconds), "loss": losses / count}
            line["cer"] = wrong / right
            bar.set_postfix(loss=f"{line['loss']:.3f}", cer=f"{line['cer']:.3f}")
            run.folder.mkdir(parents=True, exist_ok=True)
            with (run.folder / "tower.log").open("a") as log:
                log.write(json.dumps(line) + "\n")
            losses, wrong, right, count = 0.0, 0, 0, 0
        if time.monotonic() - saved > run.stage.save_every:
            run.save()
            saved = time.monotonic()
        if run.lines >= run.stage.lines:
            return
