"""Training data is seeded, the tokenizer has every character, a killed run goes on as it was."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from docparse.model.config import ModelConfig, parse_config
from docparse.model.preprocess import PixelConfig, prepare_picture
from docparse.train.alphabet import ALPHABET
from docparse.train.ctc import BLANK, Choice, CTCHead, ctc_loss, read_frames
from docparse.train.lines import LineSample
from docparse.train.nano import nano_config
from docparse.train.scan import scan
from docparse.train.tokenizer import SPECIAL, build_tokenizer
from docparse.train.tower import TowerRun, TowerStage, encode, line_rows, schedule


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def small_shape() -> ModelConfig:
    data = nano_config(dict.fromkeys(SPECIAL, 0), 64)
    data["vision_config"] |= {"hidden_size": 32, "num_heads": 2, "intermediate_size": 32}
    data["vision_config"] |= {"depth": 2, "fullatt_block_indexes": [1]}
    return parse_config(data)


def samples(seed: int) -> list[LineSample]:
    noise = np.random.default_rng(seed)
    return [
        LineSample(noise.integers(0, 255, (28, 84), dtype=np.uint8), text)
        for text in ("港の時計", "T123", "Shade")
    ]


def test_every_character_is_one_token_and_comes_back() -> None:
    tokenizer = build_tokenizer(["harbour", "shade", "the"], num_pieces=8)
    assert all(len(tokenizer.encode(char).ids) == 1 for char in ALPHABET)
    text = "登録番号 T1234567890123 ｱｲｳ ㈱髙﨑 ①№ naïve ¥1,280"
    assert tokenizer.decode(tokenizer.encode(text).ids) == text
    assert tokenizer.encode("<|im_start|>").ids == [tokenizer.token_to_id("<|im_start|>")]


def test_a_scan_is_seeded() -> None:
    clean = Image.new("L", (200, 30), 255)
    clean.paste(0, (20, 8, 150, 22))
    pictures = [
        scan(clean, random.Random(seed), np.random.default_rng(seed), type_size=20).tobytes()
        for seed in (1, 1, 2, 3, 4, 5, 6)
    ]
    assert pictures[0] == pictures[1]
    assert len(set(pictures)) > 3


def test_rows_of_a_line_are_those_of_preprocessing() -> None:
    sample = samples(0)[0]
    picture = Image.fromarray(sample.picture).convert("RGB")
    config = PixelConfig(min_pixels=28 * 28)
    expected = prepare_picture(picture, config).rows_NP
    torch.testing.assert_close(line_rows([sample], config)[0], expected, rtol=1e-5, atol=1e-5)


def test_frames_are_read_by_the_best_path() -> None:
    wanted = [BLANK, 5, 5, BLANK, 5, 9, 9, BLANK]
    logits = torch.full((1, len(wanted), len(ALPHABET) + 1), -9.0)
    for place, number in enumerate(wanted):
        logits[0, place, number] = 9.0
    every = torch.arange(len(ALPHABET) + 1)
    assert read_frames(logits, every) == [ALPHABET[4] + ALPHABET[4] + ALPHABET[8]]
    right = ctc_loss(logits, [ALPHABET[4] + ALPHABET[4] + ALPHABET[8]], every)
    wrong = ctc_loss(logits, [ALPHABET[7] + ALPHABET[4] + ALPHABET[8]], every)
    assert right.item() < 0.01 < wrong.item()


def test_drawn_characters_stand_for_all_others() -> None:
    torch.manual_seed(0)
    logits = torch.randn(1, 4, len(ALPHABET) + 1)
    every = torch.arange(len(ALPHABET) + 1)
    whole = ctc_loss(logits, [ALPHABET[2] + ALPHABET[7]], every)
    drawn = []
    for seed in range(40):
        choice = Choice.draw([ALPHABET[2] + ALPHABET[7]], 700, random.Random(seed))
        among = logits[..., choice.numbers] + choice.weights
        drawn.append(ctc_loss(among, [ALPHABET[2] + ALPHABET[7]], choice.numbers))
    assert torch.stack(drawn).sum().item() / len(drawn) == pytest.approx(whole.item(), rel=0.01)


def test_lines_of_a_batch_do_not_see_each_other() -> None:
    torch.manual_seed(0)
    run = TowerRun(small_shape(), TowerStage(), Path("unused"))
    rows = line_rows(samples(3), PixelConfig())
    with torch.no_grad():
        together = run.head(encode(run.tower, rows))
        alone = run.head(encode(run.tower, rows[1:2]))
    assert together.shape == (3, 18, len(ALPHABET) + 1)
    torch.testing.assert_close(together[1:2], alone, rtol=1e-4, atol=1e-4)


def test_a_killed_run_goes_on_as_if_it_was_not(tmp_path: Path) -> None:
    stage = TowerStage(lines=60, warm_up=5, rate=3e-3)
    whole = TowerRun(small_shape(), stage, tmp_path / "a")
    losses = [whole.step(samples(i % 2))[0] for i in range(6)]
    first = TowerRun(small_shape(), stage, tmp_path / "b")
    halves = [first.step(samples(i % 2))[0] for i in range(3)]
    first.save()
    second = TowerRun(small_shape(), stage, tmp_path / "b")
    assert second.load()
    halves += [second.step(samples(i % 2))[0] for i in range(3, 6)]
    assert halves == losses
    assert losses[-1] < losses[0]


def test_the_rate_rises_stays_and_falls_to_zero() -> None:
    stage = TowerStage(lines=1000, warm_up=100, rate=1.0)
    assert schedule(0, stage) == 0.01
    assert schedule(500, stage) == 1.0
    assert schedule(900, stage) == pytest.approx(0.5)
    assert schedule(1000, stage) == 0.0


def test_the_head_has_three_frames_for_each_column() -> None:
    head = CTCHead(16)
    assert head(torch.zeros(2, 5, 4, 16)).shape == (2, 30, len(ALPHABET) + 1)
