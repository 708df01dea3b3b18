"""The bench of checks: what it plants is found, and its figures say when something is not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from docparse.bench.check import (
    FONTS,
    Case,
    calibration_error,
    cases,
    read_script,
    word_ious,
    words_right,
)
from docparse.bench.check_fit import logistic
from docparse.bench.drawn import draw_page
from docparse.bench.scripts import Script, script_of
from docparse.pages.open import open_source
from docparse.reading.lines import lines_shown, scan_reading


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


def test_a_picture_on_a_page_with_a_layer_is_checked_too() -> None:
    drawn = draw_page(5, "picture", japanese=False, fonts=FONTS[0])
    with open_source(drawn.pdf, name="drawn", password="", dpi=200) as opened:
        lines = lines_shown(opened.page(1), scan_reading("nano"))
    case = Case(drawn, 5, "layer and pictures", lines)
    table = next(block for block in drawn.page.blocks if block.table)
    exact = read_script(case, script_of(drawn, "exact", 5), "qwen2.5-vl")
    assert exact.notes == ()
    kept = tuple(block for block in drawn.page.blocks if block is not table)
    without = read_script(case, Script(replace(drawn.page, blocks=kept)), "qwen2.5-vl")
    (note,) = without.notes
    assert note.code == "missed-region" and note.bbox and table.bbox.overlap(note.bbox) > 0.5


def test_the_logistic_map_finds_the_weights_that_made_its_samples() -> None:
    import numpy as np

    rng = np.random.default_rng(1)
    features = np.stack([np.ones(20000), rng.normal(size=20000)], axis=1)
    chance = 1 / (1 + np.exp(-(features @ np.array([0.5, -1.5]))))
    found = logistic(features, (rng.random(20000) < chance).astype(np.float64))
    assert found == pytest.approx([0.5, -1.5], abs=0.08)
