"""Linear maps whose weights are stored in 8 or 4 bits and whose inputs are not.

Letters: T tokens, N outputs, K inputs, Z inputs of a group that share a scale, B rows of a block.

For a few tokens torch's own CPU kernels multiply the packed weights as they are, which reads a
half or a quarter of the memory. For many tokens, and on other devices, weights are unpacked a few
hundred rows at a time and multiplied at once, so that the whole matrix never exists.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal

import torch
from torch import Tensor, nn

Bits = Literal["int8", "int4"]

GROUP = 32
# More tokens than this, and unpacking costs less than the kernels (measured on AVX-512).
INT8_KERNEL_TOKENS = 20
INT4_KERNEL_TOKENS = 96
UNPACKED_ROWS = 512


def is_packable(path: str) -> bool:
    """Whether the module of this path is packed: the decoder's matrices, not norms or tables.

    The tower works on thousands of rows at a time, where packed weights save nothing.
    """
    name = path.rpartition(".")[2]
    return path.startswith("decoder.") and name in ("qkv", "out", "gate_up", "down", "head")


def bytes_per_weight(path: str, bits: Bits) -> float:
    """What a weight takes when packed, with its share of the scales."""
    return 1.0 if bits == "int8" or path.endswith("head") else 0.5 + 4 / GROUP


def pack_linear(weight_NK: Tensor, bias_N: Tensor | None, *, bits: Bits, path: str) -> nn.Module:
    """The packed map of a dense one. The head stays in 8 bits: its errors are the output's."""
    num_out, num_in = weight_NK.shape
    fits = num_out % layout(weight_NK.device.type).block == 0 and num_in % GROUP == 0
    if bits == "int4" and fits and not path.endswith("head"):
        return Int4Linear(weight_NK, bias_N)
    return Int8Linear(weight_NK, bias_N)


class Int8Linear(nn.Module):
    """Each row in -127..127 times a scale of its own."""

    def __init__(self, weight_NK: Tensor, bias_N: Tensor | None) -> None:
        super().__init__()
        largest_N = weight_NK.abs().amax(1).float().clamp(min=1e-12)
        scale_N = (largest_N / 127).to(torch.bfloat16)
        rounded_NK = torch.round(weight_NK.float() / scale_N.float()[:, None])
        self.register_buffer("packed_NK", rounded_NK.clamp(-127, 127).to(torch.int8))
        self.register_buffer("scale_N", scale_N)
        self.register_buffer("bias_N", bias_N)
        self.packed_NK: Tensor
        self.scale_N: Tensor
        self.bias_N: Tensor | None
        self.has_kernel = _int8_kernel_runs(self.packed_NK, self.scale_N)

    def forward(self, x_TK: Tensor) -> Tensor:
        if self.has_kernel and len(x_TK) <= INT8_KERNEL_TOKENS:
            y_TN = torch.ops.aten._weight_int8pack_mm(
                x_TK.to(torch.bfloat16), self.packed_NK, self.scale_N
            )
        else:
            y_TN = _multiply_unpacked(self, x_TK, len(self.packed_NK))
        return _with_bias(y_TN, self.bias_N, x_TK)

    def unpack(self, start: int, stop: int) -> Tensor:
        """Rows of the weight in bf16, as columns [K, N]."""
        rows_NK = self.packed_NK[start:stop].to(torch.bfloat16)
        return (rows_NK * self.scale_N[start:stop, None]).T


class Int4Linear(nn.Module):
    """Each group of 32 inputs of a row in 0..15, times a scale, plus an offset."""

    def __init__(self, weight_NK: Tensor, bias_N: Tensor | None) -> None:
        super().__init__()
        self.order = layout(weight_NK.device.type)
        codes_NK, scales_GN2 = _four_bits(weight_NK.float())
        self.register_buffer("packed_NK", _interleave(codes_NK, self.order))
        self.register_buffer("scales_GN2", scales_GN2)
        self.register_buffer("bias_N", bias_N)
        self.packed_NK: Tensor
        self.scales_GN2: Tensor
        self.bias_N: Tensor | None
        self.has_kernel = weight_NK.device.type == "cpu"

    def forward(self, x_TK: Tensor) -> Tensor:
        if self.has_kernel and len(x_TK) <= INT4_KERNEL_TOKENS:
            y_TN = torch.ops.aten._weight_int4pack_mm_for_cpu(
                x_TK.to(torch.bfloat16), self.packed_NK, GROUP, self.scales_GN2
            )
        else:
            y_TN = _multiply_unpacked(self, x_TK, len(self.packed_NK))
        return _with_bias(y_TN, self.bias_N, x_TK)

    def unpack(self, start: int, stop: int) -> Tensor:
        """Rows of the weight in bf16, as columns [K, N]; both ends on block borders."""
        codes_KN = _straighten(self.packed_NK[start:stop], self.order).to(torch.bfloat16)
        codes_GZN = codes_KN.view(-1, GROUP, stop - start).sub_(8)
        # Strided scales would take ten times as long.
        scales_2GN = self.scales_GN2[:, start:stop].permute(2, 0, 1).contiguous()
        scale_G1N, offset_G1N = scales_2GN[:, :, None]
        return torch.addcmul(offset_G1N, codes_GZN, scale_G1N).flatten(0, 1)


