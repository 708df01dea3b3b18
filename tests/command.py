"""The command run in this process, workers too: nothing is started, imported or loaded again."""

from __future__ import annotations

import io
import logging
import pickle
import subprocess
import sys
from collections import deque
from collections.abc import Sequence
from contextlib import ExitStack, chdir, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any
from unittest import mock

from docparse.batch.hands import Hand
from docparse.batch.tasks import Began, Setup
from docparse.batch.worker import Service
from docparse.cli.main import run


class Colleague:
    """A Hand, and the pipe between it and its own Service: tasks wait in it, then answers."""

    def __init__(self, setup: Setup) -> None:
        self.service = Service(setup, self)  # type: ignore[arg-type]
        self.tasks: deque[bytes] = deque()
        self.answers: deque[bytes] = deque()
        self.send((0, Began()))

    def give(self, *task: Any) -> None:
        self.tasks.append(pickle.dumps(task))

    def take(self) -> Any:
        return pickle.loads(self.answers.popleft())

    def end(self) -> None:
        self.service.desk.close()

    def poll(self, seconds: float) -> bool:
        return bool(self.tasks)

    def recv(self) -> Any:
        return pickle.loads(self.tasks.popleft())

    def send(self, answer: Any) -> None:
        self.answers.append(pickle.dumps(answer))


class Colleagues:
    """Hands in this process: who is waited for does a task meanwhile."""

    def __init__(self, setup: Setup) -> None:
        self.setup = setup

    def start(self) -> Colleague:
        return Colleague(self.setup)

    def wait(self, hands: Sequence[Hand], seconds: float) -> list[Hand]:
        for hand in hands:
            assert isinstance(hand, Colleague)
            if hand.tasks and not hand.answers:
                hand.service.answer_next()
        return [hand for hand in hands if isinstance(hand, Colleague) and hand.answers]


def docparse(
    *args: str | Path, cwd: Path | None = None, stdin: bytes = b""
) -> subprocess.CompletedProcess[str]:
    """What `docparse ARGS` does. For what concerns processes, run a real one instead."""
    words = ["docparse", *map(str, args)]
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2))
    logger = logging.getLogger("docparse")
    handlers, level = logger.handlers[:], logger.level
    with ExitStack() as stack:
        stack.callback(logger.setLevel, level)
        stack.callback(logger.handlers.__setitem__, slice(None), handlers)
        stack.enter_context(mock.patch("docparse.batch.local.Processes", Colleagues))
        stack.enter_context(mock.patch.object(sys, "argv", words))
        stack.enter_context(mock.patch.object(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin))))
        stack.enter_context(chdir(cwd or Path.cwd()))
        stack.enter_context(redirect_stdout(out))
        stack.enter_context(redirect_stderr(err))
        try:
            run()
        except SystemExit as end:
            code = int(end.code or 0)
    stdout, stderr = (stream.buffer.getvalue().decode() for stream in (out, err))  # type: ignore[attr-defined]
    return subprocess.CompletedProcess(words, code, stdout, stderr)
