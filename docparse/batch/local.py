"""How many workers a run gets on this machine, how much each may do at once and take of memory."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace

from docparse.batch.crew import START_PATIENCE, Crew
from docparse.batch.hands import Hands, Processes
from docparse.batch.tasks import Setup
from docparse.settings import RunSettings

# A local model decodes four pages at once; as many again wait, so that it is never short of them.
PAGES_OF_A_MODEL = 8
# A model takes minutes for a page on a processor, and as long to be loaded.
MODEL_PATIENCE = 30
_LEAST_MEMORY = 2 * 2**30


def local_crew(setup: Setup, run: RunSettings) -> Crew:
    """Worker processes, not started yet."""
    return crew_of(Processes, setup, run, size=run.jobs, models=1)


def crew_of(
    hands: Callable[[Setup], Hands],
    setup: Setup,
    run: RunSettings,
    *,
    size: int,
    models: int,
    start_patience: float = START_PATIENCE,
) -> Crew:
    """A crew of `size`, or of as many as there may be models; each gets what it can do at once."""
    patience = run.page_timeout * (MODEL_PATIENCE if setup.read.model else 1)
    depth = 1
    if setup.read.server:  # pages are drawn by all, and each keeps its share of requests going
        share = max(1, setup.read.max_requests // size)
        setup = replace(setup, read=replace(setup.read, max_requests=share))
        depth = 2 * share
    elif setup.read.model:  # each copy of it reads several pages together
        size, depth = models, PAGES_OF_A_MODEL
    return Crew(hands(setup), size, depth, patience, start_patience)


def memory_of_a_worker(jobs: int) -> int:
    """Bytes that each of so many workers may take, so that all of them fit; 0 if not known."""
    try:
        total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):  # not on every system
        return 0
    return max(_LEAST_MEMORY, total * 8 // 10 // jobs)
