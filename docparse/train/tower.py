"""Stage a, visual pre-training: the tower learns to see characters, alone, by a CTC head."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from docparse.model.config import ModelConfig
from docparse.model.ctc import CTCHead
from docparse.model.lines import encode_lines, line_rows
from docparse.model.preprocess import PixelConfig
from docparse.model.vision import VisionTower
from docparse.train.alphabet import ALPHABET
from docparse.train.chunks import MakeChunk, line_chunk
from docparse.train.ctc import (
    Rivals,
    aligned_loss,
    ctc_loss,
    read_lines,
    sample_characters,
    sampled_logits,
)
from docparse.train.lines import LineSample
from docparse.train.pages import PageSample
from docparse.train.run import Run, Stage, half_precision, initialise


@dataclass(frozen=True, slots=True)
class TowerStage(Stage):
    """Stage a; the first `aligned` lines teach where their characters stand."""

    aligned: int = 30_000


class TowerRun(Run[LineSample]):
    """Tower and head; the merger has no part in this stage and stays as it is."""

    name = "tower"

    def __init__(self, shape: ModelConfig, stage: TowerStage, folder: Path) -> None:
        torch.manual_seed(stage.seed)
        self.stage = stage
        self.tower = VisionTower(shape.vision, shape.family)
        self.head = CTCHead(shape.vision.width, len(ALPHABET))
        self.rivals = Rivals()
        initialise(self.tower)
        self.tower.merger.requires_grad_(False)
        parts = {"tower": self.tower, "head": self.head, "rivals": self.rivals}
        super().__init__(stage, folder, parts)

    def loss(self, samples: Sequence[LineSample]) -> Tensor:
        self.rivals.renew(self.head, self.lines)
        numbers, added = sample_characters(samples, self.stage.seed + self.lines, self.rivals)
        with half_precision():
            logits = sampled_logits(self.head, self._frames(samples), numbers, added)
        is_aligned = self.lines < self.stage.aligned
        return (aligned_loss if is_aligned else ctc_loss)(logits, samples, numbers)

    def chunk_maker(self) -> MakeChunk[LineSample]:
        return line_chunk

    @torch.no_grad()
    def read(self, samples: Sequence[LineSample]) -> list[str]:
        with half_precision():
            logits = self.head.classify(self._frames(samples))
        return read_lines(logits.float())

    def _frames(self, samples: Sequence[LineSample]) -> Tensor:
        vertical = samples[0].vertical
        encoded = encode_lines(self.tower, rows_of(samples), vertical=vertical)
        return self.head.frames(encoded, vertical=vertical)


def rows_of(samples: Sequence[LineSample | PageSample]) -> Tensor:
    """Pixel rows [B, N, P] of pictures of one size."""
    grey = torch.stack([torch.from_numpy(sample.picture) for sample in samples])
    return line_rows(grey, PixelConfig())
