"""`docparse serve` as it is started, with two hundred uploads at once."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from serve_client import Client

UPLOADS = 200
# All of them are more than twice what the server may grow by.
SIZE = 2_000_000
MOST_GROWTH = 150_000_000
NAMES = ("a.pdf", "../../outside.pdf", "..%2F..%2Foutside", "%2Fetc%2Fpasswd", "C:%5Coutside.pdf")


@dataclass
class Running:
    """A server's process, and the folders that it might write to."""

    client: Client
    process: subprocess.Popen[bytes]
    root: Path

    def memory(self, name: str) -> int:
        """Bytes of memory as the kernel counts them: VmRSS now, VmHWM at most."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split(f"{name}:")[1].split()[0]) * 1024

    def strays(self) -> list[Path]:
        """Files that are not in the folder of the app."""
        work = self.root / "work"
        return [p for p in self.root.rglob("*") if p.is_file() and work not in p.parents]


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    for name in ("home", "tmp", "cwd"):
        (tmp_path / name).mkdir()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    env = {**os.environ, "HOME": f"{tmp_path}/home", "TMPDIR": f"{tmp_path}/tmp"}
    env["PYTHONPATH"] = os.pathsep.join(filter(None, sys.path))
    command = [sys.executable, "-c", "from docparse.cli.main import run; run()"]
    command += ["serve", "--jobs", "1"]
    command += ["--port", str(port), "--folder", f"{tmp_path}/work"]
    with subprocess.Popen(command, cwd=tmp_path / "cwd", env=env) as process:
        client = Client(port, tmp_path / "work")
        try:
            _wait_until_up(client, process)
            yield Running(client, process, tmp_path)
        finally:
            process.terminate()


def _wait_until_up(client: Client, process: subprocess.Popen[bytes]) -> None:
    while process.poll() is None:
        try:
            assert client.ask("GET", "/")[0] == 200
        except ConnectionError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("the server ended")


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads memory from /proc")
def test_two_hundred_uploads_at_once_neither_fill_memory_nor_stop_the_server(
    running: Running, pdf_file: bytes
) -> None:
    client = running.client
    # a document that takes the reader some time, so that the others have to wait
    data = pdf_file + b"%" + b"x" * (SIZE - len(pdf_file))
    before = running.memory("VmRSS")
    together = threading.Barrier(UPLOADS)

    def upload(number: int) -> tuple[int, bytes]:
        together.wait()
        name = NAMES[number % len(NAMES)]
        return client.ask("POST", f"/documents?name={name}", data)[:2]

    with ThreadPoolExecutor(UPLOADS) as threads:
        answers = list(threads.map(upload, range(UPLOADS)))
    statuses = Counter(status for status, _ in answers)
    assert set(statuses) == {201, 503}, statuses
    assert 100 <= statuses[201] < UPLOADS
    assert running.memory("VmHWM") - before < MOST_GROWTH
    documents = {path.name for path in (running.root / "work").iterdir()}
    assert len(documents) == statuses[201], "what was refused leaves nothing"
    assert running.strays() == []
    for name in documents:
        assert client.ask("DELETE", f"/documents/{name}")[0] == 204
    item = client.wait(client.send(pdf_file, "after.pdf"))
    assert item["state"] == "done", item
    assert running.strays() == []
