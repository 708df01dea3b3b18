"""The bench of checks: what it plants is found, and its figures say when something is not."""

from __future__ import annotations

import pytest

from docparse.bench.check import (
    FONTS,
    calibration_error,
    cases,
    read_script,
    word_ious,
    words_right,
)
from docparse.bench.check_fit import logistic
from docparse.bench.scripts import script_of


def test_a_drawn_page_is_checked_against_its_layer() -> None:
    case = next(cases(1, 3, FONTS, None))
    exact = read_script(case, script_of(case.drawn, "exact", 3), "qwen2.5-vl")
    ious = word_ious(case.drawn.page.blocks, exact.blocks)
    assert sum(ious) / len(ious) > 0.9 and exact.notes == ()
    for variant, code in (("invented", "unsupported-text"), ("removed", "missed-region")):
        found = read_script(case, script_of(case.drawn, variant, 3), "qwen2.5-vl")
        assert {note.code for note in found.notes} == {code}
    script = script_of(case.drawn, "misread", 3)
    samples = list(words_right(read_script(case, script, "qwen2.5-vl").blocks, script))
    assert 0 < sum(not right for _, right in samples) < len(samples) / 4
    assert calibration_error(samples) < 0.02
    assert calibration_error([(1.0, False)]) == 1.0
    assert word_ious(case.drawn.page.blocks, ()) == [0.0] * len(ious)


def test_the_logistic_map_finds_the_weights_that_made_its_samples() -> None:
    import numpy as np

    rng = np.random.default_rng(1)
    features = np.stack([np.ones(20000), rng.normal(size=20000)], axis=1)
    chance = 1 / (1 + np.exp(-(features @ np.array([0.5, -1.5]))))
    found = logistic(features, (rng.random(20000) < chance).astype(np.float64))
    assert found == pytest.approx([0.5, -1.5], abs=0.08)
