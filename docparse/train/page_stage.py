"""Stages c and d: small pages answered in QwenVL HTML, with lines between them.

Letters: B pages of one size, N groups of all, G groups of a page, U patches of a group, W the
tower's width, D the decoder's.
"""

from __future__ import annotations

import copy
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import PIL.Image
import torch
from torch import Tensor

from docparse import prompting
from docparse.errors import UsageError
from docparse.model.chat import PICTURE, Message
from docparse.model.lines import encode_lines
from docparse.model.preprocess import prepare_picture
from docparse.model.prompt import Prompt, build_prompt
from docparse.model.tokenizer import Tokenizer
from docparse.model.vlm import VisionLanguageModel
from docparse.profiles import PROFILES
from docparse.train.chunks import MakeChunk, page_chunk
from docparse.train.ctc import kept_loss, seen_loss
from docparse.train.lines import STEP, LineSample
from docparse.train.multimodal import PIXELS, LinesRun, LinesStage
from docparse.train.pages import PageSample
from docparse.train.run import Run, Stage, half_precision
from docparse.train.strips import line_frames
from docparse.train.teller import Guide
from docparse.train.tower import rows_of

# Pages of a batch that are read aloud for the log.
READ = 2


@dataclass(frozen=True, slots=True)
class PagesStage(Stage):
    """Stage c; `ctc` is the weight of the loss by which the tower sees the lines of a page.

    For the first `seen` samples tower and head learn alone: lines that were cut out stand in the
    middle of their groups, those of a page anywhere. For the first `guided` the decoder is shown
    where each token stands. `kept` is the weight of the loss that keeps what the head says of lines
    as stage b left it. `still` leaves the tower and the head as they are.
    """

    lines: int = 400_000
    rate: float = 6e-4
    seen: int = 40_000
    guided: int = 200_000
    ctc: float = 0.5
    kept: float = 2.0
    still: bool = False


