"""Runs the model for several sequences at once: looks at pictures, fills prompts, extends replies.

Letters: T tokens of a pass, D width, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Protocol

import torch
from torch import Tensor

from docparse.model.cache import KVCache, Step
from docparse.model.prompt import Prompt
from docparse.model.vlm import VisionLanguageModel

# Pictures of one pass through the tower, in patches: one A4 page at 150 dpi, or many lines.
TOWER_PATCHES = 16384


class Runner(Protocol):
    """What generation needs of a model. Slots in use are always 0 to n - 1, in one piece."""

    def open(self, first: int, prompts: Sequence[Prompt]) -> None:
        """Takes prompts into the slots from `first` on."""

    def fill(self, first: int, counts: Sequence[int]) -> Tensor:
        """Reads the next `counts[i]` tokens of the prompt in slot `first + i`; the logits [n, V]
        after each slot's last one."""

    def extend(self, tokens: Sequence[Sequence[int]]) -> Tensor:
        """Appends tokens to slots 0, 1, ..; the logits [T, V] after each token."""

    def cut(self, slot: int, length: int) -> None:
        """Forgets all but the first `length` tokens of a slot."""

    def move(self, source: int, target: int) -> None:
        """Puts what is in one slot into another, where nothing is needed any more."""


@dataclass(slots=True)
class _Slot:
    """A sequence: the prompt's vectors still to be read, its positions, the tokens in the cache."""

    waiting_TD: Tensor
    positions_3T: Tensor
    offset: int
    length: int = 0


class ModelRunner:
    """A `Runner` by a model on its device."""

    def __init__(self, model: VisionLanguageModel, *, slots: int) -> None:
        self.model = model
        self._cache = KVCache(
            model.config.text, slots=slots, capacity=0, dtype=model.dtype, device=model.device
        )
        self._slots: list[_Slot | None] = [None] * slots

    @torch.inference_mode()
    def open(self, first: int, prompts: Sequence[Prompt]) -> None:
        for place, (prompt, vision_MD) in enumerate(
            zip(prompts, self._look(prompts), strict=True), start=first
        ):
            positions = prompt.positions
            self._slots[place] = _Slot(
                waiting_TD=self.model.embed(prompt.ids, vision_MD),
                positions_3T=torch.tensor([positions.time, positions.row, positions.column]),
                offset=positions.following - len(prompt.ids),
            )

    @torch.inference_mode()
    def fill(self, first: int, counts: Sequence[int]) -> Tensor:
        slots = [self._at(first + place) for place in range(len(counts))]
        pairs = list(zip(slots, counts, strict=True))
        x_TD = torch.cat([slot.waiting_TD[:count] for slot, count in pairs])
        positions_3T = torch.cat(
            [slot.positions_3T[:, slot.length : slot.length + count] for slot, count in pairs], 1
        )
        hidden_TD = self._run(first, x_TD, positions_3T, counts)
        for slot, count in pairs:
            slot.waiting_TD = slot.waiting_TD[count:]
        ends = torch.tensor(counts).cumsum(0) - 1
        return self.model.logits(hidden_TD[ends.to(hidden_TD.device)])

    @torch.inference_mode()
    def extend(self, tokens: Sequence[Sequence[int]]) -> Tensor:
        counts = [len(part) for part in tokens]
        x_TD = self.model.embed_text(list(chain.from_iterable(tokens)))
        starts = [(slot.length + slot.offset) for slot in map(self._at, range(len(tokens)))]
        positions = [s + n for s, count in zip(starts, counts, strict=True) for n in range(count)]
        positions_3T = torch.tensor(positions).expand(3, -1)
        return self.model.logits(self._run(0, x_TD, positions_3T, counts))

    def cut(self, slot: int, length: int) -> None:
        self._at(slot).length = length

    @torch.inference_mode()
    def move(self, source: int, target: int) -> None:
        moved = self._at(source)
        self._cache.move(source, target, moved.length)
        self._slots[target], self._slots[source] = moved, None

    def _at(self, place: int) -> _Slot:
        slot = self._slots[place]
        assert slot is not None, f"slot {place} is empty"
        return slot

    def _run(self, first: int, x_TD: Tensor, positions_3T: Tensor, counts: Sequence[int]) -> Tensor:
        slots = [self._at(first + place) for place in range(len(counts))]
        step = Step(first, tuple(slot.length for slot in slots), tuple(counts))
        self._cache.reserve(max(step.ends))
        hidden_TD = self.model.step(x_TD, positions_3T, self._cache, step)
        for slot, end in zip(slots, step.ends, strict=True):
            slot.length = end
        return hidden_TD

    def _look(self, prompts: Sequence[Prompt]) -> list[Tensor | None]:
        """The vision tokens of each prompt, with as few passes through the tower as will do."""
        items = [(place, item) for place, prompt in enumerate(prompts) for item in prompt.pixels]
        tokens: dict[int, list[Tensor]] = {}
        merge = self.model.config.vision.merge
        while items:
            group = [items.pop(0)]
            size = group[0][1].num_patches
            while items and size + items[0][1].num_patches <= TOWER_PATCHES:
                group.append(items.pop(0))
                size += group[-1][1].num_patches
            seen_MD = self.model.look([item for _, item in group])
            counts = [item.num_patches // merge**2 for _, item in group]
            for (place, _), part_MD in zip(group, torch.split(seen_MD, counts), strict=True):
                tokens.setdefault(place, []).append(part_MD)
        return [
            torch.cat(tokens[place]) if place in tokens else None for place in range(len(prompts))
        ]
