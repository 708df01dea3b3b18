"""Work done in a process of its own, that may crash or hang without harm to ours."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from typing import Any


class ChildError(Exception):
    """The child raised an error, died, or took too long; `str()` says which."""


class Child:
    """One warm process, silent on stdout and stderr; replaced after it died or was stopped."""

    def __init__(self) -> None:
        self._pool: ProcessPoolExecutor | None = None
        self._pid = 0
        self._future: Future[Any] | None = None

    def ask(self, work: Callable[..., Any], *args: object, limit: float) -> Any:
        """The result of `work(*args)`, which must be importable by name, within `limit` seconds.

        Raises ChildError for whatever goes wrong in the child.
        """
        future = self._future = self._submit(work, *args)
        try:
            error = future.exception(timeout=limit)
        except TimeoutError:
            self.close()
            raise ChildError(f"gave no answer within {limit:g} seconds") from None
        if isinstance(error, BrokenProcessPool):
            self.close()
            raise ChildError("the process died") from None
        if error is not None:
            raise ChildError(f"{type(error).__name__}: {' '.join(str(error).split())[:300]}")
        return future.result()

    def close(self) -> None:
        """Ends the process, whatever it is at; a later `ask` starts another."""
        if self._pool:
            if self._future and not self._future.done():
                os.kill(self._pid, signal.SIGTERM)
            self._pool.shutdown(wait=True, cancel_futures=True)
        self._pool = None

    def _submit(self, work: Callable[..., Any], *args: object) -> Future[Any]:
        if self._pool is None:
            # spawn: a fork of a process with threads can hang, and is not there on every system
            self._pool = ProcessPoolExecutor(1, get_context("spawn"), initializer=fall_silent)
            self._pid = self._pool.submit(os.getpid).result()
        return self._pool.submit(work, *args)


def fall_silent() -> None:
    """Sends what is written to stdout and stderr nowhere, C libraries included.

    Ctrl-C is for the parent, which then ends the child.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
