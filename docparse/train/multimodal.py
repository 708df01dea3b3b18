"""Stage b, multimodal pre-training: tower, merger and decoder read lines, asked as in a chat.

Letters: B lines of one size, G groups of a line, P tokens before the picture, R tokens from there
on, T all tokens of a batch, L tokens of a text and the end of its turn, D the decoder's width, H
query heads, K head width.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

import PIL.Image
import torch
import torch.nn.functional as F
from torch import Tensor

from docparse.errors import UsageError
from docparse.model.chat import PICTURE, Message
from docparse.model.ctc import CTCHead
from docparse.model.fusion import END, PROMPT
from docparse.model.generate import generate
from docparse.model.lines import encode_lines
from docparse.model.preprocess import PixelConfig, prepare_picture
from docparse.model.prompt import Prompt, build_prompt
from docparse.model.reply import Request
from docparse.model.runner import ModelRunner
from docparse.model.tokenizer import Tokenizer
from docparse.model.vlm import VisionLanguageModel
from docparse.train.alphabet import ALPHABET
from docparse.train.ctc import (
    Rivals,
    ctc_loss,
    sample_characters,
    sample_vocabulary,
    sampled_logits,
)
from docparse.train.lines import HEIGHT, STEP, LineSample
from docparse.train.run import Run, Stage
from docparse.train.tower import rows_of

# Tokens drawn at random for the loss of a batch.
OTHER_TOKENS = 768
# Lines of a batch that are read aloud for the log.
READ = 8
PIXELS = PixelConfig(min_pixels=HEIGHT * HEIGHT)
# The layers from this one on are guided, by their first heads.
GUIDED_LAYER, GUIDED_HEADS = 1, 2


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


class LinesRun(Run):
    """The whole model, from the tower and head that stage a left."""

    name = "lines"

    def __init__(
        self, model: VisionLanguageModel, tokenizer: Tokenizer, stage: LinesStage, folder: Path
    ) -> None:
        """Raises UsageError where the folder holds no stage a."""
        self.model, self.tokenizer, self.stage = model, tokenizer, stage
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
        with torch.autocast("cpu", torch.bfloat16):
            with torch.set_grad_enabled(not is_still):
                seen = self._see(samples)
            told = self._told(seen, samples)
            if is_still:
                return told
            self.rivals.renew(self.head, self.lines)
            numbers, added = sample_characters(samples, self.stage.seed + self.lines, self.rivals)
            frames = self.head.frames(seen, vertical=samples[0].vertical)
            logits = sampled_logits(self.head, frames, numbers, added)
        return told + self.stage.ctc * ctc_loss(logits, samples, numbers)

    @torch.no_grad()
    def read(self, samples: Sequence[LineSample]) -> list[str]:
        requests = [
            Request(self._prompt(sample), max_tokens=len(sample.text) + 8)
            for sample in samples[:READ]
        ]
        texts = [""] * len(requests)
        found = generate(
            ModelRunner(self.model, slots=READ),
            requests,
            tokenizer=self.tokenizer,
            stops=frozenset({self.tokenizer.special(END)}),
            slots=READ,
            context=self.model.config.text.max_positions,
            prefill_tokens=2048,
        )
        for number, result in found:
            texts[number] = result.text
        return texts

    def _see(self, samples: Sequence[LineSample]) -> Tensor:
        return encode_lines(self.model.tower, rows_of(samples), vertical=samples[0].vertical)

    def _told(self, seen_BGUD: Tensor, samples: Sequence[LineSample]) -> Tensor:
        """The loss of the decoder's reading, and at first of where it looks for it."""
        targets = [self._target(sample.text) for sample in samples]
        guide = None
        if self.lines < self.stage.guided:
            rows = [self._centres(*pair) for pair in zip(samples, targets, strict=True)]
            guide = Guide(rows, seen_BGUD.shape[1])
        hidden = self._decode(seen_BGUD, targets, self._prompt(samples[0]), guide)
        reading = self._reading_loss(hidden, targets, self.stage.seed + self.lines)
        return reading if guide is None else reading + guide.loss()

    def _centres(self, sample: LineSample, target: list[int]) -> list[float]:
        """Where each token of a text stands, in pixels along the line, and its end."""
        of_byte = [
            centre
            for char, centre in zip(sample.text, sample.centres, strict=True)
            for _ in char.encode()
        ]
        ends = list(accumulate(len(self.tokenizer.bytes_of(token)) for token in target[:-1]))
        spans = zip([0, *ends], ends, strict=False)
        return [*((of_byte[a] + of_byte[b - 1]) / 2 for a, b in spans), of_byte[-1]]

    def _target(self, text: str) -> list[int]:
        return [*self.tokenizer.encode(text), self.tokenizer.special(END)]

    def _prompt(self, sample: LineSample) -> Prompt:
        """The chat up to where the reply begins."""
        picture = PIL.Image.fromarray(sample.picture).convert("RGB")
        return build_prompt(
            [Message("user", (PICTURE, PROMPT))],
            [prepare_picture(picture, PIXELS)],
            tokenizer=self.tokenizer,
            config=self.model.config,
        )

    def _decode(
        self, seen_BGUD: Tensor, targets: list[list[int]], prompt: Prompt, guide: Guide | None
    ) -> Tensor:
        """Vectors [B, L, D] from which the tokens of the texts are told, padded at their ends.

        What comes before the picture is the same for all lines, and computed once.
        """
        model, batch = self.model, len(targets)
        longest = max(map(len, targets))
        # The last token of a text is only told, never read; what pads is seen by nothing.
        given_BL = torch.tensor([row[:-1] + [0] * (longest - len(row)) for row in targets])
        mark = prompt.ids.index(model.config.image_token)
        merged_BGD = model.tower.merger(seen_BGUD.flatten(0, 1)).view(
            batch, -1, model.config.text.width
        )
        groups = merged_BGD.shape[1]
        after = model.embed_text(prompt.ids[mark + groups :]).expand(batch, -1, -1)
        rest_BRD = torch.cat([merged_BGD, after, model.decoder.embedding(given_BL)], 1)
        x_TD = torch.cat([model.embed_text(prompt.ids[:mark]), rest_BRD.flatten(0, 1)])
        following = prompt.positions.following + torch.arange(given_BL.shape[1])
        known = [prompt.positions.time, prompt.positions.row, prompt.positions.column]
        places = torch.cat([torch.tensor(known), following.expand(3, -1)], 1)
        positions_3T = torch.cat([places[:, :mark], places[:, mark:].repeat(1, batch)], 1)
        cos, sin = model.rope.table(positions_3T, like=x_TD)
        first = len(prompt.ids) - mark - 1
        attend = _SharedStart(mark, batch, first, guide)
        hidden_TD: Tensor = model.decoder(x_TD, cos, sin, attend)
        return hidden_TD[mark:].view(batch, -1, model.config.text.width)[:, first:]

    def _reading_loss(self, hidden_BLD: Tensor, targets: list[list[int]], seed: int) -> Tensor:
        """Mean cross entropy of the texts' tokens, over those and some others."""
        used = {token for row in targets for token in row}
        numbers_V, added_V = sample_vocabulary(
            used, self.model.config.text.vocabulary, seed, others=OTHER_TOKENS
        )
        place = {number: index for index, number in enumerate(numbers_V.tolist())}
        kept = [hidden_BLD[line, : len(row)] for line, row in enumerate(targets)]
        weight_VD = self.model.decoder.head.weight[numbers_V]
        logits = F.linear(torch.cat(kept), weight_VD).float() + added_V
        return F.cross_entropy(logits, torch.tensor([place[t] for row in targets for t in row]))


