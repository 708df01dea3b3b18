"""The command with a model: noise becomes a document, what is wrong is one line and a code."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from docparse.errors import UsageError
from docparse.settings import ReadSettings

ROOT = Path(__file__).parents[2]
REPORT = ROOT / "samples" / "report.pdf"
MAKE = """
import sys; sys.path.insert(0, sys.argv[1])
import oracle
from pathlib import Path
oracle.write_checkpoint(
    Path(sys.argv[2]), oracle.model_of(oracle.config_of(sys.argv[3])), layout="released"
)
"""


def docparse(*args: str | Path, **env: str) -> subprocess.CompletedProcess[str]:
    code = "from docparse.cli.main import run; run()"
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, args)],
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, "OMP_NUM_THREADS": "1", **env},
        check=False,
    )


def make_checkpoint(folder: Path, family: str = "qwen2_5_vl") -> Path:
    source = ROOT / "tests" / "model"
    subprocess.run([sys.executable, "-c", MAKE, source, folder, family], check=True)
    # Tiny as the model is, a page at full size and a reply at full length take their time.
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"max_position_embeddings": 700}))
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_checkpoint(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="module")
def older(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_checkpoint(tmp_path_factory.mktemp("older"), "qwen2_vl")


@pytest.mark.parametrize(
    ("profile", "flags"),
    [
        ("qwen2.5-vl", ("--quantize", "int4")),
        ("qwen2-vl", ()),
        ("olmocr-1", ("--anchors", "olmocr")),
        ("olmocr-2", ("--hold-format",)),
    ],
)
def test_noise_becomes_a_document_with_notes(
    folder: Path, older: Path, tmp_path: Path, profile: str, flags: tuple[str, ...]
) -> None:
    out = tmp_path / "out"
    model = older if profile in ("qwen2-vl", "olmocr-1") else folder
    flags = ("--model", str(model), "--profile", profile, "--max-pixels", "30000", *flags)
    result = docparse(REPORT, "--pages", "1-2", "-o", f"{out}/", "-f", "html", "-f", "json", *flags)
    assert "Traceback" not in result.stderr and "internal error" not in result.stderr
    pages = json.loads((out / "report.json").read_text())["pages"]
    assert [page["number"] for page in pages] == [1, 2]
    assert result.returncode == 3, result.stderr
    unread = {"page-failed", "truncated", "repeated-tail", "off-format", "unlike-layer"}
    for page in pages:
        assert {note["code"] for note in page["notes"]} & unread
        assert f"report.pdf p. {page['number']}: " in result.stderr
        assert all(block["source"] == "model" for block in page["blocks"])
    assert (out / "report.html").read_text().count("<section") == 2


def test_a_reply_that_never_ends_is_exit_code_3(folder: Path, tmp_path: Path) -> None:
    short = shutil.copytree(folder, tmp_path / "short")
    config = json.loads((short / "config.json").read_text())
    # Room for the prompt of 83 tokens and hardly more, so that no reply can come to its end.
    (short / "config.json").write_text(json.dumps(config | {"max_position_embeddings": 90}))
    target = tmp_path / "out.md"
    result = docparse(
        REPORT, "--pages", "1", "-o", target, "--model", short, "--max-pixels", "30000"
    )
    assert result.returncode == 3 and "report.pdf p. 1: " in result.stderr, result.stderr
    assert target.exists()


def test_what_is_wrong_with_the_model_is_one_line(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    cases = (
        (("--model", tmp_path / "empty"), {}, 7, "config.json"),
        (("--model", tmp_path / "not" / "here"), {}, 7, "--model"),
        (
            ("--model", "Qwen/Qwen2.5-VL-3B-Instruct"),
            {"HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path)},
            7,
            "into a folder",
        ),
        (("--model", folder, "--profile", "gpt"), {}, 2, "--profile"),
    )
    for flags, env, code, said in cases:
        result = docparse(REPORT, "--pages", "1", "-o", tmp_path / "x.html", *flags, **env)
        assert result.returncode == code, result.stderr
        assert result.stderr.count("\n") == 1 and said in result.stderr, result.stderr
    assert not (tmp_path / "x.html").exists()


def test_settings_of_a_model_are_checked_before_any_work() -> None:
    for given, said in (
        ({"model": "m", "anchors": "pdfreport"}, "--anchors off or olmocr or lines"),
        ({"model": "m", "quantize": "int3"}, "--quantize int8 or int4"),
        ({"profile": "olmocr-2"}, "--model"),
        ({"max_pixels": 1000}, "--model"),
    ):
        with pytest.raises(UsageError, match=said):
            ReadSettings(**given)  # type: ignore[arg-type]
    ReadSettings(model="m", anchors="olmocr", quantize="int4", profile="olmocr-1")


def test_doctor_says_what_is_there(tmp_path: Path) -> None:
    commit = "0" * 40
    snapshot = tmp_path / "hub" / "models--Some--Model" / "snapshots" / commit
    make_checkpoint(snapshot)
    refs = tmp_path / "hub" / "models--Some--Model" / "refs"
    refs.mkdir()
    (refs / "main").write_text(commit)
    (snapshot.parents[1] / "blobs").mkdir()
    result = docparse("doctor", HF_HOME=str(tmp_path), HF_HUB_CACHE=str(tmp_path / "hub"))
    assert result.returncode == 0 and result.stderr == ""
    lines = dict(line.split(": ", 1) for line in result.stdout.splitlines())
    assert lines["layout model"] == "loads"
    assert lines["model"].startswith(f"Some/Model@{commit[:12]} (qwen2_5_vl")
    assert {"device", "free memory", "bfloat16", "docparse", "torch", "python"} <= lines.keys()
    nothing = docparse("doctor", HF_HOME=str(tmp_path / "x"), HF_HUB_CACHE=str(tmp_path / "x"))
    assert nothing.returncode == 0 and "model: none" in nothing.stdout
