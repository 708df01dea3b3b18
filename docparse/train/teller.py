"""The decoder told what pictures say: its loss over replies, what it looks at, what it replies.

Letters: B pictures of one size, G groups of a picture, R tokens from the picture on, T all tokens
of a batch, L tokens of a text and the end of its turn, D the decoder's width, H query heads, K head
width, S places where something stands that can be looked at, A tokens from the picture's end on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor

from docparse.model.decoder import DecoderLayer
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
# The layers from this one on are guided, by every second head, so that all values are of use.
GUIDED_LAYER, GUIDED_HEADS = 1, slice(None, None, 2)
# The head of the first of them that looks back to where the last text ended.
CLOSED_HEAD = 1
UNSEEN = 1e-4  # attention that is added, so that none costs no more than this says


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
        prompts: Sequence[Prompt],
        guide: Guide | None,
        *,
        seed: int,
        weights: Sequence[float] | None = None,
    ) -> Tensor:
        """Mean cross entropy of the texts' tokens, and of where they are looked for.

        `weights`: how much each token of all texts counts.
        """
        hidden = self.decode(merged_BGD, targets, prompts, guide)
        told = [token for row in targets for token in row]
        reading = self._loss_of(torch.cat(hidden), told, seed, weights)
        if guide is None:
            return reading
        guided = reading + guide.loss()
        return guided + self._copying_loss(guide, prompts, seed) if guide.jumps else guided

    def decode(
        self,
        merged_BGD: Tensor,
        targets: list[list[int]],
        prompts: Sequence[Prompt],
        guide: Guide | None,
    ) -> list[Tensor]:
        """Vectors [L, D] from which the tokens of each text are told.

        What comes before the picture is the same for all prompts, and computed once.
        """
        model, (batch, groups) = self.model, merged_BGD.shape[:2]
        first = prompts[0]
        mark = first.ids.index(model.config.image_token)
        tails = [prompt.ids[mark + groups :] for prompt in prompts]
        # The last token of a text is only told, never read; what pads is seen by nothing.
        rows = [[*tail, *row[:-1]] for tail, row in zip(tails, targets, strict=True)]
        longest = max(map(len, rows))
        given_BA = torch.tensor([row + [0] * (longest - len(row)) for row in rows])
        rest_BRD = torch.cat([merged_BGD, model.decoder.embedding(given_BA)], 1)
        x_TD = torch.cat([model.embed_text(first.ids[:mark]), rest_BRD.flatten(0, 1)])
        known = first.positions
        before = torch.tensor([known.time, known.row, known.column])[:, : mark + groups + 1]
        # Behind the picture all three count on together.
        after = before[:, -1:] + torch.arange(longest)
        places = torch.cat([before[:, :-1], after], 1)
        positions_3T = torch.cat([places[:, :mark], places[:, mark:].repeat(1, batch)], 1)
        cos, sin = model.rope.table(positions_3T, like=x_TD)
        attend = _SharedStart(mark, batch, groups, model.config.text.depth - 1, guide)
        starts = [mark + number * (groups + longest) for number in range(batch)]
        ends = [groups + len(tail) - 1 for tail in tails]
        told = [
            start + end + torch.arange(len(target))
            for start, end, target in zip(starts, ends, targets, strict=True)
        ]
        hidden_LD: Tensor = model.decoder(x_TD, cos, sin, attend, wanted=torch.cat(told))
        sizes = [len(target) for target in targets]
        return [*hidden_LD.split(sizes)]  # type: ignore[no-untyped-call]

    def _copying_loss(self, guide: Guide, prompts: Sequence[Prompt], seed: int) -> Tensor:
        """How far what the last layer's guided heads pass on of told tokens is from those tokens.

        Where they look is learned soon, to hand on thousands of tokens takes long without it.
        """
        places_BA = guide.told_BA.nonzero()
        heads_NHK = guide.values_BAHK[places_BA[:, 0], places_BA[:, 1]]
        ends = [len(prompt.ids) - tail for prompt, tail in zip(prompts, guide.tails, strict=True)]
        told = [prompts[line].ids[ends[line] + place] for line, place in places_BA.tolist()]
        decoder = self.model.decoder
        last = cast(DecoderLayer, decoder.layers[-1])
        out_DHK = last.out.weight.view(len(last.out.weight), -1, last.head_width)
        passed_ND = torch.einsum("nhk,dhk->nd", heads_NHK, out_DHK[:, GUIDED_HEADS])
        return self._loss_of(decoder.norm(passed_ND), told, seed)

    def _loss_of(
        self,
        hidden_ND: Tensor,
        wanted: Sequence[int],
        seed: int,
        weights: Sequence[float] | None = None,
    ) -> Tensor:
        """Mean cross entropy of tokens, over those and some others."""
        numbers_V, added_V = sample_vocabulary(
            wanted, self.model.config.text.vocabulary, seed, others=OTHER_TOKENS
        )
        place = {number: index for index, number in enumerate(numbers_V.tolist())}
        weight_VD = self.model.decoder.head.weight[numbers_V]
        logits = F.linear(hidden_ND, weight_VD).float() + added_V
        losses_N = F.cross_entropy(
            logits, torch.tensor([place[token] for token in wanted]), reduction="none"
        )
        if weights is None:
            return losses_N.mean()
        weights_N = torch.tensor(weights)
        return (losses_N * weights_N).sum() / weights_N.sum()


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

    def __init__(
        self,
        spots: Sequence[Sequence[Spot | None]],
        tails: Sequence[int],
        places_BS2: Tensor,
        *,
        groups: int,
        reach: float,
        jumps: Sequence[tuple[int, int, int]] = (),
        ends: Sequence[tuple[int, int]] = (),
        closed: Sequence[tuple[int, int, int]] = (),
    ) -> None:
        """`spots`: of the tokens of each text, None for those that stand nowhere; `tails`: how many
        tokens are between picture and text; `places_BS2`: where what it may look at stands in the
        picture, from the first of its `groups` on, infinite for what stands nowhere; `reach` in
        pixels.
        `jumps`: where what is told goes on from one line to the next: page, first token behind
        the picture, and the token that it follows. Then the first layer is to look at the token
        before, by which what is written already is found again (induction; Olsson et al. 2022).
        `ends`: what stands behind told lines, page and token behind the picture; it is looked at
        where a block ends, but not told.
        `closed`: tokens of a text that tell what follows a block: text, token, and the one that
        closed what was told last; from there on it is known which line is next.
        """
        rows = [[*[None] * (tail - 1), *row] for tail, row in zip(tails, spots, strict=True)]
        longest, nowhere = max(map(len, rows)), (float("nan"), float("nan"))
        at_BA2 = torch.tensor(
            [[spot or nowhere for spot in [*row, *[None] * (longest - len(row))]] for row in rows]
        )
        self.places, self.jumps, self.tails = places_BS2.shape[1], jumps, tails
        self.told_BA = places_BS2[..., 0].isfinite()[:, groups:]
        for text, token in ends:
            self.told_BA[text, token] = False
        self.closed = [(n, tails[n] - 1 + at, tails[n] + end) for n, at, end in closed]
        self.values_BAHK = torch.zeros(0)
        self._near_BAS = ((at_BA2[:, :, None] - places_BS2[:, None]).abs() < reach).all(-1)
        self._is_token_BA = self._near_BAS.any(-1)
        self._losses: list[Tensor] = []

    def watch(self, weights_BHAS: Tensor) -> None:
        """Takes note of the attention of tokens behind the picture to the places."""
        looked_BAS = weights_BHAS[:, GUIDED_HEADS].mean(1)
        near_BA = (looked_BAS * self._near_BAS).sum(-1)
        self._losses.append(-(near_BA + UNSEEN).log()[self._is_token_BA].mean())

    def watch_before(self, weights_BHAA: Tensor) -> None:
        """Takes note of the first layer's attention to the token before, and over line ends."""
        first, second = weights_BHAA[:, GUIDED_HEADS].unbind(1)
        lines, tokens, before = torch.tensor(self.jumps).T
        for looked in (first.diagonal(-1, dim1=-2, dim2=-1), second[lines, tokens, before]):
            self._losses.append(-(looked + UNSEEN).log().mean())

    def watch_closed(self, weights_BAA: Tensor) -> None:
        """Takes note of how a head looks back to where the last text ended."""
        texts, tokens, ends = torch.tensor(self.closed).T
        self._losses.append(-(weights_BAA[texts, tokens, ends] + UNSEEN).log().mean())

    def loss(self) -> Tensor:
        return torch.stack(self._losses).mean()