@dataclass(frozen=True, slots=True)
class Layout:
    """How a CPU kernel lays out 4-bit weights: in blocks of `block` rows, input after input, two
    rows to a byte. `low[i]` and `high[i]` are the rows in the halves of a block's i-th byte."""

    block: int
    low: tuple[int, ...]
    high: tuple[int, ...]


@cache
def layout(device_type: str) -> Layout:
    """The layout of this machine's kernel, found by packing matrices whose entries tell their row.

    It depends on the vector width and is not documented; hence the trial.
    """
    if device_type != "cpu":
        return Layout(2, (0,), (1,))
    rows_NK = torch.arange(64, dtype=torch.int32)[:, None].expand(64, GROUP)
    pack = torch.ops.aten._convert_weight_to_int4pack_for_cpu
    ones, sixteens = pack((rows_NK % 16).contiguous(), 1), pack((rows_NK // 16).contiguous(), 1)
    low = ((ones & 15) + (sixteens & 15) * 16).flatten().tolist()
    high = ((ones >> 4) + (sixteens >> 4) * 16).flatten().tolist()
    for block in (16, 32, 64):
        half = block // 2
        if sorted(low[:half] + high[:half]) == list(range(block)):
            return Layout(block, tuple(low[:half]), tuple(high[:half]))
    raise AssertionError("the 4-bit kernel packs in a way that we do not know")


def _four_bits(weight_NK: Tensor) -> tuple[Tensor, Tensor]:
    """Codes 0..15 [N, K] and (scale, offset) [G, N, 2]; weight = (code - 8) * scale + offset."""
    groups_NGZ = weight_NK.view(len(weight_NK), -1, GROUP)
    lowest_NG, highest_NG = groups_NGZ.amin(2), groups_NGZ.amax(2)
    scale_NG = ((highest_NG - lowest_NG) / 15).clamp(min=1e-9).to(torch.bfloat16)
    offset_NG = (lowest_NG + 8 * scale_NG.float()).to(torch.bfloat16)
    # Rounded with the scales as they are stored, so that their own rounding does not add up.
    centred_NGZ = (groups_NGZ - offset_NG.float()[..., None]) / scale_NG.float()[..., None]
    codes_NGZ = (torch.round(centred_NGZ) + 8).clamp(0, 15).to(torch.uint8)
    scales_GN2 = torch.stack((scale_NG, offset_NG), dim=2).transpose(0, 1).contiguous()
    return codes_NGZ.flatten(1), scales_GN2


def _interleave(codes_NK: Tensor, order: Layout) -> Tensor:
    """Codes in the kernel's layout, as bytes [N, K / 2]."""
    num_out, num_in = codes_NK.shape
    blocks = codes_NK.view(-1, order.block, num_in)
    pairs = blocks[:, list(order.low)] | (blocks[:, list(order.high)] << 4)
    return pairs.transpose(1, 2).contiguous().view(num_out, num_in // 2)


def _straighten(packed_NK: Tensor, order: Layout) -> Tensor:
    """The inverse of `_interleave`, as columns [K, N]."""
    num_out, num_in = packed_NK.shape[0], packed_NK.shape[1] * 2
    pairs_KBN = packed_NK.view(-1, num_in, order.block // 2).transpose(0, 1).contiguous()
    halves = torch.empty(
        (*pairs_KBN.shape[:2], 2, order.block // 2), dtype=torch.uint8, device=packed_NK.device
    )
    torch.bitwise_and(pairs_KBN, 15, out=halves[:, :, 0])
    torch.bitwise_right_shift(pairs_KBN, 4, out=halves[:, :, 1])
    codes_KBN = halves.flatten(2)
    rows = order.low + order.high
    if rows != tuple(range(order.block)):
        codes_KBN = codes_KBN[..., sorted(range(order.block), key=rows.__getitem__)]
    return codes_KBN.reshape(num_in, num_out)


def _multiply_unpacked(linear: Int8Linear | Int4Linear, x_TK: Tensor, num_out: int) -> Tensor:
    y_TN = x_TK.new_empty(len(x_TK), num_out)
    for start in range(0, num_out, UNPACKED_ROWS):
        stop = min(start + UNPACKED_ROWS, num_out)
        y_TN[:, start:stop] = x_TK @ linear.unpack(start, stop).to(x_TK.dtype)
    return y_TN


def _with_bias(y_TN: Tensor, bias_N: Tensor | None, x_TK: Tensor) -> Tensor:
    y_TN = y_TN.to(x_TK.dtype)
    return y_TN if bias_N is None else y_TN + bias_N


def _int8_kernel_runs(packed_NK: Tensor, scale_N: Tensor) -> bool:
    """Whether torch's kernel takes this shape on this device."""
    if packed_NK.device.type != "cpu":
        return False
    trial_1K = torch.zeros(1, packed_NK.shape[1], dtype=torch.bfloat16)
    try:
        torch.ops.aten._weight_int8pack_mm(trial_1K, packed_NK, scale_N)
    except RuntimeError:
        return False
    return True
