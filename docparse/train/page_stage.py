"""Stage c: small pages, their lines told beside the picture, are answered in QwenVL HTML.

Lines come between them. Tower and head stand still, so that lines are read as stage b left them.

Letters: B pages of one size, G groups of a page, U patches of a group, W the tower's width, D the
decoder's, S places that are looked at: groups and tokens of what is told.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Literal

import PIL.Image
import torch
import torch.nn.functional as F
from torch import Tensor

from docparse import prompting
from docparse.errors import UsageError
from docparse.model.chat import PICTURE, Message
from docparse.model.decoder import Decoder
from docparse.model.preprocess import prepare_picture
from docparse.model.prompt import Prompt, build_prompt
from docparse.model.tokenizer import Tokenizer
from docparse.model.vlm import VisionLanguageModel
from docparse.profiles import PROFILES
from docparse.train.chunks import MakeChunk, page_chunk
from docparse.train.kept import kept_loss
from docparse.train.lines import LineSample, Spot
from docparse.train.multimodal import PIXELS, LinesRun, LinesStage
from docparse.train.pages import PageSample
from docparse.train.run import Run, Stage, half_precision
from docparse.train.teller import Guide, Teller, merge
from docparse.train.tower import rows_of

Kind = Literal["text", "markup", "figure"]
# How much a token of a reply counts in its loss: which block follows is told by few of them, and
# the last figures of boxes can but be guessed.
WEIGHTS: dict[Kind, float] = {"text": 1.0, "markup": 2.0, "figure": 0.5}
# Pages of a batch that are read aloud for the log.
READ = 2
# Pixels from a letter to where it is looked for.
REACH = 10.0
# How many times the vectors are made longer by which tokens are told, and how long they are then at
# least: those of tags and of rare kanji are too short to be told at all.
TOLD, SHORTEST = 100.0, 40.0
# How many times those are made longer by which tokens are read, and what length is added to them.
# With twice as much, lines would have to be learnt anew.
READ_AS, ADDED = 20.0, 3.0


@dataclass(frozen=True, slots=True)
class PagesStage(Stage):
    """Stage c; for the first `guided` samples the decoder is shown where each token is told."""

    lines: int = 200_000
    rate: float = 1.2e-3
    guided: int = 150_000


class PagesRun(Run[LineSample | PageSample]):
    """Merger and decoder, as stage b left them."""

    name = "pages"

    def __init__(
        self, model: VisionLanguageModel, tokenizer: Tokenizer, stage: PagesStage, folder: Path
    ) -> None:
        """Raises UsageError where the folder holds no stage b."""
        self.model, self.stage = model, stage
        self.of_lines = LinesRun(model, tokenizer, LinesStage(), folder)
        if not self.of_lines.path.is_file():
            raise UsageError(f"{folder} holds no stage b", "run `docparse train lines` first")
        self.of_lines.take(self.of_lines.path)
        self.teller = self.of_lines.teller
        self._teacher = Teller(copy.deepcopy(model).requires_grad_(requires_grad=False), tokenizer)
        untie(model.decoder)
        for part in (model.tower.patches, model.tower.blocks, self.of_lines.head):
            part.requires_grad_(requires_grad=False)
        super().__init__(
            stage, folder, self.of_lines.parts, steady=[*model.decoder.head.parameters()]
        )

    def chunk_maker(self) -> MakeChunk[LineSample | PageSample]:
        return page_chunk

    def loss(self, samples: Sequence[LineSample | PageSample]) -> Tensor:
        lines = [sample for sample in samples if isinstance(sample, LineSample)]
        if lines:
            return self._kept(lines)
        pages = [sample for sample in samples if isinstance(sample, PageSample)]
        prompts = [self.prompt(page) for page in pages]
        with half_precision():
            return self.told(self.see(pages), pages, prompts)

    def _kept(self, lines: Sequence[LineSample]) -> Tensor:
        """The loss of lines, which are to be told as stage b tells them."""
        targets = [self.teller.target(line.text) for line in lines]
        prompts = [self.of_lines.prompt(lines[0])] * len(lines)
        with half_precision():
            with torch.no_grad():
                seen = self.of_lines.see(lines)
                taught = merge(self._teacher.model, seen)
            merged = merge(self.model, seen), taught
            seed = self.stage.seed + self.lines
            return kept_loss(self.teller, self._teacher, merged, targets, prompts, seed=seed)

    def told(
        self, seen_BGUW: Tensor, pages: Sequence[PageSample], prompts: Sequence[Prompt]
    ) -> Tensor:
        """The loss of the decoder's replies, and at first of where it looks for them."""
        targets = [self.teller.target(page.text) for page in pages]
        merged_BGD = merge(self.model, seen_BGUW)
        guide = None
        if self.lines < self.stage.guided:
            guide = self._guide(pages, targets, prompts, groups=merged_BGD.shape[1])
        seed = self.stage.seed + self.lines
        weights = [WEIGHTS[kind] for target in targets for kind in self._kinds(target)]
        return self.teller.loss(merged_BGD, targets, prompts, guide, seed=seed, weights=weights)

    @torch.no_grad()
    def see(self, pages: Sequence[PageSample]) -> Tensor:
        """The tower's vectors before the merger, [B, G, U, W], of pages of one size."""
        patch = self.model.config.vision.patch
        height, width = pages[0].picture.shape
        grids = [(1, height // patch, width // patch)] * len(pages)
        seen_NUW = self.model.tower.encode([rows_of(pages).flatten(0, 1)], grids)
        return seen_NUW.view(len(pages), -1, *seen_NUW.shape[1:])

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
        """What a page is asked when docparse-nano reads it whole."""
        asked = _asked(page)
        picture = PIL.Image.fromarray(page.picture).convert("RGB")
        return build_prompt(
            [Message("system", (asked.system,)), Message("user", (PICTURE, asked.user))],
            [prepare_picture(picture, PIXELS)],
            tokenizer=self.teller.tokenizer,
            config=self.model.config,
        )

    def _guide(
        self,
        pages: Sequence[PageSample],
        targets: Sequence[Sequence[int]],
        prompts: Sequence[Prompt],
        *,
        groups: int,
    ) -> Guide:
        """To the tokens of the told lines that stand where those of the reply do."""
        teller, nowhere = self.teller, (float("inf"), float("inf"))
        rows, jumps, ends = (
            list[list[Spot]](),
            list[tuple[int, int, int]](),
            list[tuple[int, int]](),
        )
        for number, page in enumerate(pages):
            user, told = _asked(page).user, page.told
            unsaid = len(user) - len(told.text)
            target = teller.target(user)
            spots = teller.spots(user, [*[None] * unsaid, *told.spots], target)
            # Between the picture and what the user says is the picture's end.
            rows.append([spot or nowhere for spot in (*[None] * (groups + 1), *spots)])
            bytes_to = accumulate(len(teller.tokenizer.bytes_of(token)) for token in target)
            place = {end: token + 2 for token, end in enumerate(bytes_to)}
            starts, behind = (
                [place[len(user[: unsaid + char].encode())] for char in chars]
                for chars in (told.starts, told.ends)
            )
            ends += [(number, token) for token in behind]
            pairs = zip(starts[1:], behind, strict=False)
            jumps += [(number, start, token - 1) for start, token in pairs]
        longest = max(map(len, rows))
        places = torch.tensor([[*row, *[nowhere] * (longest - len(row))] for row in rows])
        pairs_of = zip(pages, targets, strict=True)
        replied = [teller.spots(page.text, page.spots, target) for page, target in pairs_of]
        closed = [(n, *pair) for n, row in enumerate(targets) for pair in self._closed(row)]
        mark = prompts[0].ids.index(self.model.config.image_token) + groups
        tails = [len(prompt.ids) - mark for prompt in prompts]
        return Guide(
            replied,
            tails,
            places,
            groups=groups,
            reach=REACH,
            jumps=jumps,
            ends=ends,
            closed=closed,
        )

    def _closed(self, target: Sequence[int]) -> Iterator[tuple[int, int]]:
        """Tokens that tell what comes after a text, each with the one by which it was closed."""
        kinds = list(self._kinds(target))
        end = 0
        for token, kind in enumerate(kinds):
            if token and kinds[token - 1] == "text" and kind == "markup":
                end = token
            elif end:
                yield token, end
            if kind == "text":
                end = 0

    def _kinds(self, target: Sequence[int]) -> Iterator[Kind]:
        """What each token of a reply is."""
        in_tag = False
        for token in target:
            said = self.teller.tokenizer.bytes_of(token)
            in_tag = in_tag or said.startswith(b"<")
            is_figure = in_tag and said.isdigit()
            yield "figure" if is_figure else "markup" if in_tag or said in (b"", b"\n") else "text"
            in_tag = in_tag and not said.endswith(b">")


@torch.no_grad()
def untie(decoder: Decoder) -> None:
    """Parts the vectors by which tokens are read from those by which they are told.

    Those told are made longer, their mean taken off, and the last norm less by as much: logits stay
    what they were but for a constant. Those read are made as much longer, for reading lines leaves
    them at a hundredth of what the first layer adds, and what is lost there can't be copied; the
    first norm takes that off again. What is added to them is as long for rare tokens as for common
    ones, and turned, so that the token just read isn't told again for being there.
    """
    told_VD, read_VD = decoder.head.weight, decoder.embedding.weight
    told_VD.sub_(told_VD.mean(0))
    told_VD.mul_(TOLD)
    told_VD.mul_((SHORTEST / told_VD.norm(dim=1, keepdim=True)).clamp(min=1.0))
    decoder.norm.weight.div_(TOLD)
    turning = torch.Generator().manual_seed(0)
    turn_DD = torch.linalg.qr(torch.randn(2 * told_VD.shape[1:], generator=turning)).Q
    read_VD.mul_(READ_AS).add_(F.normalize(told_VD, dim=1) @ turn_DD, alpha=ADDED)


def _asked(page: PageSample) -> prompting.Message:
    prompt = prompting.load(PROFILES["docparse-nano"].prompt)
    return prompting.fill(prompt, anchors=page.told.text)
