"""Chunks of line samples in a fixed order, whatever the number of processes that draw them."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from itertools import count, islice

from docparse.train.lines import LineSample, line_samples
from docparse.train.words import Words, load_words

CHUNK = 2048  # lines that are sorted by length together
EASY_CHUNKS = 20  # over which the share of easy lines falls from all to none
MOST_COLUMNS = 560  # 14-pixel columns in a batch: about 20 lines of ordinary width


@dataclass(frozen=True, slots=True)
class Place:
    """Where a run stands in the data: the next batch of a chunk."""

    chunk: int = 0
    batch: int = 0


_words: Words | None = None


def make_chunk(seed: int, chunk: int) -> list[list[LineSample]]:
    """The batches of a chunk: lines of one size each, in an order drawn from the seed."""
    global _words
    if _words is None:
        _words = load_words(held_out=False)
    ease = max(0.0, 1 - chunk / EASY_CHUNKS)
    samples = list(islice(line_samples(_words, seed * 1_000_003 + chunk, ease=ease), CHUNK))
    samples.sort(key=lambda sample: (sample.vertical, sample.length))
    batches: list[list[LineSample]] = []
    for sample in samples:
        last = batches[-1] if batches else []
        is_same = last and last[0].picture.shape == sample.picture.shape
        if is_same and (len(last) + 1) * sample.length // 14 <= MOST_COLUMNS:
            last.append(sample)
        else:
            batches.append([sample])
    random.Random(seed + chunk).shuffle(batches)
    return batches


def batches_from(
    place: Place, seed: int, *, processes: int
) -> Iterator[tuple[list[LineSample], Place]]:
    """Batches from a place on, each with the place that follows it; endless."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=context, initializer=_be_quiet) as pool:
        ahead: list[Future[list[list[LineSample]]]] = []
        numbers = count(place.chunk)
        current = place.chunk
        skip = place.batch
        while True:
            while len(ahead) < processes + 1:
                ahead.append(pool.submit(make_chunk, seed, next(numbers)))
            batches = ahead.pop(0).result()
            for index in range(skip, len(batches)):
                last = index + 1 == len(batches)
                after = Place(current + 1, 0) if last else Place(current, index + 1)
                yield batches[index], after
            current, skip = current + 1, 0


def _be_quiet() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the trainer ends us
    os.nice(5)
