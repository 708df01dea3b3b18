"""A Ray cluster on this machine gives what a local run gives, also when a worker is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from kill import check, command, contents, make_folder

pytestmark = pytest.mark.slow


def actors() -> list[int]:
    """Processes of Ray that hold one of our workers."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if b"ray::Actor" in path.read_bytes():
                found.append(int(path.parent.name))
        except OSError:
            continue
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
def test_the_same_bytes_as_a_local_run_though_a_worker_is_killed(tmp_path: Path) -> None:
    pytest.importorskip("ray")
    source = make_folder(tmp_path / "in", 10)
    subprocess.run(command(source, tmp_path / "plain", "-q"), check=True)
    before = set(actors())
    process = subprocess.Popen(command(source, tmp_path / "out", "--ray", "local", "-j", "2"))
    deadline, killed = time.monotonic() + 180, 0
    while process.poll() is None and time.monotonic() < deadline:
        mine = set(actors()) - before
        if not killed and mine and len(contents(tmp_path / "out")) > 3:
            killed = mine.pop()
            os.kill(killed, signal.SIGKILL)
        time.sleep(0.2)
    assert process.wait(180) == 0
    assert killed, "the run ended before a worker could be killed"
    check(tmp_path / "plain", tmp_path / "out")
