"""The tower over text lines of one size: pictures one group high, or wide, many at a time.

What `VisionTower` does for pictures of any shape, for the shapes of lines: their groups lie in
order already, every picture of a batch has the same windows, and nothing is gathered or planned.

Letters: B lines, N patches of a line, P pixel values of a row, D width, H heads, K head width, W
whole windows of a line, C patches of a window, G groups.
"""

from __future__ import annotations

import functools
from typing import Any

import torch
from torch import Tensor

from docparse.model.config import VisionConfig
from docparse.model.preprocess import PixelConfig
from docparse.model.rope import rotate, vision_table
from docparse.model.vision import VisionTower


def line_rows(grey_BHW: Tensor, config: PixelConfig) -> Tensor:
    """Pixel rows [B, N, P] of grey lines 0 to 255, as preprocessing makes of them in colour."""
    batch, height, width = grey_BHW.shape
    merge, patch = config.merge, config.patch
    side = patch * merge
    parts = grey_BHW.view(batch, height // side, merge, patch, width // side, merge, patch)
    patches = parts.permute(0, 1, 4, 2, 5, 3, 6).reshape(batch, -1, 1, patch * patch).float()
    mean = torch.tensor(config.mean).view(3, 1)
    std = torch.tensor(config.std).view(3, 1)
    return ((patches * config.scale - mean) / std).flatten(2)


def encode_lines(tower: VisionTower, rows_BNP: Tensor, *, vertical: bool) -> Tensor:
    """The tower's vectors before the merger, [B, G, 4, D], of lines of one size."""
    config = tower.config
    batch, patches, _ = rows_BNP.shape
    unit = config.merge * config.merge
    cos_N1K, sin_N1K = _table(patches // unit, vertical, config)
    x_BND = tower.patches([rows_BNP.flatten(0, 1)]).view(batch, patches, config.width)
    for index, block in enumerate(tower.blocks):
        window = patches if index in config.full_blocks else config.window_groups * unit
        x_BND = _block(block, x_BND, cos_N1K, sin_N1K, min(window, patches))
    encoded_BGUD: Tensor = x_BND.view(batch, -1, unit, config.width)
    return encoded_BGUD


@functools.lru_cache(maxsize=256)
def _table(groups: int, vertical: bool, config: VisionConfig) -> tuple[Tensor, Tensor]:
    """The rotary table of the patches of a line, group after group."""
    places = [
        (down, merged * config.merge + right)
        for merged in range(groups)
        for down in range(config.merge)
        for right in range(config.merge)
    ]
    if vertical:
        places = [
            (merged * config.merge + down, right)
            for merged in range(groups)
            for down in range(config.merge)
            for right in range(config.merge)
        ]
    return vision_table(places, config)


def _block(block: Any, x_BND: Tensor, cos_N1K: Tensor, sin_N1K: Tensor, window: int) -> Tensor:
    batch, patches, width = x_BND.shape
    qkv_BN3HK = block.qkv(block.norm1(x_BND)).view(batch, patches, 3, block.heads, -1)
    q_BNHK, k_BNHK, v_BNHK = qkv_BN3HK.unbind(2)
    q_BNHK, k_BNHK = rotate(q_BNHK, cos_N1K, sin_N1K), rotate(k_BNHK, cos_N1K, sin_N1K)
    whole = patches - patches % window
    parts = [_attend(q_BNHK[:, :whole], k_BNHK[:, :whole], v_BNHK[:, :whole], window)]
    if whole < patches:
        rest = q_BNHK[:, whole:], k_BNHK[:, whole:], v_BNHK[:, whole:]
        parts.append(_attend(*rest, patches - whole))
    mixed_BNHK = torch.cat(parts, 1) if len(parts) > 1 else parts[0]
    x_BND = x_BND + block.proj(mixed_BNHK.reshape(batch, patches, width))
    out_BND: Tensor = x_BND + block.mlp(block.norm2(x_BND))
    return out_BND


def _attend(q_BNHK: Tensor, k_BNHK: Tensor, v_BNHK: Tensor, window: int) -> Tensor:
    """Attention inside windows of equal length that lie side by side.

    On a CPU, plain products are several times as fast as the fused kernel for windows this short.
    """
    shape = (-1, window, *q_BNHK.shape[2:])
    q, k, v = (x.reshape(shape).transpose(1, 2) for x in (q_BNHK, k_BNHK, v_BNHK))
    scores = (q * q.shape[-1] ** -0.5) @ k.transpose(-1, -2)
    mixed: Tensor = scores.softmax(-1, dtype=torch.float32).to(v.dtype) @ v
    return mixed.transpose(1, 2).reshape(q_BNHK.shape)
