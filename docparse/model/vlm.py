"""Tower and decoder as one model: ids and pictures in, logits out.

Letters: T tokens, D width, K head width, M vision tokens, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from docparse.model.cache import CachedAttention, KVCache, Step, WholeAttention
from docparse.model.config import ModelConfig
from docparse.model.decoder import Attend, Decoder
from docparse.model.preprocess import Pixels
from docparse.model.problems import PromptError
from docparse.model.rope import TextRope
from docparse.model.vision import VisionTower


class VisionLanguageModel(nn.Module):
    """A Qwen2-VL or Qwen2.5-VL. Its weights are not initialised: load them."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        self.tower = VisionTower(config.vision, config.family)
        self.decoder = Decoder(config.text, tied=config.tied)
        self.rope = TextRope(config.text)

    @property
    def dtype(self) -> torch.dtype:
        return self.decoder.norm.weight.dtype

    @property
    def device(self) -> torch.device:
        return self.decoder.norm.weight.device

    def look(self, pixels: Sequence[Pixels]) -> Tensor:
        """The tokens [M, D] of some pictures and videos, one after the other."""
        rows, grids = [item.rows_NP for item in pixels], [item.grid for item in pixels]
        out_MD: Tensor = self.tower(rows, grids)
        return out_MD

    def embed(self, ids: Sequence[int], vision_MD: Tensor | None) -> Tensor:
        """Vectors [T, D] of a prompt, its marks replaced by vision tokens in their order.

        PromptError where the numbers of the two differ.
        """
        ids_T = torch.tensor(ids, dtype=torch.long, device=self.device)
        x_TD: Tensor = self.decoder.embedding(ids_T)
        is_mark_T = (ids_T == self.config.image_token) | (ids_T == self.config.video_token)
        found, given = int(is_mark_T.sum()), 0 if vision_MD is None else len(vision_MD)
        if found != given:
            raise PromptError(f"the prompt has {found} marks for {given} vision tokens")
        if vision_MD is None:
            return x_TD
        return x_TD.masked_scatter(is_mark_T[:, None], vision_MD.to(x_TD.dtype))

    def embed_text(self, ids: Sequence[int]) -> Tensor:
        """Vectors [T, D] of tokens that were written; a mark among them is only a token."""
        out_TD: Tensor = self.decoder.embedding(torch.tensor(ids, device=self.device))
        return out_TD

    def step(self, x_TD: Tensor, positions_3T: Tensor, cache: KVCache, step: Step) -> Tensor:
        """Runs the decoder over a step's tokens; vectors [T, D] for `logits`."""
        return self._decode(x_TD, positions_3T, CachedAttention(cache, step, like=x_TD))

    def logits(self, x_TD: Tensor) -> Tensor:
        """Logits [T, V] of vectors from `step`."""
        out_TV: Tensor = self.decoder.head(x_TD)
        return out_TV

    def forward(
        self,
        ids: Sequence[int],
        positions_3T: Tensor,
        pixels: Sequence[Pixels],
        *,
        lengths: Sequence[int],
    ) -> Tensor:
        """Logits [T, V] of whole sequences of the given lengths, without a cache."""
        vision_MD = self.look(pixels) if pixels else None
        return self.logits(self.whole(self.embed(ids, vision_MD), positions_3T, lengths=lengths))

    def whole(self, x_TD: Tensor, positions_3T: Tensor, *, lengths: Sequence[int]) -> Tensor:
        """Runs the decoder over whole sequences that follow each other in one row."""
        return self._decode(x_TD, positions_3T, WholeAttention(lengths))

    def _decode(self, x_TD: Tensor, positions_3T: Tensor, attend: Attend) -> Tensor:
        cos_T1K, sin_T1K = self.rope.table(positions_3T, like=x_TD)
        out_TD: Tensor = self.decoder(x_TD, cos_T1K, sin_T1K, attend)
        return out_TD
