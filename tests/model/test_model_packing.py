"""Packed weights: the right numbers back, small errors in logits, same text of a sure model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import oracle
import pytest
import torch
import torch.nn.functional as F

from docparse.model.chat import Message
from docparse.model.load import load_checkpoint
from docparse.model.quantize import (
    INT4_KERNEL_TOKENS,
    INT8_KERNEL_TOKENS,
    Bits,
    Int4Linear,
    Int8Linear,
    _interleave,
    layout,
    pack_linear,
)
from docparse.model.reply import Request

CPU = torch.device("cpu")


def weight(num_out: int = 192, num_in: int = 96) -> torch.Tensor:
    return torch.randn(num_out, num_in, generator=torch.Generator().manual_seed(0)) / num_in**0.5


def error(a: torch.Tensor, b: torch.Tensor) -> float:
    return float((a.float() - b.float()).norm() / b.float().norm())


@pytest.mark.parametrize(("kind", "most"), [(Int8Linear, 0.01), (Int4Linear, 0.1)])
def test_unpacked_weights(kind: Any, most: float) -> None:
    dense = weight()
    packed = kind(dense, None)
    assert error(packed.unpack(0, 192).T, dense) < most
    assert torch.equal(packed.unpack(64, 128), packed.unpack(0, 192)[:, 64:128])


@pytest.mark.parametrize("kind", [Int8Linear, Int4Linear])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_kernels_and_unpacking_agree(kind: Any, dtype: torch.dtype) -> None:
    bias = torch.linspace(-1, 1, 192).to(dtype)
    packed = kind(weight(), bias)
    most = max(INT8_KERNEL_TOKENS, INT4_KERNEL_TOKENS)
    x = torch.randn(most + 1, 96, generator=torch.Generator().manual_seed(1)).to(dtype)
    expected = F.linear(x.float(), packed.unpack(0, 192).T.float(), bias.float())
    for num in (1, 5, most + 1):
        got = packed(x[:num])
        assert got.dtype == dtype and error(got, expected[:num]) < 0.01
    packed.has_kernel = False
    assert error(packed(x[:5]), expected[:5]) < 0.01


def test_our_layout_is_the_kernel_s() -> None:
    codes = torch.randint(0, 16, (192, 64), dtype=torch.uint8)
    theirs = torch.ops.aten._convert_weight_to_int4pack_for_cpu(codes.int(), 1)
    assert torch.equal(_interleave(codes, layout("cpu")).flatten(), theirs.flatten())


def test_layout_elsewhere_packs_and_unpacks() -> None:
    packed = Int4Linear(weight(), None)
    before = packed.unpack(0, 192)
    other = layout("cuda")
    codes = torch.randint(0, 16, (192, 64), dtype=torch.uint8)
    packed.order, packed.packed_NK = other, _interleave(codes, other)
    packed.scales_GN2 = torch.tensor([1.0, 8.0]).expand(2, 192, 2).to(torch.bfloat16)
    assert torch.equal(packed.unpack(0, 192), codes.T.to(torch.bfloat16))
    assert before.shape == (96, 192)


def test_what_does_not_fit_four_bits_takes_eight() -> None:
    path = "decoder.layers.0.out"
    assert isinstance(pack_linear(weight(), None, bits="int4", path=path), Int4Linear)
    assert isinstance(pack_linear(weight(200), None, bits="int4", path=path), Int8Linear)
    assert isinstance(pack_linear(weight(64, 40), None, bits="int4", path=path), Int8Linear)
    assert isinstance(pack_linear(weight(), None, bits="int4", path="decoder.head"), Int8Linear)


def test_zero_rows_stay_zero() -> None:
    dense = weight()
    dense[3] = 0
    for kind in (Int8Linear, Int4Linear):
        assert kind(dense, None).unpack(0, 192)[:, 3].abs().max() < 1e-6


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory, family: str) -> Path:
    """A checkpoint whose layers add a little to what they get, as trained ones do; the wild one
    of the other tests turns any rounding into another text."""
    reference = oracle.model_of(oracle.config_of(family), spread=1.0)
    return oracle.write_checkpoint(tmp_path_factory.mktemp("calm"), reference)


@pytest.mark.parametrize(("bits", "most"), [("int8", 0.02), ("int4", 0.15)])
def test_change_in_logits_and_text(calm: Path, bits: Bits, most: float) -> None:
    dense = load_checkpoint(calm, device=CPU, dtype=torch.float32)
    packed = load_checkpoint(calm, device=CPU, dtype=torch.float32, bits=bits)
    prompt = dense.prompt([Message("user", ("請求書の合計金額は? <p>",))], ())
    positions = torch.tensor([prompt.positions.time] * 3)
    logits = []
    with torch.inference_mode():
        for checkpoint in (dense, packed):
            length = [len(prompt.ids)]
            logits.append(checkpoint.model(prompt.ids, positions, (), lengths=length))
    change = error(logits[1], logits[0])
    agree = float((logits[0].argmax(-1) == logits[1].argmax(-1)).float().mean())
    texts = [
        next(iter(checkpoint.generate([Request(prompt, 32)], slots=1)))[1].tokens
        for checkpoint in (dense, packed)
    ]
    same = sum(a == b for a, b in zip(*texts, strict=False))
    print(f"{bits}: logits change by {change:.3f}, {agree:.0%} same best, {same} of 32 tokens")
    assert 0 < change < most
    assert agree > (0.9 if bits == "int8" else 0.6)
    sizes = [
        sum(tensor.nbytes for tensor in checkpoint.model.decoder.layers.state_dict().values())
        for checkpoint in (dense, packed)
    ]
    assert sizes[1] < sizes[0] * (0.3 if bits == "int8" else 0.21)
