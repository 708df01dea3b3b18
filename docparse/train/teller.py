"""The decoder told what pictures say: its loss over replies, what it looks at, what it replies.

Letters: B pictures of one size, G groups of a picture, P tokens before it, R tokens from there on,
T all tokens of a batch, L tokens of a text and the end of its turn, D the decoder's width, H query
heads, K head width.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

import torch
import torch.nn.functional as F
from torch import Tensor

from docparse.model.fusion import END
from docparse.model.generate import generate
from docparse.model.prompt import Prompt
from docparse.model.reply import Request, Result
from docparse.model.runner import ModelRunner
from docparse.model.tokenizer import Tokenizer
from docparse.model.vlm import VisionLanguageModel
from docparse.train.ctc import sample_vocabulary
from docparse.train.lines import STEP, Spot

# Tokens drawn at random for the loss of a batch.
OTHER_TOKENS = 768
# The layers from this one on are guided, by their first heads.
GUIDED_LAYER, GUIDED_HEADS = 1, 2


@dataclass(frozen=True, slots=True)
class Teller:
    """A model and its tokenizer, for texts of pictures of one size, asked as in a chat."""

    model: VisionLanguageModel
    tokenizer: Tokenizer

    def target(self, text: str) -> list[int]:
        return [*self.tokenizer.encode(text), self.tokenizer.special(END)]

    def spots(
        self, text: str, spots: Sequence[Spot | None], target: Sequence[int]
    ) -> list[Spot | None]:
        """Where each token of a text stands, from its characters; of its end, the last of them."""
        of_byte = [spot for char, spot in zip(text, spots, strict=True) for _ in char.encode()]
        ends = list(accumulate(len(self.tokenizer.bytes_of(token)) for token in target[:-1]))
        spans = zip([0, *ends], ends, strict=False)
        return [*(_between(of_byte[a:b]) for a, b in spans), of_byte[-1]]

    def read(self, prompts: Sequence[Prompt], *, most_tokens: Sequence[int]) -> list[str]:
        """What the model replies to each."""
        pairs = zip(prompts, most_tokens, strict=True)
        return [
            reply.text for reply in self.replies([Request(p, max_tokens=most) for p, most in pairs])
        ]

    def replies(self, requests: Sequence[Request]) -> list[Result]:
        """The model's replies, in the order of the requests."""
        found = generate(
            ModelRunner(self.model, slots=len(requests)),
            requests,
            tokenizer=self.tokenizer,
            stops=frozenset({self.tokenizer.special(END)}),
            slots=len(requests),
            context=self.model.config.text.max_positions,
            prefill_tokens=2048,
        )
        return [result for _, result in sorted(found, key=lambda pair: pair[0])]

    def loss(
        self,
        merged_BGD: Tensor,
        targets: list[list[int]],
        prompt: Prompt,
        guide: Guide | None,
        *,
        seed: int,
    ) -> Tensor:
        """Mean cross entropy of the texts' tokens, and of where they are looked for."""
        hidden = self.decode(merged_BGD, targets, prompt, guide)
        reading = self._reading_loss(hidden, targets, seed)
        return reading if guide is None else reading + guide.loss()

    def decode(
        self, merged_BGD: Tensor, targets: list[list[int]], prompt: Prompt, guide: Guide | None
    ) -> Tensor:
        """Vectors [B, L, D] from which the tokens of the texts are told, padded at their ends.

        What comes before the picture is the same for all lines, and computed once.
        """
        model, batch = self.model, len(targets)
        longest = max(map(len, targets))
        # The last token of a text is only told, never read; what pads is seen by nothing.
        given_BL = torch.tensor([row[:-1] + [0] * (longest - len(row)) for row in targets])
        mark = prompt.ids.index(model.config.image_token)
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


def _between(spots: Sequence[Spot | None]) -> Spot | None:
    """The middle of the first and the last of them that stand somewhere."""
    known = [spot for spot in spots if spot is not None]
    if not known:
        return None
    return (known[0][0] + known[-1][0]) / 2, (known[0][1] + known[-1][1]) / 2


class Guide:
    """How far the decoder looks from where its tokens stand (guided attention, Tachibana 2018).

    Left alone it guesses for tens of thousands of lines before it finds out where to look.
    """

    def __init__(self, spots: Sequence[Sequence[Spot | None]], size: tuple[int, int]) -> None:
        """`spots`: of the tokens of each text, None for those that stand nowhere; `size`: of the
        pictures, rows and columns of groups."""
        longest, nowhere = max(map(len, spots)), (float("inf"), float("inf"))
        rows = [[*row, *[None] * (longest - len(row))] for row in spots]
        at_BL2 = torch.tensor([[spot or nowhere for spot in row] for row in rows])
        down, right = torch.meshgrid(torch.arange(size[0]), torch.arange(size[1]), indexing="ij")
        middles_G2 = (torch.stack([right, down], -1).flatten(0, 1) + 0.5) * STEP
        self.groups = len(middles_G2)
        self._near_BLG = ((at_BL2[:, :, None] - middles_G2).abs() < STEP).all(-1)
        self._is_token_BL = at_BL2[..., 0].isfinite()
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
