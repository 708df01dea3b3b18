"""Stage e: pairs of replies are ranked, the better one becomes likelier, a killed run goes on."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from docparse.errors import UsageError
from docparse.model.reply import Result, Usage
from docparse.model.tokenizer import Tokenizer
from docparse.train.multimodal import LinesStage
from docparse.train.nano import new_model
from docparse.train.page_stage import PagesStage
from docparse.train.pages import PageSample
from docparse.train.preferences import Pair, PreferredRun, ranked
from tests.train.test_lines_stage import samples as line_samples
from tests.train.test_lines_stage import start
from tests.train.test_pages_stage import pages, stage_c, untied

STAGE = PagesStage(lines=40, warm_up=1, rate=1e-3)


def stage_e(folder: Path, tokenizer: Any) -> PreferredRun:
    """Stage e after stages that learned nothing."""
    if not (folder / "pages.pt").is_file():
        stage_c(folder, tokenizer, STAGE).save()
    return PreferredRun(new_model(untied(tokenizer)), Tokenizer(tokenizer), STAGE, folder)


def reply(text: str, *tokens: int, ends: bool = True) -> Result:
    return Result(tokens, text, "stop" if ends else "length", (), Usage(1, len(tokens), 1))


def test_the_reply_nearest_to_the_truth_is_the_better_one() -> None:
    some = [reply("ac", 1, 2), reply("abd", 3), reply("xxxxxx", 4, 5, ends=False)]
    assert ranked("abc", some, 7, end=9) == Pair(7, [1, 2, 9], [4, 5])
    assert ranked("abc", [reply("ab", 1), reply("bc", 2)], 0, end=9) is None
    assert ranked("abc", [reply("ab", 1), reply("", ends=False)], 0, end=9) is None


def test_the_better_reply_becomes_likelier_beside_the_worse(tokenizer: Any, tmp_path: Path) -> None:
    run = stage_e(tmp_path, tokenizer)
    some = [page for page in pages(0) if isinstance(page, PageSample)]
    pairs = [Pair(0, [40, 41], [50, 51, 52]), Pair(1, [60, 61, 62], [70])]
    seen = run.see(some).detach()
    prompts = [run.prompt(page) for page in some]
    before = run.margins(seen, pairs, prompts)
    assert before.tolist() == pytest.approx([0.0, 0.0], abs=1e-4)
    optimizer = torch.optim.SGD(run.parameters, lr=0.05)
    for _ in range(5):
        (-run.margins(seen, pairs, prompts).sum()).backward()
        optimizer.step()
        optimizer.zero_grad()
    assert all(margin > 0.5 for margin in run.margins(seen, pairs, prompts).tolist())


def test_a_batch_of_pages_costs_its_truth_and_its_pairs(tokenizer: Any, tmp_path: Path) -> None:
    """A model that has not moved from its reference is as unsure of each pair as of a coin."""
    run = stage_e(tmp_path, tokenizer)
    some = [page for page in pages(0) if isinstance(page, PageSample)]
    assert run._pairs(some, [run.prompt(page) for page in some])
    before = stage_c(tmp_path, tokenizer, replace(STAGE, guided=0))
    assert before.load()
    with torch.no_grad():
        extra = float(run.loss(pages(0)) - before.loss(pages(0)))
    assert extra == pytest.approx(math.log(2), abs=1e-3)


def test_a_killed_run_goes_on_as_if_it_was_not(tokenizer: Any, tmp_path: Path) -> None:
    """Its reference is what stage c left, not what it went on from."""
    batches = [pages(0), [*line_samples(0)], pages(1), pages(0)]
    whole = stage_e(tmp_path, tokenizer)
    losses = [whole.step(batch) for batch in batches]
    first = stage_e(tmp_path, tokenizer)
    halves = [first.step(batch) for batch in batches[:2]]
    first.save()
    second = stage_e(tmp_path, tokenizer)
    assert second.load()
    halves += [second.step(batch) for batch in batches[2:]]
    assert halves == losses


def test_without_stage_c_there_is_nothing_to_go_on_from(tokenizer: Any, tmp_path: Path) -> None:
    start(tmp_path, tokenizer, LinesStage()).save()
    with pytest.raises(UsageError, match="no stage c"):
        PreferredRun(new_model(untied(tokenizer)), Tokenizer(tokenizer), STAGE, tmp_path)
