"""The merger: each group of patches becomes one vector of the decoder's width.

Letters: M groups (tokens), U patches of a group, D the tower's width, O the decoder's.
"""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from docparse.model.layers import Linear


class Merger(nn.Module):
    """norm, neighbours side by side, linear, exact GELU, linear."""

    def __init__(self, norm: nn.Module, width: int, group: int, out_width: int) -> None:
        super().__init__()
        self.norm = norm
        self.fc1 = Linear(width * group, width * group)
        self.fc2 = Linear(width * group, out_width)

    def forward(self, x_MUD: Tensor) -> Tensor:
        # The patches of a group lie side by side, so merging is a change of shape.
        out_MO: Tensor = self.fc2(F.gelu(self.fc1(self.norm(x_MUD).flatten(1))))
        return out_MO
