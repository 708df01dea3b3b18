"""The command with a model: noise becomes a document, what is wrong is one line and a code."""

from __future__ import annotations

import json
from pathlib import Path

import huggingface_hub
import pymupdf
import pytest

from docparse.errors import UsageError
from docparse.settings import ReadSettings
from tests.command import docparse
from tests.model import oracle

ROOT = Path(__file__).parents[2]
REPORT = ROOT / "samples" / "report.pdf"
SENTENCE = "The harbour is quiet today, and the boats wait for the evening tide to come in. "


def make_checkpoint(folder: Path, family: str = "qwen2_5_vl") -> Path:
    oracle.write_checkpoint(folder, oracle.model_of(oracle.config_of(family)), layout="released")
    return folder


def with_context(folder: Path, tokens: int) -> Path:
    """The checkpoint with room for so many tokens: noise goes on to the end of it."""
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"max_position_embeddings": tokens}))
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_checkpoint(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="module")
def older(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_checkpoint(tmp_path_factory.mktemp("older"), "qwen2_vl")


@pytest.fixture(scope="module")
def pdf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pages") / "two.pdf"
    with pymupdf.open() as made:
        for number in range(2):
            page = made.new_page()
            page.insert_text((72, 90), f"The harbour, sheet {number}", fontsize=18)
            page.insert_textbox((72, 120, 520, 400), SENTENCE * 12, fontsize=11)
        made.save(path)
    return path


@pytest.mark.parametrize(
    ("profile", "room", "flags"),
    [
        ("qwen2.5-vl", 300, ("--quantize", "int4")),
        ("qwen2-vl", 300, ()),
        ("olmocr-1", 420, ("--anchors", "olmocr")),
        ("olmocr-2", 600, ("--hold-format",)),
    ],
)
def test_noise_becomes_a_document_with_notes(
    folder: Path, older: Path, pdf: Path, tmp_path: Path, profile: str, room: int, flags: tuple[str]
) -> None:
    out = tmp_path / "out"
    model = with_context(older if profile in ("qwen2-vl", "olmocr-1") else folder, room)
    flags = ("--model", str(model), "--profile", profile, "--max-pixels", "30000", *flags)
    result = docparse(pdf, "-o", f"{out}/", "-f", "html", "-f", "json", *flags)
    assert "Traceback" not in result.stderr and "internal error" not in result.stderr
    pages = json.loads((out / "two.json").read_text())["pages"]
    assert [page["number"] for page in pages] == [1, 2]
    assert result.returncode == 3, result.stderr
    unread = {"page-failed", "truncated", "repeated-tail", "off-format", "unlike-layer"}
    for page in pages:
        assert {note["code"] for note in page["notes"]} & unread
        assert f"two.pdf p. {page['number']}: " in result.stderr
        assert all(block["source"] == "model" for block in page["blocks"])
    assert (out / "two.html").read_text().count("<section") == 2


def test_a_reply_that_never_ends_is_exit_code_3(folder: Path, pdf: Path, tmp_path: Path) -> None:
    # Room for the prompt of 83 tokens and hardly more, so that no reply can come to its end.
    short = with_context(folder, 90)
    target = tmp_path / "out.md"
    result = docparse(pdf, "--pages", "1", "-o", target, "--model", short, "--max-pixels", "30000")
    assert result.returncode == 3 and "two.pdf p. 1: " in result.stderr, result.stderr
    assert target.exists()


def test_what_is_wrong_with_the_model_is_one_line(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "empty").mkdir()
    # The hub reads its variables when it is imported.
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
    cases = (
        (("--model", tmp_path / "empty"), 7, "config.json"),
        (("--model", tmp_path / "not" / "here"), 7, "--model"),
        (("--model", "Qwen/Qwen2.5-VL-3B-Instruct"), 7, "into a folder"),
        (("--model", folder, "--profile", "gpt"), 2, "--profile"),
    )
    for flags, code, said in cases:
        result = docparse(REPORT, "--pages", "1", "-o", tmp_path / "x.html", *flags)
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


def test_doctor_says_what_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commit = "0" * 40
    snapshot = tmp_path / "hub" / "models--Some--Model" / "snapshots" / commit
    make_checkpoint(snapshot)
    refs = tmp_path / "hub" / "models--Some--Model" / "refs"
    refs.mkdir()
    (refs / "main").write_text(commit)
    (snapshot.parents[1] / "blobs").mkdir()
    scan = huggingface_hub.scan_cache_dir
    monkeypatch.setattr(huggingface_hub, "scan_cache_dir", lambda: scan(tmp_path / "hub"))
    result = docparse("doctor")
    assert result.returncode == 0 and result.stderr == ""
    lines = dict(line.split(": ", 1) for line in result.stdout.splitlines())
    assert lines["layout model"] == "loads"
    assert lines["model"].startswith(f"Some/Model@{commit[:12]} (qwen2_5_vl")
    assert {"device", "free memory", "bfloat16", "docparse", "torch", "python"} <= lines.keys()
    monkeypatch.setattr(huggingface_hub, "scan_cache_dir", lambda: scan(tmp_path / "x"))
    nothing = docparse("doctor")
    assert nothing.returncode == 0 and "model: none" in nothing.stdout
