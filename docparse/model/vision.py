"""The vision tower: rows of pixels in, one vector per merge group out.

Letters: N patches, P pixel values of a row, D width, H heads, K head width, M groups (tokens),
U patches of a group, O the decoder's width.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from docparse.model.attention import attend_segments
from docparse.model.config import Family, VisionConfig
from docparse.model.layers import GatedMLP, LayerNorm, Linear, QuickMLP, RMSNorm, by_rows
from docparse.model.merger import Merger
from docparse.model.rope import rotate, vision_table
from docparse.model.windows import Bucket, Grid, plan


class VisionTower(nn.Module):
    """Patches to tokens; windows and the rotary table are planned once per size of picture."""

    def __init__(self, config: VisionConfig, family: Family) -> None:
        super().__init__()
        self.config = config
        self.patches = PatchEmbedding(config)
        self.blocks = nn.ModuleList(VisionBlock(config, family) for _ in range(config.depth))
        self.merger = Merger(
            _norm(config, family), config.width, config.merge * config.merge, config.out_width
        )

    def forward(self, rows: Sequence[Tensor], grids: Sequence[Grid]) -> Tensor:
        """Tokens [M, O] of all items in their order, each item's row by row.

        `rows[i]` [N_i, P] are the pixels of item i, as `preprocess` makes them.
        """
        x_MUD, order_M = self._encode(rows, grids)
        return _put_back(by_rows(self.merger, x_MUD), order_M)

    def encode(self, rows: Sequence[Tensor], grids: Sequence[Grid]) -> Tensor:
        """Vectors [M, U, D] of the patches of the same groups, before they are merged."""
        return _put_back(*self._encode(rows, grids))

    def _encode(self, rows: Sequence[Tensor], grids: Sequence[Grid]) -> tuple[Tensor, Tensor]:
        """The vectors [M, U, D] in the order [M] in which windows lie side by side."""
        config = self.config
        layout = plan(tuple(grids), merge=config.merge, window=config.window_groups)
        x_ND = self.patches(rows)
        device = x_ND.device
        order_M = torch.tensor(layout.order, device=device)
        unit = config.merge * config.merge
        x_ND = x_ND.view(-1, unit, config.width)[order_M].flatten(0, 1)
        tables = vision_table(layout.row_columns, config)
        cos_N1K, sin_N1K = (table.to(device) for table in tables)
        for index, block in enumerate(self.blocks):
            is_full = index in config.full_blocks
            x_ND = block(x_ND, cos_N1K, sin_N1K, layout.frames if is_full else layout.windows)
        return x_ND.view(-1, unit, config.width), order_M


class PatchEmbedding(nn.Module):
    """A linear map of a patch's pixels, stored as the 3D convolution that it is.

    A still picture's two frames are the same, so its rows hold one, and the weights of the two
    are added up instead: half the work for equal results up to rounding.
    """

    def __init__(self, config: VisionConfig) -> None:
        super().__init__()
        self.config = config
        shape = (config.width, config.channels, config.temporal_patch, config.patch, config.patch)
        self.weight = nn.Parameter(torch.empty(shape))

    def forward(self, rows: Sequence[Tensor]) -> Tensor:
        """Vectors [N, D] of all rows, in float32 sums and the dtype of the weight."""
        widths = {item.shape[1] for item in rows}
        if len(widths) > 1:
            return torch.cat([self([item]) for item in rows])
        weight = self.weight.float()
        if widths == {self.still_width}:
            weight = weight.sum(2)
        x_NP = torch.cat(list(rows)).to(weight.device, torch.float32)
        x_ND = nn.functional.linear(x_NP, weight.flatten(1))
        return x_ND.to(self.weight.dtype)

    @property
    def still_width(self) -> int:
        return self.config.channels * self.config.patch * self.config.patch


class VisionBlock(nn.Module):
    """Attention and MLP, each behind a norm and added to what came in."""

    def __init__(self, config: VisionConfig, family: Family) -> None:
        super().__init__()
        self.heads = config.heads
        self.norm1 = _norm(config, family)
        self.norm2 = _norm(config, family)
        self.qkv = Linear(config.width, 3 * config.width)
        self.proj = Linear(config.width, config.width)
        self.mlp = (
            GatedMLP(config.width, config.mlp_width, bias=True)
            if family == "qwen2_5_vl"
            else QuickMLP(config.width, config.mlp_width)
        )

    def forward(
        self, x_ND: Tensor, cos_N1K: Tensor, sin_N1K: Tensor, buckets: Sequence[Bucket]
    ) -> Tensor:
        qkv_N3HK = by_rows(self._project, x_ND, cos_N1K, sin_N1K)
        q_NHK, k_NHK, v_NHK = qkv_N3HK.unbind(1)
        mixed_ND = attend_segments(q_NHK, k_NHK, v_NHK, buckets).flatten(1)
        return by_rows(self._finish, x_ND, mixed_ND)

    def _project(self, x_ND: Tensor, cos_N1K: Tensor, sin_N1K: Tensor) -> Tensor:
        """Queries, keys and values [N, 3, H, K], the first two turned; float32 in between."""
        qkv_N3HK: Tensor = self.qkv(self.norm1(x_ND)).view(len(x_ND), 3, self.heads, -1)
        turned_NHK = rotate(qkv_N3HK[:, :2].flatten(1, 2), cos_N1K, sin_N1K)
        qkv_N3HK[:, :2] = turned_NHK.view(len(x_ND), 2, self.heads, -1)
        return qkv_N3HK

    def _finish(self, x_ND: Tensor, mixed_ND: Tensor) -> Tensor:
        x_ND = x_ND + self.proj(mixed_ND)
        out_ND: Tensor = x_ND + self.mlp(self.norm2(x_ND))
        return out_ND


def _put_back(x: Tensor, order_M: Tensor) -> Tensor:
    out = torch.empty_like(x)
    out[order_M] = x
    return out


def _norm(config: VisionConfig, family: Family) -> nn.Module:
    if family == "qwen2_5_vl":
        return RMSNorm(config.width, config.eps)
    return LayerNorm(config.width, config.eps)
