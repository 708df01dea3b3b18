"""Runs that are killed at random moments and gone on with, and what must hold at their end.

As a command: `python tests/batch/kill.py [DOCUMENTS] [KILLS]`.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

import pymupdf

SENTENCE = "The harbour is quiet today, and the boats wait for the evening tide to come in. "
COMMAND = [sys.executable, "-c", "from docparse.cli.main import run; run()"]


def make_folder(folder: Path, num_documents: int) -> Path:
    """Small PDFs of one to three pages, each with a picture, in two folders."""
    for number in range(num_documents):
        path = folder / ("even" if number % 2 == 0 else "odd") / f"doc-{number:03d}.pdf"
        path.parent.mkdir(parents=True, exist_ok=True)
        with pymupdf.open() as pdf:
            for count in range(1 + number % 3):
                page = pdf.new_page()
                page.insert_text((72, 90), f"Document {number}, sheet {count}", fontsize=18)
                page.insert_textbox((72, 120, 520, 300), SENTENCE * (3 + number % 5), fontsize=11)
                pixels = pymupdf.Pixmap(pymupdf.csRGB, (0, 0, 60, 40), False)
                pixels.set_rect(pixels.irect, (20 + 3 * number % 200, 90, 160))
                page.insert_image((100, 400, 300, 530), pixmap=pixels)
            pdf.save(path)
    return folder


def command(source: Path, out: Path, *more: str) -> list[str]:
    return [*COMMAND, *words(source, out), *more]


def words(source: Path, out: Path) -> list[str]:
    """What follows the name of the command. The pictures hold nothing to read."""
    formats = ("-f", "html", "-f", "md", "-f", "json")
    return [str(source), "-o", f"{out}/", *formats, "--reader", "off"]


def run_killed(source: Path, out: Path, *, kills: int, seed: int, longest: float) -> int:
    """Starts the command again and again and kills it each time, then lets it end.

    Returns how many runs were really killed before they ended by themselves.
    """
    dice, killed = random.Random(seed), 0
    for _ in range(kills):
        process = subprocess.Popen(
            command(source, out, "-q"), start_new_session=True, stderr=subprocess.DEVNULL
        )
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(dice.uniform(0.0, longest))
        if process.poll() is None:
            killed += 1
            # Sometimes the command alone, so that its workers must notice.
            whole = dice.random() < 0.7
            with contextlib.suppress(ProcessLookupError):
                (os.killpg if whole else os.kill)(process.pid, signal.SIGKILL)
        process.wait()
    subprocess.run(command(source, out, "-q"), check=True, timeout=900)
    return killed


def contents(out: Path) -> dict[str, str]:
    """Digest of every file below, the ledger left out."""
    return {
        str(path.relative_to(out)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(out.rglob("*"))
        if path.is_file() and not path.name.startswith(".docparse.sqlite")
    }


def check(undisturbed: Path, killed: Path) -> None:
    """Raises AssertionError unless both folders hold the same, and nothing was done twice."""
    assert contents(killed) == contents(undisturbed)
    left = [path for path in killed.rglob("*.part")]
    left += [path for path in killed.iterdir() if path.name.endswith(("-wal", "-shm"))]
    assert not left, left
    with closing(sqlite3.connect(killed / ".docparse.sqlite")) as db:
        assert db.execute("SELECT count(*) FROM pages WHERE reads != 1").fetchone() == (0,)
        assert db.execute("SELECT count(*) FROM documents WHERE writes != 1").fetchone() == (0,)
        assert db.execute("SELECT count(*) FROM documents WHERE state != 'done'").fetchone() == (0,)


def main(num_documents: int = 60, kills: int = 50) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = make_folder(folder / "in", num_documents)
        start = time.perf_counter()
        subprocess.run(command(source, folder / "plain", "-q"), check=True)
        seconds = time.perf_counter() - start
        # So that the kills spread over the whole of the work, and over the starts too.
        longest = max(4.0, 4 * seconds / kills)
        killed = run_killed(source, folder / "killed", kills=kills, seed=1, longest=longest)
        check(folder / "plain", folder / "killed")
        print(f"{num_documents} documents, {killed} of {kills} runs killed: all files the same")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
