"""Sides written here, in a module that a new process imports quickly."""

from __future__ import annotations

import os
import time
from pathlib import Path

from docparse.bench import ours, peer
from docparse.bench.reading import Reading

TRUTH = {
    "a": "a first line of text to find\na second line of text to find",
    "b": "b first line of text to find\nb second line of text to find",
}


def read_well(path: Path) -> dict[str, Reading]:
    return {ours.NAME: Reading(whole=TRUTH[path.stem].replace("\n", "\n\n"))}


def read_badly(path: Path) -> dict[str, Reading]:
    print("noise on stdout")
    if path.stem == "b":
        os._exit(3)
    lines = TRUTH[path.stem].split("\n")
    reading = Reading(whole="\n\n".join(reversed(lines)))
    return {peer.DEFAULTS: reading, peer.NO_HEADERS: reading}


def turn(path: Path) -> int:
    if path.name == "broken.pdf":
        raise ValueError("cannot read this")
    time.sleep(0.02)
    return 2


def turn_slowly(path: Path) -> int:
    time.sleep(0.06)
    return 2


def hang() -> None:
    time.sleep(600)


def die() -> None:
    os._exit(1)


def shout() -> int:
    print("loud")
    os.write(2, b"louder")
    return 7
