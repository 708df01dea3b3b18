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
FEW_TOKENS = 64


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
        self.cache = cache
        self.counts = step.counts
        self.slots = slice(step.first, step.first + len(step.counts))
        self.used = max(step.ends)
        self.most = max(step.counts)
        self.is_even = min(step.counts) == self.most
        # Where the tokens of a single slot go, and which rows and places those of several fill.
        self.span = slice(step.starts[0], step.ends[0])
        self.is_single = len(step.counts) == 1
        if not self.is_single:
            self.rows_T, self.places_T, self.targets_T = _addresses(step, like.device)
        self.mask = self._mask(step, like)

    def __call__(self, layer: int, q_THK: Tensor, k_TGK: Tensor, v_TGK: Tensor) -> Tensor:
        keys_BGCK, values_BGCK = self.cache.keys[layer], self.cache.values[layer]
        self._write(keys_BGCK, k_TGK)
        self._write(values_BGCK, v_TGK)
        k_nGSK = keys_BGCK[self.slots, :, : self.used]
        v_nGSK = values_BGCK[self.slots, :, : self.used]
        if self.most == 1 and self.is_even:
            return self._attend_one(q_THK, k_nGSK, v_nGSK)
        attend = self._attend_few if self.most <= FEW_TOKENS else attend_causally
        out_nQHK = attend(self._by_slot(q_THK), k_nGSK, v_nGSK, self.mask)
        if self.is_even:
            return out_nQHK.reshape(q_THK.shape)
        return out_nQHK[self.rows_T, self.places_T]

    def _write(self, target_BGCK: Tensor, new_TGK: Tensor) -> None:
        if self.is_single:
            target_BGCK[self.slots.start, :, self.span] = new_TGK.transpose(0, 1)
        else:
            target_BGCK[self.slots.start + self.rows_T, :, self.targets_T] = new_TGK

    def _by_slot(self, q_THK: Tensor) -> Tensor:
        """[n, Q, H, K]; where slots have unlike numbers of tokens, the shorter end in zeros."""
        shape = (len(self.counts), self.most, *q_THK.shape[1:])
        if self.is_even:
            return q_THK.reshape(shape)
        q_nQHK = q_THK.new_zeros(shape)
        q_nQHK[self.rows_T, self.places_T] = q_THK
        return q_nQHK

    def _attend_one(self, q_nHK: Tensor, k_nGSK: Tensor, v_nGSK: Tensor) -> Tensor:
        """One token in each slot: the heads that share keys are the rows of one product."""
        num, heads, width = q_nHK.shape
        groups = k_nGSK.shape[1]
        q_nGRK = q_nHK.view(num, groups, heads // groups, width)
        out = F.scaled_dot_product_attention(q_nGRK, k_nGSK, v_nGSK, attn_mask=self.mask)
        return out.reshape(num, heads, width)

    def _attend_few(
        self, q_nQHK: Tensor, k_nGSK: Tensor, v_nGSK: Tensor, mask: Tensor | None
    ) -> Tensor:
        num, most, heads, width = q_nQHK.shape
        groups = k_nGSK.shape[1]
        repeats = heads // groups
        q_nGQRK = q_nQHK.view(num, most, groups, repeats, width).transpose(1, 2)
        if mask is not None:
            mask = mask[:, :, :, None].expand(-1, -1, -1, repeats, -1).flatten(2, 3)
        out = F.scaled_dot_product_attention(q_nGQRK.flatten(2, 3), k_nGSK, v_nGSK, attn_mask=mask)
        return out.view(num, groups, most, repeats, width).transpose(1, 2).flatten(2, 3)

    def _mask(self, step: Step, like: Tensor) -> Tensor | None:
        """[n, 1, Q, S] of 0 and -inf; None where each token sees all, or a plain triangle."""
        is_fresh = step.starts == (0,) and self.most > FEW_TOKENS
        if len(step.counts) == 1 and (self.most == 1 or is_fresh):
            return None
        starts_n = torch.tensor(step.starts, device=like.device)
        last_nQ = starts_n[:, None] + torch.arange(self.most, device=like.device)
        hidden_nQS = torch.arange(self.used, device=like.device) > last_nQ[:, :, None]
        zeros = torch.zeros(hidden_nQS.shape, dtype=like.dtype, device=like.device)
        return zeros.masked_fill_(hidden_nQS, float("-inf"))[:, None]


def _addresses(step: Step, device: torch.device) -> tuple[Tensor, ...]:
    """For each token of a step: its slot (from the first), its place in the step, in the slot."""
    rows = [row for row, count in enumerate(step.counts) for _ in range(count)]
    places = [place for count in step.counts for place in range(count)]
    targets = [step.starts[row] + place for row, place in zip(rows, places, strict=True)]
    return tuple(torch.tensor(numbers, device=device) for numbers in (rows, places, targets))


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
    q_nQHK: Tensor, k_nGSK: Tensor, v_nGSK: Tensor, mask: Tensor | None = None
) -> Tensor:
    """[n, Q, H, K]; without a mask the first query sees the first key, and so on."""
    repeats = q_nQHK.shape[2] // k_nGSK.shape[1]
    k_nHSK = k_nGSK.repeat_interleave(repeats, dim=1)
    v_nHSK = v_nGSK.repeat_interleave(repeats, dim=1)
    out_nHQK = F.scaled_dot_product_attention(
        q_nQHK.transpose(1, 2), k_nHSK, v_nHSK, attn_mask=mask, is_causal=mask is None
    )
    return out_nHQK.transpose(1, 2)
