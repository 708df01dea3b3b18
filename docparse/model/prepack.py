"""Linear maps whose weights are laid out once for the CPU's matrix kernels.

Letters: T tokens, N outputs, K inputs.

torch lays a weight out anew in every call, which for a few tokens costs more than the product, and
takes MKL for float32, which is slow on AMD. oneDNN with the layout done beforehand takes, on one
AVX-512 core: bf16, 1 token, half the time; float32, 4 tokens, a third; many tokens, 5 to 25 % less.

It also writes a program for each number of tokens, which takes it a millisecond and most of a
megabyte that it keeps. So that there are few, tokens are padded to the next step.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

# Below this, float32 products are so short that oneDNN's preparations show.
SMALL_WEIGHT = 1 << 19
# The layout is chosen for about so many tokens; it serves fewer and more as well.
TYPICAL_TOKENS = 512
# Between these numbers of tokens they are padded to a multiple of the first.
STEP, MOST_PADDED = 64, 4096


class PrepackedLinear(nn.Module):
    """x W^T + b with a weight that only oneDNN can read: for inference, not to be saved."""

    def __init__(self, weight_NK: Tensor, bias_N: Tensor | None) -> None:
        super().__init__()
        reorder = torch.ops.mkldnn._reorder_linear_weight
        self._weight = reorder(weight_NK.contiguous(), TYPICAL_TOKENS)
        self._bias = bias_N

    def forward(self, x_TK: Tensor) -> Tensor:
        """Any number of axes before the last."""
        x = x_TK.flatten(0, -2)
        tokens = len(x)
        if STEP < tokens < MOST_PADDED and tokens % STEP:
            x = F.pad(x, (0, 0, 0, STEP - tokens % STEP))
        y: Tensor = torch.ops.mkldnn._linear_pointwise(x, self._weight, self._bias, "none", [], "")
        return y[:tokens].view(*x_TK.shape[:-1], y.shape[-1])


def gains_from_prepacking(weight: Tensor) -> bool:
    """Whether a linear map with this weight is better off prepacked."""
    if not can_prepack(weight):
        return False
    if weight.dtype == torch.float32:
        return weight.numel() >= SMALL_WEIGHT
    return weight.dtype == torch.bfloat16


def can_prepack(tensor: Tensor) -> bool:
    """Whether oneDNN is there for what lies where this tensor does, and takes its dtype.

    A processor without AVX-512 or AVX-NE-CONVERT has no bf16 for it.
    """
    if tensor.device.type != "cpu" or not torch._C._has_mkldnn:
        return False
    return tensor.dtype != torch.bfloat16 or has_fast_bf16()


def has_fast_bf16() -> bool:
    """Whether the CPU multiplies bf16 at least as fast as float32."""
    return bool(torch._C._has_mkldnn) and bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