class Guide:
    """How far the decoder looks from where its tokens stand (guided attention, Tachibana 2018).

    Left alone it guesses for tens of thousands of lines before it finds out where to look.
    """

    def __init__(self, centres: list[list[float]], groups: int) -> None:
        """`centres`: of the tokens of each line, in pixels along it."""
        longest = max(map(len, centres))
        nowhere = float("inf")
        at_BL1 = torch.tensor([row + [nowhere] * (longest - len(row)) for row in centres])[
            ..., None
        ]
        middles_G = (torch.arange(groups) + 0.5) * STEP
        self.groups = groups
        self._near_BLG = (at_BL1 - middles_G).abs() < STEP
        self._is_token_BL = at_BL1[..., 0] < nowhere
        self._losses: list[Tensor] = []

    def watch(self, weights_BHLG: Tensor) -> None:
        """Takes note of the attention of some tokens to the groups of the picture."""
        seen_BL = (weights_BHLG[:, :GUIDED_HEADS].mean(1) * self._near_BLG).sum(-1)
        self._losses.append(-(seen_BL + 1e-4).log()[self._is_token_BL].mean())

    def loss(self) -> Tensor:
        return torch.stack(self._losses).mean()


@dataclass(frozen=True, slots=True)
class _SharedStart:
    """Causal attention of `batch` sequences of one length, by plain products.

    They share their first `start` tokens, which come once. The text is told from the token `first`
    of the rest on, and `guide` watches where that looks.
    """

    start: int
    batch: int
    first: int
    guide: Guide | None

    def __call__(self, layer: int, q_THK: Tensor, k_TGK: Tensor, v_TGK: Tensor) -> Tensor:
        start, repeats = self.start, q_THK.shape[1] // k_TGK.shape[1]
        k_THK, v_THK = (x.repeat_interleave(repeats, dim=1) for x in (k_TGK, v_TGK))
        q0, k0, v0 = (x[:start].transpose(0, 1)[None] for x in (q_THK, k_THK, v_THK))
        shape = (self.batch, -1, *q_THK.shape[1:])
        q, k, v = (x[start:].view(shape).transpose(1, 2) for x in (q_THK, k_THK, v_THK))
        k = torch.cat([k0.expand(self.batch, -1, -1, -1), k], 2)
        v = torch.cat([v0.expand(self.batch, -1, -1, -1), v], 2)
        before = _weights(q0, k0).to(v0.dtype) @ v0
        weights = _weights(q, k)
        if self.guide is not None and layer >= GUIDED_LAYER:
            groups = slice(start, start + self.guide.groups)
            self.guide.watch(weights[:, :, self.first :, groups])
        mixed = weights.to(v.dtype) @ v
        return torch.cat(
            [before[0].transpose(0, 1), mixed.transpose(1, 2).reshape(q_THK[start:].shape)]
        )


def _weights(q: Tensor, k: Tensor) -> Tensor:
    """Softmax in float32 of the last queries of sequences over the keys up to each."""
    scores = (q * q.shape[-1] ** -0.5) @ k.transpose(-1, -2)
    hidden = torch.ones(scores.shape[-2:], dtype=torch.bool).triu(1 + k.shape[2] - q.shape[2])
    weights: Tensor = scores.float().masked_fill(hidden, float("-inf")).softmax(-1)
    return weights