def merge(model: VisionLanguageModel, seen_BGUW: Tensor) -> Tensor:
    """What the decoder is shown of what the tower saw, [B, G, D], from [B, G, U, W]."""
    merged_ND: Tensor = model.tower.merger(seen_BGUW.flatten(0, 1))
    return merged_ND.view(*seen_BGUW.shape[:2], -1)


def middles(size: tuple[int, int]) -> Tensor:
    """Where the groups of a picture of `size` (rows, columns of groups) stand, x and y [G, 2]."""
    down, right = torch.meshgrid(torch.arange(size[0]), torch.arange(size[1]), indexing="ij")
    return (torch.stack([right, down], -1).flatten(0, 1) + 0.5) * STEP


@dataclass(frozen=True, slots=True)
class _SharedStart:
    """Causal attention of `batch` sequences of one length.

    They share their first `start` tokens, which come once; `groups` of a picture follow. `guide`
    watches where what is behind those looks, in the layer `last` also what is passed on.
    """

    start: int
    batch: int
    groups: int
    last: int
    guide: Guide | None

    def __call__(self, layer: int, q_THK: Tensor, k_TGK: Tensor, v_TGK: Tensor) -> Tensor:
        start, repeats = self.start, q_THK.shape[1] // k_TGK.shape[1]
        k_THK, v_THK = (x.repeat_interleave(repeats, dim=1) for x in (k_TGK, v_TGK))
        q0, k0, v0 = (x[:start].transpose(0, 1)[None] for x in (q_THK, k_THK, v_THK))
        shape = (self.batch, -1, *q_THK.shape[1:])
        q, k, v = (x[start:].view(shape).transpose(1, 2) for x in (q_THK, k_THK, v_THK))
        k = torch.cat([k0.expand(self.batch, -1, -1, -1), k], 2)
        v = torch.cat([v0.expand(self.batch, -1, -1, -1), v], 2)
        before = F.scaled_dot_product_attention(q0, k0, v0, is_causal=True)
        guide = self.guide
        if guide is not None and (layer >= GUIDED_LAYER or guide.jumps):
            weights, behind = _weights(q, k), start + self.groups
            if layer == GUIDED_LAYER and guide.closed:
                guide.watch_closed(weights[:, CLOSED_HEAD, self.groups :, behind:])
            if layer >= GUIDED_LAYER:
                guide.watch(weights[:, :, self.groups :, start : start + guide.places])
                if layer == self.last:
                    told = slice(behind, start + guide.places)
                    guide.values_BAHK = v[:, GUIDED_HEADS, told].transpose(1, 2)
            else:
                guide.watch_before(weights[:, :, self.groups :, behind:])
            mixed = weights.to(v.dtype) @ v
        else:
            mixed = F.scaled_dot_product_attention(q, k, v, attn_mask=_seen(q, k))
        return torch.cat(
            [before[0].transpose(0, 1), mixed.transpose(1, 2).reshape(q_THK[start:].shape)]
        )


def _weights(q: Tensor, k: Tensor) -> Tensor:
    """Softmax in float32 of the last queries of sequences over the keys up to each."""
    scores = (q * q.shape[-1] ** -0.5) @ k.transpose(-1, -2)
    weights: Tensor = scores.float().masked_fill(~_seen(q, k), float("-inf")).softmax(-1)
    return weights


def _seen(q: Tensor, k: Tensor) -> Tensor:
    """Which keys each of the last queries sees."""
    shape = q.shape[2], k.shape[2]
    return torch.ones(shape, dtype=torch.bool).tril(shape[1] - shape[0])
