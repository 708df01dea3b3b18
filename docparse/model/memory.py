"""What a model takes in memory, and whether that is there."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import lru_cache

import torch

from docparse.model.config import ModelConfig
from docparse.model.problems import ModelError
from docparse.model.quantize import Bits, bytes_per_weight, is_packable
from docparse.model.weights import build_empty

GIB = 1 << 30
# Of a page: 11088 patches are an A4 page at 150 dpi, 4096 tokens its prompt and reply.
PAGE_PATCHES = 11088
PAGE_TOKENS = 4096


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes that a model takes: weights, the cache of all slots, and what it works with."""

    weights: int
    cache: int
    work: int

    @property
    def total(self) -> int:
        return self.weights + self.cache + self.work


class MemoryProblem(ModelError):
    """The model does not fit. `needed` and `available` in bytes; `would_fit` of int8, int4."""

    def __init__(self, needed: int, available: int, would_fit: tuple[Bits, ...]) -> None:
        self.needed, self.available, self.would_fit = needed, available, would_fit
        cure = f"{' or '.join(would_fit)} would fit" if would_fit else "no packing makes it fit"
        super().__init__(
            f"the model needs {needed / GIB:.1f} GiB of memory and {available / GIB:.1f} GiB are "
            f"free; {cure}"
        )


def memory_needed(
    config: ModelConfig,
    dtype: torch.dtype,
    bits: Bits | None = None,
    *,
    device: torch.device,
    slots: int = 1,
    tokens: int = PAGE_TOKENS,
) -> Memory:
    """An estimate for `slots` sequences of `tokens` tokens and one page picture at a time."""
    weights = 0.0
    # A tied head is the embedding, unless it is laid out apart from it, as on a CPU.
    shares = config.tied and bits is None and device.type != "cpu"
    for path, count in _weights_of(config):
        if path == "decoder.head" and shares:
            continue
        packed = bits is not None and is_packable(path)
        each = bytes_per_weight(path, bits) if packed and bits else dtype.itemsize
        weights += count * each
    text, vision = config.text, config.vision
    per_token = 2 * text.depth * text.kv_heads * text.head_width * dtype.itemsize
    # The widest moment of the tower: pixels, queries, keys, values and their turned copies.
    work = PAGE_PATCHES * (8 * vision.width * dtype.itemsize + 4 * 588)
    return Memory(int(weights), slots * tokens * per_token, work)


@lru_cache(maxsize=1)
def _weights_of(config: ModelConfig) -> tuple[tuple[str, int], ...]:
    """The parts of a model, and how many weights each has of its own."""
    return tuple(
        (path, sum(parameter.numel() for parameter in module.parameters(recurse=False)))
        for path, module in build_empty(config).named_modules()
    )


def memory_available(device: torch.device) -> int:
    """Free bytes on the device; on a CPU, what can be had without swapping."""
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    try:
        with open("/proc/meminfo", encoding="ascii") as lines:  # noqa: PTH123
            found = [line.split()[1] for line in lines if line.startswith("MemAvailable")]
        return int(found[0]) * 1024
    except (OSError, IndexError):
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def check_memory(
    config: ModelConfig,
    dtype: torch.dtype,
    bits: Bits | None,
    *,
    device: torch.device,
    slots: int = 1,
    available: int | None = None,
) -> None:
    """Raises MemoryProblem where the model will not fit into the device's free memory."""
    free = memory_available(device) if available is None else available
    needed = memory_needed(config, dtype, bits, device=device, slots=slots).total
    if needed <= free:
        return
    smaller: tuple[Bits, ...] = ("int4",) if bits == "int8" else ("int8", "int4")
    candidates = () if bits == "int4" else smaller
    fitting = tuple(
        b
        for b in candidates
        if memory_needed(config, dtype, b, device=device, slots=slots).total <= free
    )
    raise MemoryProblem(needed, free, fitting)
