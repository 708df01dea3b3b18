"""Weights of the maps from evidence to confidence: what `docparse bench check --fit` prints."""

from __future__ import annotations

from typing import Literal

Shown = Literal["layer", "read", ""]

# By where the page's words come from, and whether the model tells its chances: the weights of
# `Evidence.features`.
WORDS: dict[tuple[Shown, bool], tuple[float, ...]] = {
    ("", True): (0.47, 0.0, 0.0, 0.0, 0.68),
    ("layer", False): (-2.57, 9.88, 0.0, 0.0, 0.0),
    ("layer", True): (-3.46, 9.01, 0.0, 0.0, 0.31),
    ("read", False): (2.7, 3.8, 0.02, -0.83, 0.0),
    ("read", True): (-0.09, 2.49, 0.84, -0.72, 0.45),
}
# By who read a line: the weights of `features_of_reading`.
READERS: dict[str, tuple[float, ...]] = {
    "model": (0.71, 0.92),
    "ocr": (0.73, 0.73),
}