class PagesRun(Run[LineSample | PageSample]):
    """The whole model, as stage b left it; the tower, which can read, learns at a lower rate."""

    name = "pages"

    def __init__(
        self, model: VisionLanguageModel, tokenizer: Tokenizer, stage: PagesStage, folder: Path
    ) -> None:
        """Raises UsageError where the folder holds no stage b."""
        self.model, self.stage = model, stage
        self.of_lines = LinesRun(
            model,
            tokenizer,
            LinesStage(seed=stage.seed, guided=0, still=sys.maxsize if stage.still else 0),
            folder,
        )
        if not self.of_lines.load():
            raise UsageError(f"{folder} holds no stage b", "run `docparse train lines` first")
        self.teller = self.of_lines.teller
        self.teacher = copy.deepcopy((model.tower, self.of_lines.head))
        for teaching in self.teacher:
            teaching.requires_grad_(requires_grad=False)
        careful = (model.tower.patches, model.tower.blocks, self.of_lines.head)
        for part in careful:
            part.requires_grad_(not stage.still)
        super().__init__(stage, folder, self.of_lines.parts, careful=careful)

    @property
    def careful_share(self) -> float:
        """Less once lines are seen wherever they stand: the tower should not forget rare ones."""
        return 0.5 if self.lines < self.stage.seen else 0.2

    def chunk_maker(self) -> MakeChunk[LineSample | PageSample]:
        return page_chunk

    def loss(self, samples: Sequence[LineSample | PageSample]) -> Tensor:
        is_told = self.lines >= self.stage.seen
        lines = [sample for sample in samples if isinstance(sample, LineSample)]
        if lines:
            self.of_lines.lines = self.lines  # what it draws its random characters by
            if self.stage.still:
                return self.of_lines.loss(lines)
            with half_precision():
                seen = self.of_lines.see(lines)
                of_lines = self.of_lines.seen_loss(seen, lines)
                if not is_told:
                    return of_lines
                kept = self.stage.kept * self._kept(seen, lines)
                return self.of_lines.told(seen, lines) + self.stage.ctc * of_lines + kept
        pages = [sample for sample in samples if isinstance(sample, PageSample)]
        with half_precision():
            seen = self.see(pages)
            if self.stage.still:
                return self.told(seen, pages)
            of_lines = self._of_lines(seen, pages)
            return self.told(seen, pages) + self.stage.ctc * of_lines if is_told else of_lines

    def told(self, seen_BGUW: Tensor, pages: Sequence[PageSample]) -> Tensor:
        """The loss of the decoder's replies, and at first of where it looks for them."""
        targets = [self.teller.target(page.text) for page in pages]
        guide = None
        if self.lines < self.stage.guided:
            pairs = zip(pages, targets, strict=True)
            spots = [self.teller.spots(page.text, page.spots, target) for page, target in pairs]
            rows, columns = pages[0].picture.shape
            guide = Guide(spots, (rows // STEP, columns // STEP))
        merged_BGD = merge(self.model, seen_BGUW)
        prompt, seed = self.prompt(pages[0]), self.stage.seed + self.lines
        return self.teller.loss(merged_BGD, targets, prompt, guide, seed=seed)

    def see(self, pages: Sequence[PageSample]) -> Tensor:
        """The tower's vectors before the merger, [B, G, U, W], of pages of one size."""
        patch = self.model.config.vision.patch
        height, width = pages[0].picture.shape
        grids = [(1, height // patch, width // patch)] * len(pages)
        seen_NUW = self.model.tower.encode([rows_of(pages).flatten(0, 1)], grids)
        return seen_NUW.view(len(pages), -1, *seen_NUW.shape[1:])

    def _of_lines(self, seen_BGUW: Tensor, pages: Sequence[PageSample]) -> Tensor:
        """The CTC loss of the lines of the pages where they stand."""
        lines = [line for page in pages for line in page.lines]
        head, rivals = self.of_lines.head, self.of_lines.rivals
        rivals.renew(head, self.lines)
        frames, counts = line_frames(head, seen_BGUW, pages)
        seed = self.stage.seed + self.lines
        return seen_loss(head, frames, lines, rivals, seed=seed, frames_B=counts)

    def _kept(self, seen_BGUW: Tensor, lines: Sequence[LineSample]) -> Tensor:
        """How far the head is from what stage b's says of the same lines."""
        is_vertical = lines[0].vertical
        tower, teacher = self.teacher
        head = self.of_lines.head
        with torch.no_grad():
            taught = encode_lines(tower, rows_of(lines), vertical=is_vertical)
            taught = teacher.frames(taught, vertical=is_vertical)
        return kept_loss(
            head,
            head.frames(seen_BGUW, vertical=is_vertical),
            teacher,
            taught,
            lines,
            self.of_lines.rivals,
            seed=self.stage.seed + self.lines,
        )

    @torch.no_grad()
    def read(self, samples: Sequence[LineSample | PageSample]) -> list[str]:
        lines = [sample for sample in samples if isinstance(sample, LineSample)]
        if lines:
            return self.of_lines.read(lines)
        pages = [sample for sample in samples if isinstance(sample, PageSample)][:READ]
        return self.teller.read(
            [self.prompt(page) for page in pages],
            most_tokens=[len(self.teller.target(page.text)) + 16 for page in pages],
        )

    def prompt(self, page: PageSample) -> Prompt:
        """What a page is asked when a model reads it whole."""
        asked = prompting.fill(prompting.load(PROFILES["qwen2.5-vl"].prompt))
        picture = PIL.Image.fromarray(page.picture).convert("RGB")
        return build_prompt(
            [Message("system", (asked.system,)), Message("user", (asked.user, PICTURE))],
            [prepare_picture(picture, PIXELS)],
            tokenizer=self.teller.tokenizer,
            config=self.model.config,
        )


class TunedRun(PagesRun):
    """Stage d, fine-tuning: what stage c left, its tower standing still."""

    name = "tuned"
    # The stage before: its letter, its checkpoint, its command.
    before: ClassVar[tuple[str, str, str]] = ("c", PagesRun.name, "pages")

    def __init__(
        self, model: VisionLanguageModel, tokenizer: Tokenizer, stage: PagesStage, folder: Path
    ) -> None:
        """Raises UsageError where the folder does not hold the stage before."""
        super().__init__(model, tokenizer, replace(stage, seen=0, guided=0, still=True), folder)
        letter, name, command = self.before
        path = folder / f"{name}.pt"
        if not path.is_file():
            raise UsageError(
                f"{folder} holds no stage {letter}", f"run `docparse train {command}` first"
            )
        state = torch.load(path, map_location="cpu", weights_only=True)
        for part, learned in self.parts.items():
            learned.load_state_dict(state[part])


def merge(model: VisionLanguageModel, seen_BGUW: Tensor) -> Tensor:
    """What the decoder is shown of what the tower saw, [B, G, D]."""
    merged_ND: Tensor = model.tower.merger(seen_BGUW.flatten(0, 1))
    return merged_ND.view(*seen_BGUW.shape[:2], -1)
