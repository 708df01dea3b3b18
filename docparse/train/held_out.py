"""Line pictures of fonts and texts that are never trained on, to measure readers with."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import PIL.Image

from docparse.train.lines import line_samples
from docparse.train.words import load_words

# The number that texts, fonts and scan effects are drawn from.
SEED = 7


def held_out_lines(count: int) -> Iterator[tuple[PIL.Image.Image, str]]:
    """The same pictures and texts each time."""
    for sample in islice(line_samples(load_words(held_out=True), SEED, held_out=True), count):
        yield PIL.Image.fromarray(sample.picture), sample.text
