"""Weights in either layout load, come out again, and a broken checkpoint is named in full."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import oracle
import pytest
import torch
from safetensors.torch import load_file, save_file

from docparse.model.config import parse_config, read_config
from docparse.model.load import choose_dtype, load_checkpoint, read_generation
from docparse.model.memory import MemoryProblem, check_memory, memory_needed
from docparse.model.problems import ConfigError, ModelError, WeightsError
from docparse.model.quantize import Bits
from docparse.model.sampling import Sampling
from docparse.model.tokenizer import Tokenizer
from docparse.model.weights import build_empty, load_weights, released_tensors

CPU = torch.device("cpu")


def load(folder: Path, dtype: torch.dtype = torch.float32) -> Any:
    return load_weights(read_config(folder), folder, device=CPU, dtype=dtype)


@pytest.fixture
def copy(folder: Path, tmp_path: Path) -> Path:
    """A copy of the checkpoint to break."""
    shutil.copytree(folder, tmp_path / "copy")
    return tmp_path / "copy"


def test_every_tensor_comes_back(folder: Path) -> None:
    stored = load_file(folder / "model.safetensors")
    ours = dict(released_tensors(load(folder)))
    assert ours.keys() == stored.keys()
    for name, tensor in stored.items():
        assert torch.equal(ours[name], tensor), name


def test_our_file_is_read_by_transformers(copy: Path, reference: Any) -> None:
    model = load(copy)
    (copy / "model.safetensors").unlink()
    tensors = {name: tensor.contiguous() for name, tensor in released_tensors(model)}
    save_file(tensors, copy / "model.safetensors", metadata={"format": "pt"})
    again, info = type(reference).from_pretrained(copy, output_loading_info=True)
    assert not info["missing_keys"] and not info["unexpected_keys"]
    for (name, a), b in zip(reference.named_parameters(), again.parameters(), strict=True):
        assert torch.equal(a, b), name


def test_names_of_a_raw_state_dict(copy: Path, reference: Any) -> None:
    before = dict(released_tensors(load(copy)))
    raw = {name: tensor.contiguous() for name, tensor in reference.state_dict().items()}
    assert any(name.startswith("model.language_model.") for name in raw)
    save_file(raw, copy / "model.safetensors")
    for name, tensor in released_tensors(load(copy)):
        assert torch.equal(tensor, before[name])


def test_half_precision(folder: Path) -> None:
    model = load(folder, torch.bfloat16)
    assert {p.dtype for p in model.parameters()} == {torch.bfloat16}
    checkpoint = load_checkpoint(folder, device=CPU)
    assert checkpoint.model.dtype == torch.float32, "the files say float32"


def change(folder: Path, edit: Any) -> None:
    """Rewrites the single weights file after `edit` has changed its dict of tensors."""
    tensors = load_file(folder / "model.safetensors")
    edit(tensors)
    save_file(tensors, folder / "model.safetensors")


NAME = "model.layers.1.self_attn.k_proj.weight"


def test_all_that_differs_is_in_one_error(copy: Path) -> None:
    def edit(tensors: dict[str, torch.Tensor]) -> None:
        del tensors[NAME]
        tensors["visual.blocks.9.norm1.weight"] = torch.zeros(40)
        name = "model.layers.0.mlp.down_proj.weight"
        tensors[name] = tensors[name].T.contiguous()

    change(copy, edit)
    with pytest.raises(WeightsError) as caught:
        load(copy)
    text = str(caught.value)
    assert f"missing: {NAME} [32, 64]" in text
    assert "left over: visual.blocks.9.norm1.weight [40]" in text
    assert "mis-shaped: model.layers.0.mlp.down_proj.weight is [96, 64], not [64, 96]" in text
    assert "(3 of" in text and len(text.splitlines()) == 4


def test_a_transposed_square_is_only_told_by_its_numbers(copy: Path) -> None:
    """A square matrix can be transposed unseen; the text says so nowhere, parity tests would."""
    change(copy, lambda tensors: tensors.update({"lm_head.weight": torch.zeros(64, 432)}))
    with pytest.raises(WeightsError, match=r"lm_head.weight is \[64, 432\], not \[432, 64\]"):
        load(copy)


def test_a_damaged_file(copy: Path) -> None:
    path = copy / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-1000])
    with pytest.raises(WeightsError, match=r"model\.safetensors cannot be read"):
        load(copy)
    path.write_bytes(b"\xff" * 64)
    with pytest.raises(WeightsError, match="fetch it again"):
        load(copy)


def test_a_lost_shard_and_no_files_at_all(copy: Path) -> None:
    index = {"metadata": {}, "weight_map": {NAME: "model-00001-of-00002.safetensors"}}
    (copy / "model.safetensors.index.json").write_text(json.dumps(index))
    with pytest.raises(WeightsError, match=r"lacks model-00001-of-00002\.safetensors"):
        load(copy)
    (copy / "model.safetensors.index.json").write_text("{}")
    with pytest.raises(WeightsError, match="no weight_map"):
        load(copy)
    (copy / "model.safetensors.index.json").unlink()
    (copy / "model.safetensors").unlink()
    with pytest.raises(WeightsError, match=r"neither model\.safetensors nor"):
        load(copy)


def test_a_wrong_config(copy: Path) -> None:
    data = json.loads((copy / "config.json").read_text())
    data["num_hidden_layers"] = 2
    (copy / "config.json").write_text(json.dumps(data))
    with pytest.raises(WeightsError, match=r"left over: model\.layers\.2\."):
        load(copy)


def test_a_tied_model_may_store_its_head(tmp_path: Path, family: str) -> None:
    folder = oracle.write_checkpoint(tmp_path, oracle.model_of(oracle.config_of(family, tied=True)))
    assert "lm_head.weight" not in load_file(folder / "model.safetensors")
    embedding = "model.embed_tokens.weight"
    change(folder, lambda tensors: tensors.update({"lm_head.weight": tensors[embedding].clone()}))
    model = load(folder)
    assert model.decoder.head.weight is model.decoder.embedding.weight
    change(folder, lambda tensors: tensors.update({"lm_head.weight": tensors[embedding] * 2}))
    with pytest.raises(WeightsError, match=r"though config\.json ties it"):
        load(folder)


def test_other_files_of_the_folder(copy: Path) -> None:
    checkpoint = load_checkpoint(copy, device=CPU)
    ends = {oracle.token("<|im_end|>"), oracle.token("<|endoftext|>")}
    assert checkpoint.stops == ends
    assert checkpoint.sampling == Sampling(temperature=1e-6, top_k=50, repetition_penalty=1.05)
    (copy / "generation_config.json").write_text('{"eos_token_id": 5}')
    tokenizer = Tokenizer.read(copy / "tokenizer.json")
    stops, sampling = read_generation(copy, tokenizer)
    assert stops == ends | {5} and sampling.temperature == 0
    (copy / "preprocessor_config.json").write_text('{"patch_size": 16}')
    with pytest.raises(ConfigError, match="patch sizes"):
        load_checkpoint(copy, device=CPU)
    (copy / "tokenizer.json").write_text("{}")
    with pytest.raises(ConfigError, match="is no tokenizer"):
        Tokenizer.read(copy / "tokenizer.json")


def test_dtype_by_device() -> None:
    assert choose_dtype(torch.device("cuda"), "bfloat16") == torch.bfloat16
    assert choose_dtype(torch.device("cuda"), "torch.float16") == torch.float16
    assert choose_dtype(CPU, "float16") == torch.float32
    assert choose_dtype(CPU, "bfloat16") in (torch.bfloat16, torch.float32)


def flat_3b() -> dict[str, Any]:
    return {
        "model_type": "qwen2_5_vl",
        "hidden_size": 2048,
        "intermediate_size": 11008,
        "num_attention_heads": 16,
        "num_hidden_layers": 36,
        "num_key_value_heads": 2,
        "tie_word_embeddings": True,
        "vocab_size": 151936,
        "rms_norm_eps": 1e-6,
        "vision_config": {"hidden_size": 1280, "intermediate_size": 3420, "out_hidden_size": 2048},
    }


def flat_2b() -> dict[str, Any]:
    return flat_3b() | {
        "model_type": "qwen2_vl",
        "hidden_size": 1536,
        "intermediate_size": 8960,
        "num_attention_heads": 12,
        "num_hidden_layers": 28,
        "vision_config": {"embed_dim": 1280, "hidden_size": 1536, "mlp_ratio": 4},
    }


@pytest.mark.parametrize(
    ("data", "parameters", "tensors"),
    [
        # The published counts (spec qwen_vl, section 2.4).
        (flat_3b(), 3_754_622_976, 824),
        (flat_2b(), 2_208_985_600, 729),
        (
            flat_3b()
            | {
                "hidden_size": 3584,
                "intermediate_size": 18944,
                "num_attention_heads": 28,
                "num_hidden_layers": 28,
                "num_key_value_heads": 4,
                "tie_word_embeddings": False,
                "vocab_size": 152064,
                "vision_config": {
                    "hidden_size": 1280,
                    "intermediate_size": 3420,
                    "out_hidden_size": 3584,
                },
            },
            8_292_166_656,
            729,
        ),
    ],
)
def test_released_shapes(data: dict[str, Any], parameters: int, tensors: int) -> None:
    from docparse.model.weights import parts_of

    config = parse_config(data)
    model = build_empty(config)
    assert sum(p.numel() for p in model.parameters()) == parameters
    assert len(parts_of(model)) == tensors
    gpu = torch.device("cuda")
    dense = memory_needed(config, torch.bfloat16, device=gpu)
    assert dense.weights == 2 * parameters
    bits: tuple[Bits, ...] = ("int8", "int4")
    int8, int4 = (memory_needed(config, torch.bfloat16, b, device=gpu).weights for b in bits)
    head = 2 * config.text.vocabulary * config.text.width if config.tied else 0
    on_cpu = memory_needed(config, torch.bfloat16, device=CPU)
    assert on_cpu.weights == dense.weights + head, "a head of its own, laid out for the kernels"
    assert 0.4 * dense.weights < int4 < int8 < 0.8 * dense.weights


def test_what_does_not_fit_says_what_would() -> None:
    config = parse_config(flat_3b())
    check_memory(config, torch.bfloat16, None, device=CPU, available=12 << 30)
    with pytest.raises(MemoryProblem, match="int8 or int4 would fit") as caught:
        check_memory(config, torch.bfloat16, None, device=CPU, available=6 << 30)
    assert caught.value.would_fit == ("int8", "int4") and caught.value.available == 6 << 30
    with pytest.raises(MemoryProblem, match="int4 would fit"):
        check_memory(config, torch.bfloat16, "int8", device=CPU, available=9 << 29)
    with pytest.raises(ModelError, match="no packing makes it fit"):
        check_memory(config, torch.bfloat16, "int4", device=CPU, available=1 << 30)
    check_memory(config, torch.bfloat16, "int4", device=CPU)
