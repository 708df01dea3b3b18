"""The decoder: vectors of tokens in, vectors of tokens out, attention given from outside.

Letters: T tokens of a step (of one or several sequences), D width, H query heads, G key-value
heads, K head width, V vocabulary.
"""

from __future__ import annotations

from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from docparse.model.config import TextConfig
from docparse.model.layers import GatedMLP, Linear, RMSNorm, by_rows
from docparse.model.rope import rotate


class Attend(Protocol):
    """Causal attention of a step's tokens in one layer; knows about sequences and the cache."""

    def __call__(self, layer: int, q_THK: Tensor, k_TGK: Tensor, v_TGK: Tensor) -> Tensor:
        """The mixed values [T, H, K]."""


class Decoder(nn.Module):
    """Embedding, layers, final norm and head; `head` shares the embedding's weight when tied."""

    def __init__(self, config: TextConfig, *, tied: bool) -> None:
        super().__init__()
        self.config = config
        self.embedding = Embedding(config.vocabulary, config.width)
        self.layers = nn.ModuleList(DecoderLayer(config) for _ in range(config.depth))
        self.norm = RMSNorm(config.width, config.eps)
        self.head = Linear(config.width, config.vocabulary, bias=False)
        if tied:
            self.head.weight = self.embedding.weight

    def forward(
        self,
        x_TD: Tensor,
        cos_T1K: Tensor,
        sin_T1K: Tensor,
        attend: Attend,
        *,
        wanted: Tensor | None = None,
    ) -> Tensor:
        """The last layer's vectors, normed; `head` makes logits of those that need any.

        `wanted`: numbers of the tokens whose vectors are given back, None for all.
        """
        for index, layer in enumerate(self.layers):
            rows = wanted if index == len(self.layers) - 1 else None
            x_TD = layer(index, x_TD, cos_T1K, sin_T1K, attend, wanted=rows)
        out_TD: Tensor = self.norm(x_TD)
        return out_TD


class Embedding(nn.Module):
    """A row of the weight for each token."""

    def __init__(self, vocabulary: int, width: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(vocabulary, width))

    def forward(self, ids_T: Tensor) -> Tensor:
        return F.embedding(ids_T, self.weight)


class DecoderLayer(nn.Module):
    """Attention and SwiGLU, each behind a norm and added to what came in."""

    def __init__(self, config: TextConfig) -> None:
        super().__init__()
        self.heads, self.kv_heads = config.heads, config.kv_heads
        self.head_width = config.head_width
        self.norm1 = RMSNorm(config.width, config.eps)
        self.norm2 = RMSNorm(config.width, config.eps)
        # Queries, keys and values in one matrix.
        outputs = (config.heads + 2 * config.kv_heads) * config.head_width
        self.qkv = Linear(config.width, outputs)
        self.out = Linear(config.heads * config.head_width, config.width, bias=False)
        self.mlp = GatedMLP(config.width, config.mlp_width, bias=False)

    def forward(
        self,
        index: int,
        x_TD: Tensor,
        cos_T1K: Tensor,
        sin_T1K: Tensor,
        attend: Attend,
        *,
        wanted: Tensor | None = None,
    ) -> Tensor:
        turned, v_TGK = self._project(x_TD, cos_T1K, sin_T1K)
        q_THK, k_TGK = turned[:, : self.heads], turned[:, self.heads :]
        mixed_TD = attend(index, q_THK, k_TGK, v_TGK).flatten(1)
        if wanted is not None:
            x_TD, mixed_TD = x_TD[wanted], mixed_TD[wanted]
        return by_rows(self._finish, x_TD, mixed_TD)

    def _project(self, x_TD: Tensor, cos_T1K: Tensor, sin_T1K: Tensor) -> tuple[Tensor, Tensor]:
        """Queries and keys [T, H + G, K], turned, and values [T, G, K]."""
        qkv = self.qkv(self.norm1(x_TD)).view(len(x_TD), -1, self.head_width)
        turning = self.heads + self.kv_heads
        return rotate(qkv[:, :turning], cos_T1K, sin_T1K), qkv[:, turning:]

    def _finish(self, x_TD: Tensor, mixed_TD: Tensor) -> Tensor:
        x_TD = x_TD + self.out(mixed_TD)
        out_TD: Tensor = x_TD + self.mlp(self.norm2(x_TD))
        return out_TD
