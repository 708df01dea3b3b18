"""config.json in both layouts becomes the same shape, and a broken one is named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import oracle
import pytest

from docparse.model.config import parse_config, read_config
from docparse.model.problems import ConfigError


def nested(family: str) -> dict[str, Any]:
    data = json.loads(oracle.config_of(family).to_json_string(use_diff=False))
    return dict(data)


def test_both_layouts_give_the_same_config(family: str) -> None:
    v5 = nested(family)
    assert parse_config(v5) == parse_config(oracle.flat_config(v5))


def test_values_arrive_where_they_belong(family: str) -> None:
    config = parse_config(nested(family))
    assert (config.vision.width, config.vision.out_width, config.text.width) == (40, 64, 64)
    assert config.vision.mlp_width == (52 if family == "qwen2_5_vl" else 80)
    assert config.vision.window_groups == (4 if family == "qwen2_5_vl" else 0)
    assert config.vision.full_blocks == ({1, 3} if family == "qwen2_5_vl" else {0, 1, 2, 3})
    assert config.text.mrope_section == (2, 3, 3)
    assert config.text.kv_heads == 2


def test_released_3b_file() -> None:
    # The keys and values of the released Qwen2.5-VL-3B file (spec qwen_vl, section 2.4).
    config = parse_config(
        {
            "model_type": "qwen2_5_vl",
            "hidden_act": "silu",
            "hidden_size": 2048,
            "intermediate_size": 11008,
            "max_position_embeddings": 128000,
            "max_window_layers": 70,
            "num_attention_heads": 16,
            "num_hidden_layers": 36,
            "num_key_value_heads": 2,
            "rms_norm_eps": 1e-06,
            "rope_theta": 1000000.0,
            "sliding_window": 32768,
            "tie_word_embeddings": True,
            "torch_dtype": "bfloat16",
            "use_sliding_window": False,
            "vocab_size": 151936,
            "vision_config": {
                "depth": 32,
                "hidden_act": "silu",
                "hidden_size": 1280,
                "intermediate_size": 3420,
                "num_heads": 16,
                "in_chans": 3,
                "out_hidden_size": 2048,
                "patch_size": 14,
                "spatial_merge_size": 2,
                "spatial_patch_size": 14,
                "window_size": 112,
                "fullatt_block_indexes": [7, 15, 23, 31],
                "tokens_per_second": 2,
                "temporal_patch_size": 2,
            },
            "rope_scaling": {"type": "mrope", "mrope_section": [16, 24, 24]},
        }
    )
    assert config.tied and config.dtype == "bfloat16"
    assert (config.image_token, config.video_token) == (151655, 151656)
    assert config.text.head_width == 128 and config.vision.head_width == 80


def test_flags_and_keys_that_moved() -> None:
    data = nested("qwen2_5_vl")
    data["tie_word_embeddings"] = False
    data["text_config"]["tie_word_embeddings"] = True
    assert parse_config(data).tied
    del data["vision_config"]["fullatt_block_indexes"]
    data["vision_config"]["patch_size"] = [14, 14]
    config = parse_config(data)
    assert config.vision.full_blocks == {7, 15, 23, 31} and config.vision.patch == 14


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"model_type": "llama"}, "model_type 'llama'"),
        ({"quantization_config": {"quant_method": "awq"}}, "quantised \\(awq\\)"),
        ({"text_config.use_sliding_window": True}, "use_sliding_window"),
        ({"text_config.hidden_size": None}, "text hidden_size is missing"),
        ({"text_config.num_attention_heads": 5}, "heads do not divide"),
        ({"text_config.num_key_value_heads": 3}, "key-value heads"),
        ({"text_config.rope_parameters.rope_type": "yarn"}, "rope_type is 'yarn'"),
        ({"text_config.rope_parameters.mrope_section": [1, 2]}, "not three counts"),
        ({"text_config.rope_parameters.mrope_section": [1, 2, 3]}, "does not add up to half"),
        ({"text_config.hidden_act": "gelu"}, "hidden_act is 'gelu'"),
        ({"vision_config.out_hidden_size": 32}, "differ in width"),
        ({"vision_config.window_size": 14}, "smaller than a merge group"),
        ({"vision_config.depth": "many"}, "depth is 'many'"),
    ],
)
def test_what_does_not_fit_is_named(change: dict[str, Any], said: str) -> None:
    data = nested("qwen2_5_vl")
    for path, value in change.items():
        *parents, last = path.split(".")
        inner = data
        for parent in parents:
            inner = inner[parent]
        inner[last] = value
    with pytest.raises(ConfigError, match=said):
        parse_config(data)


def test_missing_and_broken_files(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"config\.json cannot be read"):
        read_config(tmp_path)
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(ConfigError, match="is not JSON"):
        read_config(tmp_path)
    (tmp_path / "config.json").write_text("[]")
    with pytest.raises(ConfigError, match="no JSON object"):
        read_config(tmp_path)
