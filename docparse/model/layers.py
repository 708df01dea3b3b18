"""The small parts that tower and decoder share: linear maps, norms, and gated or plain MLPs.

Letters: T tokens or patches, D width, F inner width of an MLP.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

# On a CPU, work on so many rows at a time: what lies between two matrix products then stays in
# the cache, which is worth more there than one large call.
CPU_ROWS = 512


class Linear(nn.Linear):
    """A linear map without random initialisation: its weights are read from a checkpoint."""

    def reset_parameters(self) -> None:
        """Leaves the memory as it is."""


class RMSNorm(nn.Module):
    """x / root of the mean square, times a weight; the statistics in float32."""

    def __init__(self, width: int, eps: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(width))
        self.eps = eps
        self._eps = torch.tensor(eps, device="cpu")

    def forward(self, x_TD: Tensor) -> Tensor:
        if x_TD.is_cuda:
            return F.rms_norm(x_TD, (x_TD.shape[-1],), self.weight, self.eps)
        # On CPU, F.rms_norm is a chain of passes over memory; a vector norm is one.
        norm_T1 = torch.linalg.vector_norm(x_TD, dim=-1, keepdim=True, dtype=torch.float32)
        scale_T1 = torch.addcmul(self._eps, norm_T1, norm_T1, value=1 / x_TD.shape[-1]).rsqrt()
        return (x_TD * scale_T1).to(x_TD.dtype) * self.weight


class LayerNorm(nn.LayerNorm):
    """Layer norm with weight and bias, not initialised."""

    def reset_parameters(self) -> None:
        """Leaves the memory as it is."""


class GatedMLP(nn.Module):
    """SwiGLU: down(silu(gate x) * up x), gate and up in one matrix of 2 F rows."""

    def __init__(self, width: int, inner: int, *, bias: bool) -> None:
        super().__init__()
        self.gate_up = Linear(width, 2 * inner, bias=bias)
        self.down = Linear(inner, width, bias=bias)

    def forward(self, x_TD: Tensor) -> Tensor:
        gate_TF, up_TF = self.gate_up(x_TD).chunk(2, dim=-1)
        y_TD: Tensor = self.down(F.silu(gate_TF) * up_TF)
        return y_TD


class QuickMLP(nn.Module):
    """fc2(quick_gelu(fc1 x)), where quick_gelu is x * sigmoid(1.702 x)."""

    def __init__(self, width: int, inner: int) -> None:
        super().__init__()
        self.fc1 = Linear(width, inner)
        self.fc2 = Linear(inner, width)

    def forward(self, x_TD: Tensor) -> Tensor:
        h_TF = self.fc1(x_TD)
        y_TD: Tensor = self.fc2(h_TF * torch.sigmoid(1.702 * h_TF))
        return y_TD


def by_rows(function: Callable[..., Tensor], *rows: Tensor) -> Tensor:
    """What `function` makes of tensors that go along the same rows, a part at a time on a CPU."""
    if rows[0].is_cuda or len(rows[0]) <= CPU_ROWS:
        return function(*rows)
    parts = zip(*(torch.split(tensor, CPU_ROWS) for tensor in rows), strict=True)
    return torch.cat([function(*part) for part in parts])
