"""Stage b, multimodal pre-training: tower, merger and decoder read lines, asked as in a chat.

Letters: B lines of one size, G groups of a line, T tokens of a sequence, L tokens of a text and
the end of its turn, D the decoder's width, H query heads, K head width.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import PIL.Image
import torch
import torch.nn.functional as F
from torch import Tensor

from docparse.errors import UsageError
from docparse.model.chat import PICTURE, Message
from docparse.model.ctc import CTCHead
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
from docparse.train.lines import HEIGHT, LineSample
from docparse.train.run import Run, Stage
from docparse.train.tower import rows_of

PROMPT = "Text:"
# Tokens drawn at random for the loss of a batch.
OTHER_TOKENS = 768
# Lines of a batch that are read aloud for the log.
READ = 8
PIXELS = PixelConfig(min_pixels=HEIGHT * HEIGHT)
END = "<|im_end|>"


@dataclass(frozen=True, slots=True)
class LinesStage(Stage):
    """Stage b; `ctc` is the weight of the loss that keeps the tower's characters apart."""

    rate: float = 1e-3
    ctc: float = 0.5


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
        seed = self.stage.seed + self.lines
        targets = [self._target(sample.text) for sample in samples]
        self.rivals.renew(self.head, self.lines)
        numbers, added = sample_characters(samples, seed, self.rivals)
        vertical = samples[0].vertical
        with torch.autocast("cpu", torch.bfloat16):
            seen = encode_lines(self.model.tower, rows_of(samples), vertical=vertical)
            frames = self.head.frames(seen, vertical=vertical)
            logits = sampled_logits(self.head, frames, numbers, added)
            hidden = self._decode(seen, targets, self._prompt(samples[0]))
            reading = self._reading_loss(hidden, targets, seed)
        return reading + self.stage.ctc * ctc_loss(logits, samples, numbers)

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

    def _decode(self, seen_BGUD: Tensor, targets: list[list[int]], prompt: Prompt) -> Tensor:
        """Vectors [B, L, D] from which the tokens of the texts are told, padded at their ends."""
        model, batch = self.model, len(targets)
        longest = max(map(len, targets))
        # The last token of a text is only told, never read; what pads is seen by nothing.
        given_BL = torch.tensor([row[:-1] + [0] * (longest - len(row)) for row in targets])
        mark = prompt.ids.index(model.config.image_token)
        merged_BGD = model.tower.merger(seen_BGUD.flatten(0, 1)).view(
            batch, -1, model.config.text.width
        )
        groups = merged_BGD.shape[1]
        before, after = (
            model.embed_text(ids).expand(batch, -1, -1)
            for ids in (prompt.ids[:mark], prompt.ids[mark + groups :])
        )
        x_BTD = torch.cat([before, merged_BGD, after, model.decoder.embedding(given_BL)], 1)
        following = prompt.positions.following + torch.arange(given_BL.shape[1])
        known_3T = torch.tensor(
            [prompt.positions.time, prompt.positions.row, prompt.positions.column]
        )
        positions_3T = torch.cat([known_3T, following.expand(3, -1)], 1)
        x_TD = x_BTD.flatten(0, 1)
        cos, sin = model.rope.table(positions_3T.repeat(1, batch), like=x_TD)
        hidden_TD: Tensor = model.decoder(x_TD, cos, sin, _EqualLengths(batch))
        return hidden_TD.view(batch, -1, model.config.text.width)[:, len(prompt.ids) - 1 :]

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


@dataclass(frozen=True, slots=True)
class _EqualLengths:
    """Causal attention of `batch` sequences of one length, by plain products."""

    batch: int

    def __call__(self, layer: int, q_THK: Tensor, k_TGK: Tensor, v_TGK: Tensor) -> Tensor:
        repeats = q_THK.shape[1] // k_TGK.shape[1]
        shape = (self.batch, -1, q_THK.shape[1], q_THK.shape[2])
        k_THK, v_THK = (x.repeat_interleave(repeats, dim=1) for x in (k_TGK, v_TGK))
        q, k, v = (x.view(shape).transpose(1, 2) for x in (q_THK, k_THK, v_THK))
        scores = (q * q.shape[-1] ** -0.5) @ k.transpose(-1, -2)
        hidden = torch.ones(scores.shape[-2:], dtype=torch.bool).triu(1)
        weights = scores.float().masked_fill(hidden, float("-inf")).softmax(-1)
        mixed: Tensor = weights.to(v.dtype) @ v
        return mixed.transpose(1, 2).reshape(q_THK.shape)
