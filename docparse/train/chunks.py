"""Chunks of samples in a fixed order, whatever the number of processes that draw them."""

from __future__ import annotations

import functools
import multiprocessing
import os
import random
import signal
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from itertools import count, islice
from typing import TypeVar

from docparse.train.lines import LineSample, line_samples
from docparse.train.pages import PageSample, page_samples
from docparse.train.words import Words, load_words

CHUNK = 2048  # lines that are sorted by length together
EASY_CHUNKS = 20  # over which the share of easy lines falls from all to none
# In a chunk of pages; a line costs a tenth of a page.
PAGES, LINES = 384, 512
EASY_PAGE_CHUNKS = 50  # over which the share of small pages falls
LEAST_EASE = 0.25  # to this, which stays to the end
MOST_OF_PAGES = 1800  # vision tokens and characters of a batch of pages
MOST_COLUMNS = 560  # 14-pixel columns in a batch: about 20 lines of ordinary width


@dataclass(frozen=True, slots=True)
class Place:
    """Where a run stands in the data: the next batch of a chunk."""

    chunk: int = 0
    batch: int = 0


S = TypeVar("S")
P = TypeVar("P", LineSample, PageSample)
MakeChunk = Callable[[int, int], list[list[S]]]


@functools.cache
def _words() -> Words:
    return load_words(held_out=False)


def line_chunk(seed: int, chunk: int) -> list[list[LineSample]]:
    """The batches of a chunk: lines of one size each, in an order drawn from the seed."""
    ease = max(0.0, 1 - chunk / EASY_CHUNKS)
    batches = _of_lines(line_samples(_words(), seed * 1_000_003 + chunk, ease=ease), CHUNK)
    random.Random(seed + chunk).shuffle(batches)
    return batches


def page_chunk(seed: int, chunk: int) -> list[list[LineSample | PageSample]]:
    """The batches of a chunk of pages, and lines among them so that those are not forgotten."""
    ease = max(LEAST_EASE, 1 - chunk / EASY_PAGE_CHUNKS)
    first = seed * 1_000_003 + chunk
    batches: list[list[LineSample | PageSample]] = []
    batches += map(list, _of_lines(line_samples(_words(), first), LINES))
    batches += map(list, _of_pages(page_samples(_words(), first, ease=ease), PAGES))
    random.Random(first).shuffle(batches)
    return batches


def _of_lines(lines: Iterator[LineSample], count: int) -> list[list[LineSample]]:
    samples = sorted(islice(lines, count), key=lambda line: (line.vertical, line.length))
    return _batches(samples, lambda line: line.length // 14, most=MOST_COLUMNS)


def _of_pages(pages: Iterator[PageSample], count: int) -> list[list[PageSample]]:
    """Pages of much the same length together."""
    samples = sorted(islice(pages, count), key=lambda page: (page.picture.shape, page.length))
    return _batches(samples, lambda page: page.groups + page.length, most=MOST_OF_PAGES)


def _batches(samples: Iterable[P], cost: Callable[[P], int], *, most: int) -> list[list[P]]:
    """Neighbours of one size, as many as cost `most`, each as much as the last one."""
    batches: list[list[P]] = []
    for sample in samples:
        last = batches[-1] if batches else []
        is_same = last and last[0].picture.shape == sample.picture.shape
        if is_same and (len(last) + 1) * cost(sample) <= most:
            last.append(sample)
        else:
            batches.append([sample])
    return batches


def batches_from(
    place: Place, seed: int, make: MakeChunk[S], *, processes: int
) -> Iterator[tuple[list[S], Place]]:
    """Batches from a place on, each with the place that follows it; endless."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=context, initializer=_be_quiet) as pool:
        ahead: list[Future[list[list[S]]]] = []
        numbers = count(place.chunk)
        current = place.chunk
        skip = place.batch
        while True:
            while len(ahead) < processes + 1:
                ahead.append(pool.submit(make, seed, next(numbers)))
            batches = ahead.pop(0).result()
            for index in range(skip, len(batches)):
                last = index + 1 == len(batches)
                after = Place(current + 1, 0) if last else Place(current, index + 1)
                yield batches[index], after
            current, skip = current + 1, 0


def _be_quiet() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the trainer ends us
    os.nice(5)
