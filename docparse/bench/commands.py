"""Whole docparse commands in processes of their own, and how long they take side by side."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence

from docparse.bench.child import ChildError

# A command that takes longer is given up.
MOST_SECONDS = 1800.0


def command_line(*arguments: str, core: int | None = None) -> list[str]:
    """What runs `docparse ARGUMENTS` with this interpreter, held to one core if it is named."""
    held = "" if core is None else f"import os; os.sched_setaffinity(0, [{core}]); "
    return [sys.executable, "-c", f"{held}from docparse.cli.main import run; run()", *arguments]


def two_cores() -> list[int]:
    """Two cores that this process may run on, or none where it has fewer or cannot tell."""
    cores = sorted(os.sched_getaffinity(0))[:2] if sys.platform == "linux" else []
    return cores if len(cores) == 2 else []


def run_together(commands: Sequence[Sequence[str]]) -> tuple[float, list[tuple[int, str]]]:
    """Seconds until all of them have ended, and of each its exit code and its last line on stderr.

    Raises ChildError for one that takes too long.
    """
    began = time.perf_counter()
    running = [
        subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        for command in commands
    ]
    try:
        said = [process.communicate(timeout=MOST_SECONDS)[1] for process in running]
    except subprocess.TimeoutExpired:
        raise ChildError(f"gave no answer within {MOST_SECONDS:g} seconds") from None
    finally:
        for process in running:
            process.kill()
    seconds = time.perf_counter() - began
    lines = [stderr.decode(errors="replace").split("\n") for stderr in said]
    last = [next((line for line in reversed(found) if line), "no output") for found in lines]
    return seconds, [(p.returncode, line) for p, line in zip(running, last, strict=True)]
