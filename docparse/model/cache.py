"""Keys and values of the sequences being written, and attention to them.

Letters: B slots, C capacity of a slot, S positions in use, T tokens of a step, n slots of a step,
Q tokens of one slot in a step, H query heads, G key-value heads, R query heads of one key-value
head, K head width.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from docparse.model.config import TextConfig

# Up to so many tokens of a slot, query heads are laid side by side as rows, so that keys and
# values are read once; above, they are copied per head, so that no mask or a small one will do.
FEW_TOKENS = 16


@dataclass(frozen=True, slots=True)
class Step:
    """What one pass of the decoder adds: `counts[i]` tokens to slot `first + i`, which already
    holds `starts[i]`. The tokens of all slots follow each other in one row."""

    first: int
    starts: tuple[int, ...]
    counts: tuple[int, ...]

    @property
    def ends(self) -> tuple[int, ...]:
        return tuple(a + b for a, b in zip(self.starts, self.counts, strict=True))


class KVCache:
    """Preallocated room for `slots` sequences of up to `capacity` tokens each."""

    def __init__(
        self,
        config: TextConfig,
        *,
        slots: int,
        capacity: int,
        dtype: torch.dtype,
        device: torch.device,
    ) -> None:
        self.slots, self.capacity = slots, capacity
        shape = (slots, config.kv_heads, capacity, config.head_width)
        # Zeros, since what is masked is still multiplied, by nothing.
        layers = range(config.depth)
        self.keys = [torch.zeros(shape, dtype=dtype, device=device) for _ in layers]
        self.values = [torch.zeros(shape, dtype=dtype, device=device) for _ in layers]

    def reserve(self, capacity: int) -> None:
        """Room for longer sequences; grows by half at least, and keeps what is there."""
        if capacity <= self.capacity:
            return
        capacity = max(capacity, self.capacity * 3 // 2)
        for tensors in (self.keys, self.values):
            for layer, old_BGCK in enumerate(tensors):
                slots, heads, _, width = old_BGCK.shape
                new_BGCK = old_BGCK.new_zeros(slots, heads, capacity, width)
                new_BGCK[:, :, : self.capacity] = old_BGCK
                tensors[layer] = new_BGCK
        self.capacity = capacity

    def move(self, source: int, target: int, length: int) -> None:
        """Copies the first `length` tokens of one slot to another."""
        for tensor_BGCK in (*self.keys, *self.values):
            tensor_BGCK[target, :, :length] = tensor_BGCK[source, :, :length]


class CachedAttention:
    """Writes a step's keys and values to their slots and attends to all that is there."""

    def __init__(self, cache: KVCache, step: Step, *, like: Tensor) -> None:
        self.cache, self.step = cache, step
        self.used = max(step.ends)
        self.most = max(step.counts)
        self.is_even = min(step.counts) == self.most
        self.is_few = self.most <= FEW_TOKENS
        self.mask = self._mask(like)
        rows = [i for i, count in enumerate(step.counts) for _ in range(count)]
        places = [place for count in step.counts for place in range(count)]
        self.rows_T = torch.tensor(rows, device=like.device)
        self.places_T = torch.tensor(places, device=like.device)
        starts_T = torch.tensor([step.starts[row] for row in rows], device=like.device)
        self.targets_T = starts_T + self.places_T

    def __call__(self, layer: int, q_THK: Tensor, k_TGK: Tensor, v_TGK: Tensor) -> Tensor:
        keys, values = self.cache.keys[layer], self.cache.values[layer]
        self._write(keys, k_TGK)
        self._write(values, v_TGK)
        first, num = self.step.first, len(self.step.counts)
        k_nGSK = keys[first : first + num, :, : self.used]
        v_nGSK = values[first : first + num, :, : self.used]
        q_nQHK = self._by_slot(q_THK)
        mix = self._attend_few if self.is_few else self._attend_many
        out_nQHK = mix(q_nQHK, k_nGSK, v_nGSK)
        if self.is_even:
            return out_nQHK.reshape(q_THK.shape)
        return out_nQHK[self.rows_T, self.places_T]

    def _write(self, target_BGCK: Tensor, new_TGK: Tensor) -> None:
        if len(self.step.counts) == 1:
            start, end = self.step.starts[0], self.step.ends[0]
            target_BGCK[self.step.first, :, start:end] = new_TGK.transpose(0, 1)
        else:
            target_BGCK[self.step.first + self.rows_T, :, self.targets_T] = new_TGK

    def _by_slot(self, q_THK: Tensor) -> Tensor:
        """[n, Q, H, K]; where slots have unlike numbers of tokens, the shorter end in zeros."""
        num = len(self.step.counts)
        if self.is_even:
            return q_THK.reshape(num, self.most, *q_THK.shape[1:])
        q_nQHK = q_THK.new_zeros(num, self.most, *q_THK.shape[1:])
        q_nQHK[self.rows_T, self.places_T] = q_THK
        return q_nQHK

    def _attend_few(self, q_nQHK: Tensor, k_nGSK: Tensor, v_nGSK: Tensor) -> Tensor:
        num, most, heads, width = q_nQHK.shape
        groups = k_nGSK.shape[1]
        q_nGQRK = q_nQHK.view(num, most, groups, heads // groups, width).transpose(1, 2)
        mask = self.mask
        if mask is not None:
            repeated = mask[:, :, :, None].expand(-1, -1, -1, heads // groups, -1)
            mask = repeated.flatten(2, 3)
        out = F.scaled_dot_product_attention(q_nGQRK.flatten(2, 3), k_nGSK, v_nGSK, attn_mask=mask)
        return out.view(num, groups, most, heads // groups, width).transpose(1, 2).flatten(2, 3)

    def _attend_many(self, q_nQHK: Tensor, k_nGSK: Tensor, v_nGSK: Tensor) -> Tensor:
        return attend_causally(q_nQHK, k_nGSK, v_nGSK, mask=self.mask)

    def _mask(self, like: Tensor) -> Tensor | None:
        """[n, 1, Q, S] of 0 and -inf; None where each token sees all, or a plain triangle."""
        step = self.step
        if len(step.counts) == 1 and (self.most == 1 or (not self.is_few and step.starts[0] == 0)):
            return None
        starts_n = torch.tensor(step.starts, device=like.device)
        last_nQ = starts_n[:, None] + torch.arange(self.most, device=like.device)
        hidden_nQS = torch.arange(self.used, device=like.device) > last_nQ[:, :, None]
        zeros = torch.zeros(hidden_nQS.shape, dtype=like.dtype, device=like.device)
        return zeros.masked_fill_(hidden_nQS, float("-inf"))[:, None]


class WholeAttention:
    """Causal attention without a cache, of whole sequences that follow each other in one row."""

    def __init__(self, lengths: Sequence[int]) -> None:
        self.lengths = list(lengths)

    def __call__(self, layer: int, q_THK: Tensor, k_TGK: Tensor, v_TGK: Tensor) -> Tensor:
        parts = zip(
            *(torch.split(tensor, self.lengths) for tensor in (q_THK, k_TGK, v_TGK)), strict=True
        )
        return torch.cat(
            [
                attend_causally(q[None], k[None].transpose(1, 2), v[None].transpose(1, 2))[0]
                for q, k, v in parts
            ]
        )


def attend_causally(
    q_nQHK: Tensor, k_nGSK: Tensor, v_nGSK: Tensor, *, mask: Tensor | None = None
) -> Tensor:
    """[n, Q, H, K]; without a mask the first query sees the first key, and so on."""
    repeats = q_nQHK.shape[2] // k_nGSK.shape[1]
    k_nHSK = k_nGSK.repeat_interleave(repeats, dim=1)
    v_nHSK = v_nGSK.repeat_interleave(repeats, dim=1)
    out_nHQK = F.scaled_dot_product_attention(
        q_nQHK.transpose(1, 2), k_nHSK, v_nHSK, attn_mask=mask, is_causal=mask is None
    )
    return out_nHQK.transpose(1, 2)
