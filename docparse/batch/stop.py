"""Ctrl-C and SIGTERM as a wish that a run looks at, instead of an exception anywhere."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType

from docparse.log import logger


@contextlib.contextmanager
def watch_for_stop() -> Iterator[Callable[[], bool]]:
    """A function that tells whether the run should end; a second Ctrl-C ends it at once."""
    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return
    asked = False

    def ask(number: int, frame: FrameType | None) -> None:
        nonlocal asked
        if asked:
            raise KeyboardInterrupt
        asked = True
        logger.warning("stopping when what is being written is written; again to stop at once")

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
