"""Rotary embedding: tables of cosines and sines, and the turning itself.

Letters: T tokens, P positions, H heads, K head width, L half of it.
Channel j turns together with channel j + L: (x1, x2) becomes (x1 c - x2 s, x2 c + x1 s). Tables
span all K channels, and their sines carry the sign, so that turning is
x * cos + (x with its halves swapped) * sin: three operations, whatever the size.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from docparse.model.config import TextConfig, VisionConfig


def inverse_frequencies(width: int, theta: float) -> Tensor:
    """width / 2 falling frequencies, theta to the power of -2j / width, in float32."""
    return 1.0 / theta ** (torch.arange(0, width, 2, dtype=torch.float32, device="cpu") / width)


def table_of(angles_TL: Tensor) -> tuple[Tensor, Tensor]:
    """Cosines and signed sines [T, K] of the angles of half the channels."""
    cos_TL, sin_TL = angles_TL.cos(), angles_TL.sin()
    return torch.cat((cos_TL, cos_TL), dim=-1), torch.cat((-sin_TL, sin_TL), dim=-1)


def vision_table(
    row_columns: Sequence[tuple[int, int]], config: VisionConfig
) -> tuple[Tensor, Tensor]:
    """The table [T, 1, K] of patches in float32: half of the angles by row, half by column."""
    frequencies = inverse_frequencies(config.head_width // 2, config.rope_theta)
    places_T2 = torch.tensor(row_columns, dtype=torch.float32)
    cos_TK, sin_TK = table_of((places_T2[:, :, None] * frequencies).flatten(1))
    return cos_TK[:, None], sin_TK[:, None]


class TextRope:
    """The table of text positions, kept for as many positions as were asked for so far."""

    def __init__(self, config: TextConfig) -> None:
        self.frequencies = inverse_frequencies(config.head_width, config.rope_theta)
        # Which axis each channel follows: time, then row, then column, in both halves.
        axes = [axis for axis, count in enumerate(config.mrope_section) for _ in range(count)]
        self.axes_1K = torch.tensor([axes * 2], device="cpu")
        # In one piece: several threads may ask for more at once.
        self._table = (torch.empty(0, device="cpu"), torch.empty(0, device="cpu"))

    def table(self, positions_3T: Tensor, *, like: Tensor) -> tuple[Tensor, Tensor]:
        """The table [T, 1, K] for positions on three axes, in the device and dtype of `like`.

        Rounded to that dtype before use, as the reference does (spec qwen_vl, section 3.4).
        """
        num_positions = int(positions_3T.max()) + 1 if positions_3T.numel() else 0
        cos_PK, sin_PK = self._covering(num_positions, like)
        if bool((positions_3T == positions_3T[:1]).all()):
            index_T = positions_3T[0].to(like.device)
            return cos_PK[index_T, None], sin_PK[index_T, None]
        index_TK = positions_3T.T.gather(1, self.axes_1K.expand(positions_3T.shape[1], -1))
        index_TK = index_TK.to(like.device)
        cos_TK, sin_TK = cos_PK.gather(0, index_TK), sin_PK.gather(0, index_TK)
        return cos_TK[:, None], sin_TK[:, None]

    def _covering(self, num_positions: int, like: Tensor) -> tuple[Tensor, Tensor]:
        table = self._table
        same = table[0].device == like.device and table[0].dtype == like.dtype
        if not same or len(table[0]) < num_positions:
            # Twice what is needed, so that decoding does not rebuild it at every token.
            many = 2 * max(num_positions, 512)
            positions_P = torch.arange(many, dtype=torch.float32, device="cpu")
            cos_PK, sin_PK = table_of(positions_P[:, None] * self.frequencies)
            table = self._table = (cos_PK.to(like), sin_PK.to(like))
        return table


def rotate(x_THK: Tensor, cos_T1K: Tensor, sin_T1K: Tensor) -> Tensor:
    """Turns every head of every token by its token's angles, in the dtype of the table.

    The result has the dtype of `x_THK`.
    """
    x = x_THK.to(cos_T1K.dtype)
    swapped = x.roll(x.shape[-1] // 2, dims=-1)
    return torch.addcmul(x * cos_T1K, swapped, sin_T1K).to(x_THK.dtype)
