"""Folders converted by the command: inputs, resuming, killing, full disks, real bad files."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from kill import check, command, contents, make_folder, run_killed, words

from tests.command import docparse

DATA = Path(__file__).parents[3] / "shared" / "data"


@pytest.fixture(scope="module")
def converted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A folder of four documents, and what one undisturbed run made of it."""
    folder = tmp_path_factory.mktemp("four")
    source = make_folder(folder / "in", 4)
    result = docparse(*words(source, folder / "out"))
    assert "4 documents: 4 done; 7 pages" in result.stderr and result.stdout == ""
    return source, folder / "out"


def test_the_tree_is_kept_and_a_second_run_has_nothing_to_do(
    converted: tuple[Path, Path], tmp_path: Path
) -> None:
    source, out = converted
    assert (out / "even/doc-000.html").exists() and (out / "odd/doc-003_files").is_dir()
    copy = shutil.copytree(out, tmp_path / "out")
    before = contents(copy)
    # another folder is another output, so it is done, and only in the format that is asked for
    result = docparse(source, "-o", f"{copy}/", "-f", "md", "--reader", "off")
    assert result.returncode == 0 and "4 documents: 4 done; 7 pages" in result.stderr
    assert contents(copy) == before
    result = docparse(source, "-o", f"{copy}/", "-f", "md", "--reader", "off")
    assert "4 documents: 4 as recorded before; 0 pages" in result.stderr


def test_killed_runs_end_as_an_undisturbed_one(
    converted: tuple[Path, Path], tmp_path: Path
) -> None:
    source, out = converted
    run_killed(source, tmp_path / "out", kills=2, seed=5, longest=6.0)
    check(out, tmp_path / "out")


@pytest.mark.slow
def test_sixty_documents_killed_fifty_times(tmp_path: Path) -> None:
    source = make_folder(tmp_path / "in", 60)
    subprocess.run(command(source, tmp_path / "plain", "-q"), check=True)
    assert run_killed(source, tmp_path / "out", kills=50, seed=1, longest=5.0) >= 40
    check(tmp_path / "plain", tmp_path / "out")


def test_ctrl_c_says_how_to_go_on(converted: tuple[Path, Path], tmp_path: Path) -> None:
    source, out = converted
    process = subprocess.Popen(command(source, tmp_path / "out"), stderr=subprocess.PIPE)
    ledger = tmp_path / "out" / ".docparse.sqlite"
    while not ledger.exists():
        time.sleep(0.05)
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 130, stderr
    assert b"run the same command again" in stderr
    assert not list((tmp_path / "out").rglob("*.part"))
    again = docparse(*words(source, tmp_path / "out"))
    assert again.returncode == 0, again.stderr
    check(out, tmp_path / "out")


def test_two_runs_in_one_folder_are_refused(converted: tuple[Path, Path]) -> None:
    fcntl = pytest.importorskip("fcntl")
    source, out = converted
    handle = os.open(out, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    result = docparse(source, "-o", out)
    os.close(handle)
    assert result.returncode == 6 and "another docparse is writing" in result.stderr


def test_status_of_a_folder(converted: tuple[Path, Path], tmp_path: Path) -> None:
    _, out = converted
    result = docparse("status", out)
    assert result.returncode == 0 and "4 documents done" in result.stdout
    found = json.loads(docparse("status", out, "--json").stdout)
    assert found["documents"] == {"done": 4} and found["pages"] == {"done": 7}
    assert found["pages_per_second"] > 0 and not found["running"]
    assert docparse("status", tmp_path).returncode == 4


def test_globs_lists_and_a_dry_run_name_the_same_files(
    converted: tuple[Path, Path], tmp_path: Path
) -> None:
    source, _ = converted
    (tmp_path / "list.txt").write_text("in/even/doc-000.pdf\n\nin/odd\n")
    (tmp_path / "in").symlink_to(source)
    result = docparse("--files-from", "list.txt", "-o", "a/", "--dry-run", cwd=tmp_path)
    lines = result.stdout.splitlines()
    assert lines[-1] == "3 documents, 4 pages, 0 cannot be opened"
    assert "in/even/doc-000.pdf: 1 text layer -> a/in/even/doc-000.html" in lines
    assert not (tmp_path / "a").exists()
    result = docparse("in/**/doc-00[01].pdf", "-o", "b/", "--dry-run", cwd=tmp_path)
    assert "even/doc-000.pdf: 1 text layer -> b/even/doc-000.html" in result.stdout.splitlines()
    names = b"in/even/doc-000.pdf\n"
    result = docparse("--files-from", "-", "-o", "c/", "--dry-run", cwd=tmp_path, stdin=names)
    assert result.stdout.splitlines()[-1].startswith("1 documents, 1 pages")


@pytest.mark.parametrize(
    ("args", "code", "says"),
    [
        (["in", "-o", "out"], 2, "a.pdf and a.png would both become out/a.html"),
        (["in/a.png", "-o", "in/a.pdf/x/"], 6, "is a file"),
        (["-", "--files-from", "-", "-o", "out"], 2, "a document and a list"),
        (["--files-from", "none.txt", "-o", "out"], 4, "none.txt"),
        (["in/*.tif", "-o", "out"], 2, "no document in in/*.tif"),
        (["in", "-o", "out", "--redo", "some"], 2, "--redo failed"),
    ],
)
def test_nonsense_is_told_before_any_work(
    tmp_path: Path, args: list[str], code: int, says: str
) -> None:
    (tmp_path / "in").mkdir()
    for name in ("a.pdf", "a.png"):
        (tmp_path / "in" / name).write_bytes(b"x")
    result = docparse(*args, cwd=tmp_path, stdin=b"")
    assert result.returncode == code, result.stderr
    assert says in result.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.skipif(os.geteuid() != 0 or sys.platform != "linux", reason="mounts need root")
@pytest.mark.parametrize("how", ["full", "read-only"])
def test_no_room_is_told_and_earlier_results_stay(
    converted: tuple[Path, Path], tmp_path: Path, how: str
) -> None:
    source, _ = converted
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(disk)]
    if subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("this machine lets nobody mount")
    try:
        first = source / "even" / "doc-000.pdf"
        result = docparse(first, "-o", f"{disk}/", "-f", "md", "--reader", "off")
        assert result.returncode == 0, result.stderr
        before = contents(disk)
        if how == "read-only":
            subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        result = docparse(*words(source, disk))
        assert result.returncode == 6, result.stderr
        assert "Traceback" not in result.stderr
        assert {k: v for k, v in contents(disk).items() if k in before} == before
        assert not list(disk.rglob("*.part"))
    finally:
        subprocess.run(["umount", str(disk)], check=True)
