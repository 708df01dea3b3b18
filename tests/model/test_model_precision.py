"""bf16 is no further from the truth than transformers is, and gradients are the reference's."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import numpy as np
import oracle
import pytest
import torch
import torch.nn.functional as F
from PIL import Image

from docparse.model.attention import attend_long
from docparse.model.chat import PICTURE, Message
from docparse.model.config import read_config
from docparse.model.load import load_checkpoint
from docparse.model.prepack import PrepackedLinear, can_prepack, gains_from_prepacking
from docparse.model.preprocess import PixelConfig, doubled, prepare_picture
from docparse.model.prompt import build_prompt
from docparse.model.tokenizer import Tokenizer
from docparse.model.weights import load_weights

CPU = torch.device("cpu")


def difference(ours: torch.Tensor, truth: torch.Tensor) -> float:
    return float((ours.double() - truth.double()).norm() / truth.double().norm())


def prompt_of(folder: Path) -> Any:
    rng = np.random.default_rng(0)
    picture = Image.fromarray(rng.integers(0, 256, (170, 230, 3), dtype=np.uint8))
    return build_prompt(
        [Message("user", ("read ", PICTURE))],
        [prepare_picture(picture, PixelConfig())],
        tokenizer=Tokenizer.read(folder / "tokenizer.json"),
        config=read_config(folder),
    )


def positions_of(prompt: Any) -> torch.Tensor:
    return torch.tensor([prompt.positions.time, prompt.positions.row, prompt.positions.column])


def test_bf16_is_as_near_to_the_truth(folder: Path, reference: Any) -> None:
    prompt = prompt_of(folder)
    stored = copy.deepcopy(reference).to(torch.bfloat16)
    truth_model = copy.deepcopy(stored).double()
    rows = doubled(prompt.pixels[0], PixelConfig())
    grid = torch.tensor([prompt.pixels[0].grid])
    inputs = oracle.reference_inputs(prompt, reference.config)
    checkpoint = load_checkpoint(folder, device=CPU, dtype=torch.bfloat16)
    with torch.inference_mode():
        truth = truth_model.model.visual(rows.double(), grid_thw=grid).pooler_output
        theirs = stored.model.visual(rows, grid_thw=grid).pooler_output
        ours = checkpoint.model.look(prompt.pixels)
        assert ours.dtype == torch.bfloat16
        assert difference(ours, truth) < 1.1 * difference(theirs, truth)
        logits_truth = truth_model(**inputs).logits[0]
        logits_theirs = stored(**inputs).logits[0]
        logits_ours = checkpoint.model(
            prompt.ids, positions_of(prompt), prompt.pixels, lengths=[len(prompt.ids)]
        )
    assert difference(logits_ours, logits_truth) < 1.1 * difference(logits_theirs, logits_truth)


def test_gradients_are_the_reference_s(folder: Path, reference: Any) -> None:
    prompt = prompt_of(folder)
    model = load_weights(read_config(folder), folder, device=CPU, dtype=torch.float32)
    model.requires_grad_(True)
    trained = copy.deepcopy(reference)
    targets = torch.tensor([*prompt.ids[1:], 5])
    ours = model(prompt.ids, positions_of(prompt), prompt.pixels, lengths=[len(prompt.ids)])
    F.cross_entropy(ours, targets).backward()
    theirs = trained(**oracle.reference_inputs(prompt, reference.config)).logits[0]
    F.cross_entropy(theirs, targets).backward()
    pairs = [
        (model.tower.patches.weight, trained.model.visual.patch_embed.proj.weight),
        (model.tower.blocks[1].qkv.weight, trained.model.visual.blocks[1].attn.qkv.weight),
        (model.tower.blocks[0].norm1.weight, trained.model.visual.blocks[0].norm1.weight),
        (model.tower.merger.fc1.bias, trained.model.visual.merger.mlp[0].bias),
        (model.decoder.embedding.weight, trained.model.language_model.embed_tokens.weight),
        (
            model.decoder.layers[0].mlp.down.weight,
            trained.model.language_model.layers[0].mlp.down_proj.weight,
        ),
        (model.decoder.head.weight, trained.lm_head.weight),
    ]
    for a, b in pairs:
        assert a.grad is not None and b.grad is not None
        assert difference(a.grad, b.grad) < 1e-4


def test_several_sequences_do_not_see_each_other(folder: Path) -> None:
    model = load_weights(read_config(folder), folder, device=CPU, dtype=torch.float32)
    first, second = [1, 2, 3, 4], [9, 8, 7]
    with torch.inference_mode():
        positions = torch.tensor([[0, 1, 2, 3, 0, 1, 2]]).expand(3, -1)
        both = model(first + second, positions, (), lengths=[4, 3])
        one = model(first, positions[:, :4], (), lengths=[4])
        two = model(second, positions[:, :3], (), lengths=[3])
    assert difference(both, torch.cat((one, two))) < 1e-6


@pytest.mark.parametrize("offset", [0.0, 30.0])
def test_long_attention_rounds_little(offset: float) -> None:
    """Real keys have large parts in common; taking them away keeps the scores small."""
    generator = torch.Generator().manual_seed(0)
    q, k, v = (torch.randn(700, 80, generator=generator) for _ in range(3))
    q, k, v = q.bfloat16(), (k + offset * torch.linspace(-1, 1, 80)).bfloat16(), v.bfloat16()
    truth = F.scaled_dot_product_attention(*(x[None].double() for x in (q, k, v)))[0]
    assert difference(attend_long(*(x.float() for x in (q, k, v))), truth) < 1e-4
    if not can_prepack(q):
        pytest.skip("this processor has no bf16")
    fused = F.scaled_dot_product_attention(*(x[None] for x in (q, k, v)))[0]
    assert difference(attend_long(q, k, v), truth) < 0.012
    assert difference(attend_long(q, k, v), truth) < 4 * difference(fused, truth)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_prepacked_weights_give_the_same_products(dtype: torch.dtype) -> None:
    generator = torch.Generator().manual_seed(0)
    weight = torch.randn(640, 900, generator=generator).to(dtype)
    assert gains_from_prepacking(weight) == can_prepack(weight)
    assert can_prepack(weight.float()) == torch.backends.mkldnn.is_available()
    assert not gains_from_prepacking(weight.to(torch.float16))
    if not gains_from_prepacking(weight):
        pytest.skip("oneDNN is not in this build of torch, or has no bf16 here")
    bias = torch.randn(640, generator=generator).to(dtype)
    for num in (1, 3, 700):
        x = torch.randn(num, 900, generator=generator).to(dtype)
        ours = PrepackedLinear(weight, bias)(x)
        assert difference(ours, F.linear(x.double(), weight.double(), bias.double())) < (
            1e-6 if dtype == torch.float32 else 4e-3
        )
