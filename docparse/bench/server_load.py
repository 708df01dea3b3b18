"""What talking to a server costs: pages right or recorded, and processor time of ours a page."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

from docparse.bench.fault_server import MODEL
from docparse.engines.base import Reply, Request
from docparse.engines.server import Patience, ServerEngine
from docparse.prompting import Message

# An A4 page at 200 dpi, as a model of 28-pixel patches is shown it.
SIZE = (1652, 2352)


@dataclass(frozen=True, slots=True)
class ServerLoad:
    """`cpu`: seconds of this process for all pages; `encoding`: of it, for making PNG data URLs."""

    num_pages: int
    num_tokens: int
    right: int
    recorded: int
    wrong: int
    share: float
    cpu: float
    encoding: float
    seconds: float

    @property
    def overhead(self) -> float:
        """Processor milliseconds a page, besides encoding."""
        return 1000 * (self.cpu - self.encoding) / self.num_pages

    def to_text(self) -> str:
        """Three lines."""
        return (
            f"{self.num_pages} pages of {self.num_tokens} tokens, faults in {self.share:.0%} of"
            f" requests: {self.right} right, {self.recorded} recorded as failed,"
            f" {self.wrong} wrong, in {self.seconds:.1f} s\n"
            f"client: {self.overhead:.1f} ms of processor time a page besides encoding"
            f" (the aim: under 10)\n"
            f"encoding as PNG data URL: {1000 * self.encoding / self.num_pages:.1f} ms a page"
        )


def run_server_load(num_pages: int, *, share: float, num_tokens: int) -> ServerLoad:
    """Sends pages to a scripted server in a process of its own."""
    requests = [request for request, _ in zip(_requests(), range(num_pages), strict=False)]
    expected = "".join(f"word{n} " for n in range(num_tokens - 2))
    with _server(share, num_tokens) as url:
        engine = ServerEngine(url, MODEL, 16, Patience(piece=3.0))
        start, cpu = time.perf_counter(), time.process_time()
        replies = [reply for _, reply in engine.generate(requests)]
        cpu, seconds = time.process_time() - cpu, time.perf_counter() - start
    good = sum(_is_good(reply, expected) for reply in replies)
    failed = sum(reply.finish == "failed" for reply in replies)
    wrong = num_pages - good - failed
    return ServerLoad(
        num_pages, num_tokens, good, failed, wrong, share, cpu, engine.encoding, seconds
    )


def _is_good(reply: Reply, expected: str) -> bool:
    return reply.finish == "stop" and expected in reply.text


def _requests() -> Iterator[Request]:
    from PIL import Image, ImageDraw

    number = 0
    while True:
        picture = Image.new("RGB", SIZE, "white")
        draw = ImageDraw.Draw(picture)
        for row in range(60):
            draw.text((100, 80 + 36 * row), f"Page {number}, line {row}: " + "words " * 30, "black")
        yield Request(Message("", "QwenVL HTML ", "text-first"), picture, max_tokens=8192)
        number += 1


@contextlib.contextmanager
def _server(share: float, num_tokens: int) -> Iterator[str]:
    words = ["-m", "docparse.bench.fault_server", str(share), str(num_tokens), "2.0"]
    process = subprocess.Popen([sys.executable, *words], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
    finally:
        process.kill()
        process.wait()
