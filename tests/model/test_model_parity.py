"""Our numbers against those of transformers on tiny random checkpoints that it wrote itself."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import oracle
import pytest
import torch
from PIL import Image

from docparse.model.chat import PICTURE, VIDEO, Mark, Message
from docparse.model.load import Checkpoint, load_checkpoint
from docparse.model.preprocess import Pixels, doubled, prepare_picture, prepare_video
from docparse.model.prompt import Prompt
from docparse.model.reply import Request, Result
from docparse.model.sampling import Sampling

CPU = torch.device("cpu")
TOLERANCE = 1e-5


@pytest.fixture(scope="module")
def checkpoint(folder: Path) -> Checkpoint:
    return load_checkpoint(folder, device=CPU, dtype=torch.float32)


def noise(width: int, height: int, seed: int = 0) -> Image.Image:
    rng = np.random.default_rng(seed)
    return Image.fromarray(rng.integers(0, 256, (height, width, 3), dtype=np.uint8))


def ask(checkpoint: Checkpoint, *parts: str | Mark, pixels: Sequence[Pixels] = ()) -> Prompt:
    return checkpoint.prompt([Message("user", parts)], pixels)


def picture_prompt(checkpoint: Checkpoint, width: int, height: int, seed: int = 0) -> Prompt:
    pixels = [prepare_picture(noise(width, height, seed), checkpoint.pixels)]
    return ask(checkpoint, "QwenVL HTML ", PICTURE, pixels=pixels)


def write(checkpoint: Checkpoint, *requests: Request, slots: int = 1) -> list[Result]:
    """Replies in the order of the requests, ended by no stop token."""
    from dataclasses import replace

    endless = replace(checkpoint, stops=frozenset())
    return [result for _, result in sorted(endless.generate(requests, slots=slots))]


def difference(ours: torch.Tensor, theirs: torch.Tensor) -> float:
    return float((ours - theirs).norm() / theirs.norm())


@pytest.mark.parametrize(
    ("width", "height"),
    [
        (28, 28),  # one group, less than a window
        (112, 112),  # exactly one window
        (224, 336),  # whole windows only
        (300, 100),  # windows cut on both sides
        (560, 840),
    ],
)
def test_tower(checkpoint: Checkpoint, reference: Any, width: int, height: int) -> None:
    pixels = prepare_picture(noise(width, height), checkpoint.pixels)
    check_tower(checkpoint, reference, [pixels])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("width", "height"),
    # whole windows only, cut on one side, cut on both, a thin strip, A4 at 150 dpi
    [(1120, 896), (1008, 924), (700, 1036), (1232, 28), (1240, 1754)],
)
def test_pages_of_every_size(
    checkpoint: Checkpoint, reference: Any, width: int, height: int
) -> None:
    """Tower, logits and 64 greedy tokens."""
    prompt = picture_prompt(checkpoint, width, height)
    check_tower(checkpoint, reference, list(prompt.pixels))
    theirs = oracle.reference_logits(reference, prompt)
    assert difference(logits_of(checkpoint, prompt), theirs) < TOLERANCE
    (ours,) = write(checkpoint, Request(prompt, 64))
    assert list(ours.tokens) == oracle.reference_tokens(reference, prompt)


def test_tower_on_several_pictures(checkpoint: Checkpoint, reference: Any) -> None:
    sizes = [(28, 28), (310, 150), (112, 224), (310, 150), (56, 400)]
    pixels = [
        prepare_picture(noise(w, h, seed), checkpoint.pixels) for seed, (w, h) in enumerate(sizes)
    ]
    check_tower(checkpoint, reference, pixels)


def test_tower_on_videos_and_pictures(checkpoint: Checkpoint, reference: Any) -> None:
    config = checkpoint.pixels
    still = prepare_picture(noise(140, 84), config)
    video = prepare_video([noise(170, 120, n) for n in range(5)], config, frames_per_second=1.5)
    check_tower(checkpoint, reference, [still, video, still])


def check_tower(checkpoint: Checkpoint, reference: Any, pixels: list[Pixels]) -> None:
    with torch.inference_mode():
        ours = checkpoint.model.look(pixels)
        rows = torch.cat([doubled(item, checkpoint.pixels) for item in pixels])
        grids = torch.tensor([item.grid for item in pixels])
        theirs = reference.model.visual(rows, grid_thw=grids).pooler_output
    assert difference(ours, theirs) < TOLERANCE


def logits_of(checkpoint: Checkpoint, prompt: Prompt) -> torch.Tensor:
    p = prompt.positions
    positions = torch.tensor([p.time, p.row, p.column])
    with torch.inference_mode():
        out: torch.Tensor = checkpoint.model(
            prompt.ids, positions, prompt.pixels, lengths=[len(prompt.ids)]
        )
    return out


def prompts_of(checkpoint: Checkpoint) -> dict[str, Prompt]:
    config = checkpoint.pixels
    first, second = (prepare_picture(noise(w, 90, w), config) for w in (120, 210))
    # One second between slices: time does not run past the sides, where 5.23 goes its own way.
    video = prepare_video([noise(230, 200, n) for n in range(3)], config, frames_per_second=2.0)
    return {
        "text": ask(checkpoint, "請求書の合計金額は?"),
        "picture": picture_prompt(checkpoint, 300, 140),
        "several": ask(
            checkpoint, "one ", PICTURE, " and two ", PICTURE, " differ", pixels=[first, second]
        ),
        "video": ask(checkpoint, VIDEO, "what?", pixels=[video]),
        "mixed": ask(checkpoint, PICTURE, " then ", VIDEO, "?", pixels=[first, video]),
    }


@pytest.mark.parametrize("kind", ["text", "picture", "several", "video", "mixed"])
def test_logits(checkpoint: Checkpoint, reference: Any, kind: str) -> None:
    prompt = prompts_of(checkpoint)[kind]
    ours, theirs = logits_of(checkpoint, prompt), oracle.reference_logits(reference, prompt)
    assert ours.shape == theirs.shape
    assert difference(ours, theirs) < TOLERANCE


@pytest.mark.parametrize(("tied", "kv_heads"), [(True, 2), (False, 4), (True, 1)])
def test_tied_weights_and_other_groups(
    tmp_path: Path, family: str, tied: bool, kv_heads: int
) -> None:
    reference = oracle.model_of(oracle.config_of(family, tied=tied, kv_heads=kv_heads), seed=5)
    folder = oracle.write_checkpoint(tmp_path, reference, shard_bytes=60_000)
    assert len(list(folder.glob("*.safetensors"))) > 3
    checkpoint = load_checkpoint(folder, device=CPU, dtype=torch.float32)
    prompt = picture_prompt(checkpoint, 160, 100)
    theirs = oracle.reference_logits(reference, prompt)
    assert difference(logits_of(checkpoint, prompt), theirs) < TOLERANCE
    (result,) = write(checkpoint, Request(prompt, 24))
    assert list(result.tokens) == oracle.reference_tokens(reference, prompt, 24)


def without_cache(checkpoint: Checkpoint, prompt: Prompt, num: int) -> list[int]:
    """Greedy tokens, the whole text worked out anew for each."""
    ids, positions, following = list(prompt.ids), prompt.positions, prompt.positions.following
    axes = [list(axis) for axis in (positions.time, positions.row, positions.column)]
    vision = None
    with torch.inference_mode():
        if prompt.pixels:
            vision = checkpoint.model.look(prompt.pixels)
        prompt_vectors = checkpoint.model.embed(ids, vision)
        said: list[int] = []
        for _ in range(num):
            vectors = prompt_vectors
            if said:
                vectors = torch.cat((prompt_vectors, checkpoint.model.embed_text(said)))
            hidden = checkpoint.model.whole(vectors, torch.tensor(axes), lengths=[len(vectors)])
            said.append(int(checkpoint.model.logits(hidden[-1:]).argmax()))
            for axis in axes:
                axis.append(following)
            following += 1
    return said


@pytest.mark.parametrize("kind", ["text", "picture", "several"])
def test_64_greedy_tokens_with_and_without_cache(
    checkpoint: Checkpoint, reference: Any, kind: str
) -> None:
    prompt = prompts_of(checkpoint)[kind]
    theirs = oracle.reference_tokens(reference, prompt)
    assert len(set(theirs)) > 12, "a reply that says one thing over and over proves little"
    (ours,) = write(checkpoint, Request(prompt, 64))
    assert list(ours.tokens) == theirs
    assert without_cache(checkpoint, prompt, 64) == theirs


def test_greedy_tokens_after_a_video(checkpoint: Checkpoint, reference: Any) -> None:
    prompt = prompts_of(checkpoint)["mixed"]
    (ours,) = write(checkpoint, Request(prompt, 24))
    assert list(ours.tokens) == oracle.reference_tokens(reference, prompt, 24)


def test_64_greedy_tokens_in_a_batch(checkpoint: Checkpoint, reference: Any) -> None:
    prompts = list(prompts_of(checkpoint).values())
    prompts += [picture_prompt(checkpoint, 90, 60, seed) for seed in range(3)]
    # Of unlike lengths, so that some leave and others come while the rest go on.
    lengths = [64, 17, 64, 5, 40, 64, 1, 33]
    requests = [Request(p, n) for p, n in zip(prompts, lengths, strict=True)]
    theirs = [
        oracle.reference_tokens(reference, p, n) for p, n in zip(prompts, lengths, strict=True)
    ]
    for slots in (3, 8):
        results = write(checkpoint, *requests, slots=slots)
        assert [list(r.tokens) for r in results] == theirs
        assert {r.finish for r in results} == {"length"}


def test_prompts_read_in_pieces(checkpoint: Checkpoint, reference: Any) -> None:
    from dataclasses import replace

    prompts = list(prompts_of(checkpoint).values())
    endless = replace(checkpoint, stops=frozenset())
    for budget in (7, 50, 128):
        replies = endless.generate([Request(p, 9) for p in prompts], slots=3, prefill_tokens=budget)
        for number, result in replies:
            theirs = oracle.reference_tokens(reference, prompts[number], 9)
            assert list(result.tokens) == theirs


def test_repetition_penalty(checkpoint: Checkpoint, reference: Any) -> None:
    prompt = prompts_of(checkpoint)["picture"]
    (ours,) = write(checkpoint, Request(prompt, 48, Sampling(repetition_penalty=1.3)))
    theirs = oracle.reference_tokens(reference, prompt, 48, repetition_penalty=1.3)
    assert list(ours.tokens) == theirs
    assert theirs != oracle.reference_tokens(reference, prompt, 48)


def test_log_probabilities(checkpoint: Checkpoint, reference: Any) -> None:
    prompt = prompts_of(checkpoint)["text"]
    (ours,) = write(checkpoint, Request(prompt, 6))
    logits = oracle.reference_logits(reference, prompt)[-1]
    expected = logits.log_softmax(-1)[ours.tokens[0]]
    assert ours.log_probabilities[0] == pytest.approx(float(expected), abs=1e-4)
    assert len(ours.log_probabilities) == 6


def test_stop_token_ends_both(checkpoint: Checkpoint, reference: Any) -> None:
    from dataclasses import replace

    prompt = prompts_of(checkpoint)["text"]
    theirs = oracle.reference_tokens(reference, prompt)
    stop = theirs[20]
    first = theirs.index(stop)
    ((_, ours),) = replace(checkpoint, stops=frozenset({stop})).generate(
        [Request(prompt, 64)], slots=1
    )
    assert list(ours.tokens) == theirs[:first] and ours.finish == "stop"
    assert ours.usage.new_tokens == first + 1
