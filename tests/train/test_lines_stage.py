"""Stage b: the decoder learns in the places where it will be asked, and resumes as it was."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from docparse.errors import UsageError
from docparse.model.config import parse_config
from docparse.model.tokenizer import Tokenizer
from docparse.train.lines import STEP, LineSample
from docparse.train.multimodal import LinesRun, LinesStage
from docparse.train.nano import nano_config, new_model
from docparse.train.teller import Guide, middles
from docparse.train.tokenizer import SPECIAL
from docparse.train.tower import TowerRun, TowerStage


def settings(tokenizer: Any) -> dict[str, Any]:
    tokens = {name: tokenizer.token_to_id(name) for name in SPECIAL}
    data = nano_config(tokens, tokenizer.get_vocab_size())
    data["vision_config"] |= {"hidden_size": 32, "num_heads": 2, "intermediate_size": 32}
    data["vision_config"] |= {"depth": 2, "fullatt_block_indexes": [1], "out_hidden_size": 64}
    data |= {"hidden_size": 64, "intermediate_size": 64, "num_hidden_layers": 2}
    data |= {"rope_scaling": {"type": "mrope", "mrope_section": [2, 3, 3]}}
    return data


def samples(seed: int, *, vertical: bool = False) -> list[LineSample]:
    noise = np.random.default_rng(seed)
    shape = (84, 28) if vertical else (28, 84)
    return [
        LineSample(
            noise.integers(0, 255, shape, dtype=np.uint8), text, (9.0,) * len(text), vertical
        )
        for text in ("港の時計", "T123", "Shade")
    ]


def start(folder: Path, tokenizer: Any, stage: LinesStage) -> LinesRun:
    """Stage b after a stage a that learned nothing."""
    data = settings(tokenizer)
    TowerRun(parse_config(data), TowerStage(), folder).save()
    return LinesRun(new_model(data), Tokenizer(tokenizer), stage, folder)


@pytest.mark.parametrize("vertical", [False, True])
def test_the_decoder_learns_what_the_model_will_be_asked(
    tokenizer: Any, tmp_path: Path, vertical: bool
) -> None:
    """The vectors of a batch are those of the same chats in the model's own forward."""
    run = start(tmp_path, tokenizer, LinesStage())
    lines = samples(0, vertical=vertical)
    targets = [run.teller.target(line.text) for line in lines]
    from docparse.model.lines import encode_lines
    from docparse.train.tower import rows_of

    with torch.no_grad():
        seen = encode_lines(run.model.tower, rows_of(lines), vertical=vertical)
        merged = run.model.tower.merger(seen.flatten(0, 1)).view(len(lines), seen.shape[1], -1)
        prompts = [run.prompt(line) for line in lines]
        hidden = run.teller.decode(merged, targets, prompts, None)
        for number, (prompt, target) in enumerate(zip(prompts, targets, strict=True)):
            ids = [*prompt.ids, *target[:-1]]
            follow = [prompt.positions.following + place for place in range(len(target) - 1)]
            positions = prompt.positions
            places = torch.tensor(
                [[*axis, *follow] for axis in (positions.time, positions.row, positions.column)]
            )
            logits = run.model(ids, places, prompt.pixels, lengths=[len(ids)])
            ours = run.model.logits(hidden[number])
            torch.testing.assert_close(ours, logits[len(prompt.ids) - 1 :], rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("still", [0, 100])
def test_a_killed_run_goes_on_as_if_it_was_not(tokenizer: Any, tmp_path: Path, still: int) -> None:
    stage = LinesStage(lines=60, warm_up=5, rate=3e-3, still=still, guided=9)
    whole = start(tmp_path / "a", tokenizer, stage)
    losses = [whole.step(samples(i % 2)) for i in range(6)]
    first = start(tmp_path / "b", tokenizer, stage)
    halves = [first.step(samples(i % 2)) for i in range(3)]
    first.save()
    second = start(tmp_path / "b", tokenizer, stage)
    assert second.load()
    halves += [second.step(samples(i % 2)) for i in range(3, 6)]
    assert halves == losses
    assert losses[-1] < losses[1]


def test_lines_learned_by_heart_are_read(tokenizer: Any, tmp_path: Path) -> None:
    run = start(tmp_path, tokenizer, LinesStage(lines=2000, warm_up=20, rate=4e-3))
    lines = samples(0)
    texts = [line.text for line in lines]
    assert run.read(lines) != texts
    for number in range(150):
        run.step(lines)
        if number % 20 == 19 and run.read(lines) == texts:
            return
    pytest.fail(f"after 150 steps it reads {run.read(lines)}")


@pytest.mark.parametrize("still", [0, 100])
def test_the_tower_stands_still_at_first(tokenizer: Any, tmp_path: Path, still: int) -> None:
    run = start(tmp_path, tokenizer, LinesStage(lines=60, warm_up=5, still=still))
    before = [parameter.clone() for parameter in run.model.tower.blocks.parameters()]
    run.step(samples(0))
    after = run.model.tower.blocks.parameters()
    is_same = all(torch.equal(a, b) for a, b in zip(before, after, strict=True))
    assert is_same == (still > 0)


def test_the_guide_asks_to_look_where_a_token_stands() -> None:
    """Two lines of two groups, one token each and a second one in the first line."""
    spots = [[(10.0, 14.0), (50.0, 14.0)], [(50.0, 14.0)]]
    right = torch.zeros(2, 4, 2, 2)
    right[0, :, 0, 0] = right[0, :, 1, 1] = right[1, :, 0, 1] = 1.0
    at = middles((1, 2)).expand(2, -1, -1)
    guide, wrong_guide = (Guide(spots, [1, 1], at, groups=2, reach=STEP) for _ in range(2))
    guide.watch(right)
    wrong_guide.watch(right.flip(-1))
    assert guide.loss() < 0.001 < 1 < wrong_guide.loss()


def test_without_stage_a_there_is_nothing_to_go_on_from(tokenizer: Any, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no trained tower"):
        LinesRun(new_model(settings(tokenizer)), Tokenizer(tokenizer), LinesStage(), tmp_path)
