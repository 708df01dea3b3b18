"""Pictures of lines and pages, of fonts and texts that are never trained on, to measure with."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import PIL.Image

from docparse.train.lines import line_samples
from docparse.train.pages import page_samples
from docparse.train.words import load_words

# The number that texts, fonts and scan effects are drawn from.
SEED = 7


def held_out_lines(count: int) -> Iterator[tuple[PIL.Image.Image, str]]:
    """The same pictures and texts each time."""
    for sample in islice(line_samples(load_words(held_out=True), SEED, held_out=True), count):
        yield PIL.Image.fromarray(sample.picture), sample.text


def held_out_pages(count: int) -> Iterator[tuple[PIL.Image.Image, str]]:
    """The same small pages each time, and the QwenVL HTML that tells what is on them."""
    for sample in islice(page_samples(load_words(held_out=True), SEED, held_out=True), count):
        yield PIL.Image.fromarray(sample.picture), sample.text
