"""Stage b, multimodal pre-training: tower, merger and decoder read lines, asked as in a chat.

Letters: B lines of one size, G groups of a line, U patches of a group, D the tower's width.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import PIL.Image
import torch
from torch import Tensor

from docparse.errors import UsageError
from docparse.model.chat import PICTURE, Message
from docparse.model.ctc import CTCHead
from docparse.model.fusion import PROMPT
from docparse.model.lines import encode_lines
from docparse.model.preprocess import PixelConfig, prepare_picture
from docparse.model.prompt import Prompt, build_prompt
from docparse.model.tokenizer import Tokenizer
from docparse.model.vlm import VisionLanguageModel
from docparse.train.alphabet import ALPHABET
from docparse.train.chunks import MakeChunk, line_chunk
from docparse.train.ctc import Rivals, seen_loss
from docparse.train.lines import HEIGHT, STEP, LineSample, Spot
from docparse.train.run import Run, Stage, half_precision
from docparse.train.teller import Guide, Teller, merge, middles
from docparse.train.tower import rows_of

# Lines of a batch that are read aloud for the log.
READ = 8
PIXELS = PixelConfig(min_pixels=HEIGHT * HEIGHT)


@dataclass(frozen=True, slots=True)
class LinesStage(Stage):
    """Stage b; `ctc` is the weight of the loss that keeps the tower's characters apart.

    For the first `guided` lines the decoder is shown where each token stands; for the first
    `still` the tower is left as stage a made it, which spares its half of the work.
    """

    rate: float = 1e-3
    ctc: float = 0.5
    guided: int = 100_000
    still: int = 1_500_000


class LinesRun(Run[LineSample]):
    """The whole model, from the tower and head that stage a left."""

    name = "lines"

    def __init__(
        self, model: VisionLanguageModel, tokenizer: Tokenizer, stage: LinesStage, folder: Path
    ) -> None:
        """Raises UsageError where the folder holds no stage a."""
        self.model, self.stage = model, stage
        self.teller = Teller(model, tokenizer)
        self.head = CTCHead(model.config.vision.width, len(ALPHABET))
        before = folder / "tower.pt"
        if not before.is_file():
            raise UsageError(f"{folder} holds no trained tower", "run `docparse train tower` first")
        state = torch.load(before, map_location="cpu", weights_only=True)
        model.tower.load_state_dict(state["tower"])
        self.head.load_state_dict(state["head"])
        self.rivals = Rivals()
        self.rivals.load_state_dict(state["rivals"])
        super().__init__(stage, folder, {"model": model, "head": self.head, "rivals": self.rivals})

    def loss(self, samples: Sequence[LineSample]) -> Tensor:
        is_still = self.lines < self.stage.still
        with half_precision():
            with torch.set_grad_enabled(not is_still):
                seen = self.see(samples)
            told = self.told(seen, samples)
            return told if is_still else told + self.stage.ctc * self.seen_loss(seen, samples)

    def see(self, samples: Sequence[LineSample]) -> Tensor:
        """The tower's vectors before the merger, [B, G, U, D]."""
        return encode_lines(self.model.tower, rows_of(samples), vertical=samples[0].vertical)

    def seen_loss(self, seen_BGUD: Tensor, samples: Sequence[LineSample]) -> Tensor:
        """The CTC loss of what the tower sees."""
        self.rivals.renew(self.head, self.lines)
        frames = self.head.frames(seen_BGUD, vertical=samples[0].vertical)
        seed = self.stage.seed + self.lines
        return seen_loss(self.head, frames, samples, self.rivals, seed=seed)

    def chunk_maker(self) -> MakeChunk[LineSample]:
        return line_chunk

    @torch.no_grad()
    def read(self, samples: Sequence[LineSample]) -> list[str]:
        some = samples[:READ]
        return self.teller.read(
            [self.prompt(sample) for sample in some],
            most_tokens=[len(sample.text) + 8 for sample in some],
        )

    def told(self, seen_BGUD: Tensor, samples: Sequence[LineSample]) -> Tensor:
        """The loss of the decoder's reading, and at first of where it looks for it."""
        targets = [self.teller.target(sample.text) for sample in samples]
        batch, groups = seen_BGUD.shape[:2]
        merged = merge(self.model, seen_BGUD)
        prompt, guide = self.prompt(samples[0]), None
        if self.lines < self.stage.guided:
            pairs = zip(samples, targets, strict=True)
            at = middles((groups, 1) if samples[0].vertical else (1, groups))
            tail = len(prompt.ids) - prompt.ids.index(self.model.config.image_token) - groups
            guide = Guide(
                [self._spots(*pair) for pair in pairs],
                [tail] * batch,
                at.expand(batch, -1, -1),
                groups=groups,
                reach=STEP,
            )
        seed = self.stage.seed + self.lines
        return self.teller.loss(merged, targets, [prompt] * batch, guide, seed=seed)

    def _spots(self, sample: LineSample, target: list[int]) -> list[Spot | None]:
        across = STEP / 2
        spots = [(across, at) if sample.vertical else (at, across) for at in sample.centres]
        return self.teller.spots(sample.text, spots, target)

    def prompt(self, sample: LineSample) -> Prompt:
        """The chat up to where the reply begins."""
        picture = PIL.Image.fromarray(sample.picture).convert("RGB")
        return build_prompt(
            [Message("user", (PICTURE, PROMPT))],
            [prepare_picture(picture, PIXELS)],
            tokenizer=self.teller.tokenizer,
            config=self.model.config,
        )
