"""Rotary embedding: tables of cosines and sines, and the turning itself.

Letters: T tokens, H heads, K head width, L half the head width.
Channel j turns together with channel j + L, so a table holds L angles a position, half of what
the reference keeps.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from docparse.model.config import TextConfig, VisionConfig


def inverse_frequencies(width: int, theta: float) -> Tensor:
    """width / 2 falling frequencies, theta to the power of -2j / width, in float32."""
    return 1.0 / theta ** (torch.arange(0, width, 2, dtype=torch.float32, device="cpu") / width)


def vision_table(
    row_columns: Sequence[tuple[int, int]], config: VisionConfig
) -> tuple[Tensor, Tensor]:
    """Cosines and sines [T, L] in float32: the first half turns by row, the second by column."""
    frequencies = inverse_frequencies(config.head_width // 2, config.rope_theta)
    places_T2 = torch.tensor(row_columns, dtype=torch.float32)
    angles_TL = (places_T2[:, :, None] * frequencies).flatten(1)
    return angles_TL.cos(), angles_TL.sin()


class TextRope:
    """Cosines and sines of text positions, kept for as many positions as were asked for so far."""

    def __init__(self, config: TextConfig) -> None:
        self.frequencies = inverse_frequencies(config.head_width, config.rope_theta)
        # Which of the three axes each channel follows, in contiguous sections.
        self.sections = config.mrope_section
        self.cos_PL = torch.empty(0, device="cpu")
        self.sin_PL = torch.empty(0, device="cpu")

    def table(self, positions_3T: Tensor, *, like: Tensor) -> tuple[Tensor, Tensor]:
        """Cosines and sines [T, L] in the device and dtype of `like`.

        Rounded to that dtype before use, as the reference does (spec qwen_vl, section 3.4).
        """
        self._cover(int(positions_3T.max()) + 1 if positions_3T.numel() else 0, like)
        axes_3T = positions_3T.to(like.device)
        cos_3TL, sin_3TL = self.cos_PL[axes_3T], self.sin_PL[axes_3T]
        return self._pick(cos_3TL), self._pick(sin_3TL)

    def _pick(self, table_3TL: Tensor) -> Tensor:
        parts = torch.split(table_3TL, list(self.sections), dim=-1)
        return torch.cat([part[axis] for axis, part in enumerate(parts)], dim=-1)

    def _cover(self, num_positions: int, like: Tensor) -> None:
        same = self.cos_PL.device == like.device and self.cos_PL.dtype == like.dtype
        if same and len(self.cos_PL) >= num_positions:
            return
        # Twice what is needed, so that decoding does not rebuild it at every token.
        positions_P = torch.arange(2 * max(num_positions, 512), dtype=torch.float32, device="cpu")
        angles_PL = positions_P[:, None] * self.frequencies
        self.cos_PL = angles_PL.cos().to(like)
        self.sin_PL = angles_PL.sin().to(like)


def rotate(x_THK: Tensor, cos_TL: Tensor, sin_TL: Tensor) -> Tensor:
    """Turns every head of every token by its token's angles, in the dtype of the table.

    The result has the dtype of `x_THK`.
    """
    x = x_THK.to(cos_TL.dtype)
    first, second = x.chunk(2, dim=-1)
    cos_T1L, sin_T1L = cos_TL[:, None], sin_TL[:, None]
    turned = torch.cat(
        (
            torch.addcmul(first * cos_T1L, second, sin_T1L, value=-1),
            torch.addcmul(second * cos_T1L, first, sin_T1L),
        ),
        dim=-1,
    )
    return turned.to(x_THK.dtype)
