"""A folder of damaged and locked files: the run ends, and tells of each what became of it."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from kill import make_folder

from tests.command import docparse

DATA = Path(__file__).parents[3] / "shared" / "data"
# Of each way to be bad a small one, and two that only look bad.
SMALL = {
    "ocrmypdf/invalid.pdf": "failed",
    "pdf-lib/invalid_root_ref.pdf": "failed",
    "pdfplumber/empty.pdf": "failed",
    "qpdf/bad1.pdf": "failed",
    "qpdf/bad40.pdf": "failed",
    "qpdf/encrypted-40-bit-R3.pdf": "failed",
    "pdfjs/Pages-tree-refs.pdf": "incomplete",
    "qpdf/bad-xref.pdf": "done",
    "pypdf/encryption_r6-empty-password.pdf": "done",
}

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="../shared/data is not there")


def convert(folder: Path, bad: Iterable[str], *args: str) -> dict[str, str]:
    """Converts the files and three good ones; the state of each, after all else is checked."""
    make_folder(folder / "in" / "good", 3)
    for name in bad:
        (folder / "in" / "bad" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(DATA / "gnarly" / name, folder / "in" / "bad" / name)
    names = [str(path.relative_to(folder / "in")) for path in (folder / "in").rglob("*.pdf")]
    result = docparse("in", "-o", "out/", "-f", "md", "-f", "json", "-q", *args, cwd=folder)
    assert result.returncode == 3 and "Traceback" not in result.stderr, result.stderr
    status = json.loads(docparse("status", "out", "--json", cwd=folder).stdout)
    assert sum(status["documents"].values()) == len(names) and not status["running"]
    states = dict.fromkeys(names, "done")
    for failure in status["failures"]:
        assert len(failure["reason"]) > 15, failure
        states[failure["document"]] = failure["state"]
    for name, state in states.items():
        written = [(folder / "out" / name).with_suffix(end).exists() for end in (".md", ".json")]
        assert written == [state != "failed"] * 2, (name, state)
    assert {states.pop(name) for name in names if name.startswith("good/")} == {"done"}
    assert not list((folder / "out").rglob("*.part"))
    return {name.removeprefix("bad/"): state for name, state in states.items()}


def test_one_of_each_way_to_be_bad(tmp_path: Path) -> None:
    assert convert(tmp_path, SMALL) == SMALL


@pytest.mark.slow
def test_every_bad_file_there_is(tmp_path: Path) -> None:
    gnarly = DATA / "gnarly"
    every = [str(path.relative_to(gnarly)) for path in gnarly.rglob("*.pdf")]
    states = convert(tmp_path, every, "-j", "2")
    assert len(states) > 100 and states.items() >= SMALL.items()
    rows = [line.split(" | ") for line in (DATA / "INDEX.md").read_text("utf-8").splitlines()]
    opens = {row[0].removeprefix("| gnarly/"): row[5] for row in rows if "| gnarly/" in row[0]}
    locked = {name for name, how in opens.items() if how == "LOCKED"}
    assert locked and {states[name] for name in locked & states.keys()} == {"failed"}
