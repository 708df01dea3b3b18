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
    ("read", False): (2.65, 2.91, 0.2, -0.8, 0.0),
    ("read", True): (-0.44, 2.62, 0.9, -0.63, 0.46),
}
# By who read a line: the weights of `features_of_reading`.
READERS: dict[str, tuple[float, ...]] = {
    "model": (1.01, 0.86),
    "ocr": (0.73, 0.73),
}
