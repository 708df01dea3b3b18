"""Both sides of the model bench on tiny random weights: the same tokens, and steps that count."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import torch

from docparse.bench import model_sides as sides
from docparse.bench.model_shapes import SHAPES, write_random
from docparse.bench.model_speed import Line, ModelSpeed, run_model_speed
from docparse.errors import UsageError

SIZE = (112, 140)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.set_num_threads(1)
    return write_random(tmp_path_factory.mktemp("shape") / "tiny", "tiny")


def test_both_sides_write_the_same_about_the_same_page(folder: Path) -> None:
    ours = sides.write_ours(folder, "float32", SIZE, 12, 1, "", "")
    theirs = sides.write_theirs(folder, "float32", SIZE, 12)
    assert ours.tokens == theirs.tokens and len(ours.tokens) == 13
    together = sides.write_ours(folder, "float32", SIZE, 12, 4, "", "")
    assert together.tokens == ours.tokens
    assert sides.look_ours(folder, "float32", SIZE).seconds > 0
    assert sides.look_theirs(folder, "float32", SIZE).seconds > 0


def test_drafts_that_agree_save_steps_and_others_cost_none(folder: Path) -> None:
    plain, agree, never = (
        sides.write_ours(folder, "float32", SIZE, 40, 1, "", drafts)
        for drafts in ("", "agree", "never")
    )
    assert plain.tokens == agree.tokens == never.tokens
    assert plain.passes == never.passes == 41
    assert agree.passes * 4 <= plain.passes


def test_packed_weights_are_read_in_fewer_bytes(folder: Path) -> None:
    plain, int8, int4 = (
        sides.bytes_per_token(folder, "bfloat16", bits) for bits in ("", "int8", "int4")
    )
    text = SHAPES["tiny"]["text"]
    assert plain > 2 * text["hidden_size"] * text["vocab_size"]
    assert int4 < int8 < 0.6 * plain


def test_a_report_is_a_table_with_aims() -> None:
    line = Line("tower, float32", "1 s", "2 s", ratio=2.0, aim=1.15, cpu_ratio=2.5)
    text = ModelSpeed("m", (line,), ("a remark",)).to_text()
    assert "tower, float32" in text
    assert re.search(r"2\.00 +2\.50 +1\.15", text)


def test_what_is_no_model_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="3b-layer"):
        run_model_speed("no/such/folder")


@pytest.mark.slow
def test_the_whole_bench_runs_on_a_tiny_shape() -> None:
    report = run_model_speed("tiny", repeat=1)
    assert len(report.lines) == 14 and all(line.ratio > 0 for line in report.lines)
