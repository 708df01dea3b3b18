"""The device that a local model would run on, and what it is quick at."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Device:
    """`free_memory` in bytes: of the graphics card, or of the machine where there is none."""

    name: str
    free_memory: int
    has_fast_bf16: bool


def examine_device() -> Device:
    """Raises ImportError where torch is missing."""
    from docparse.engines.local import pick_device
    from docparse.model.load import choose_dtype
    from docparse.model.memory import memory_available

    device, name = pick_device()
    dtype = choose_dtype(device, "bfloat16")
    return Device(name, memory_available(device), has_fast_bf16=dtype.itemsize == 2)
