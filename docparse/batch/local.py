"""How many workers a run gets on this machine, how much each may do at once and take of memory."""

from __future__ import annotations

import os
from dataclasses import replace

from docparse.batch.crew import Crew
from docparse.batch.hands import Processes
from docparse.batch.tasks import Setup
from docparse.settings import RunSettings

# A local model decodes four pages at once; as many again wait, so that it is never short of them.
PAGES_OF_A_MODEL = 8
# A model takes minutes for a page on a processor, and as long to be loaded.
MODEL_PATIENCE = 30
_LEAST_MEMORY = 2 * 2**30


def local_crew(setup: Setup, run: RunSettings) -> Crew:
    """Worker processes, not started yet."""
    patience = run.page_timeout * MODEL_PATIENCE
    if setup.read.server:  # pages are drawn by all, and each keeps its share of requests going
        share = max(1, setup.read.max_requests // run.jobs)
        setup = replace(setup, read=replace(setup.read, max_requests=share))
        return Crew(Processes(setup), run.jobs, 2 * share, patience)
    if setup.read.model:  # one copy of it, which reads several pages together
        return Crew(Processes(setup), 1, PAGES_OF_A_MODEL, patience)
    return Crew(Processes(setup), run.jobs, 1, run.page_timeout)


def memory_of_a_worker(jobs: int) -> int:
    """Bytes that each of so many workers may take, so that all of them fit; 0 if not known."""
    try:
        total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):  # not on every system
        return 0
    return max(_LEAST_MEMORY, total * 8 // 10 // jobs)
