"""Random checkpoints of named shapes, written in the released file layout, to time models with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from docparse.bench.extras import require

MARKS = (
    "<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|object_ref_start|>", "<|object_ref_end|>",
    "<|box_start|>", "<|box_end|>", "<|quad_start|>", "<|quad_end|>", "<|vision_start|>",
    "<|vision_end|>", "<|vision_pad|>", "<|image_pad|>", "<|video_pad|>",
)  # fmt: skip
FIRST_MARK = 256
VISION = {"hidden_size": 1280, "intermediate_size": 3420, "num_heads": 16}
TEXT_3B = {
    "hidden_size": 2048,
    "intermediate_size": 11008,
    "num_attention_heads": 16,
    "num_key_value_heads": 2,
}
TEXT_7B = {
    "hidden_size": 3584,
    "intermediate_size": 18944,
    "num_attention_heads": 28,
    "num_key_value_heads": 4,
}
SECTION = [16, 24, 24]
SHAPES: dict[str, dict[str, Any]] = {
    "tiny": {
        "text": {
            "hidden_size": 128,
            "intermediate_size": 256,
            "num_attention_heads": 4,
            "num_key_value_heads": 2,
            "vocab_size": 512,
            "num_hidden_layers": 2,
        },
        "vision": {"hidden_size": 80, "intermediate_size": 160, "num_heads": 2, "depth": 2},
        "section": [4, 6, 6],
        "full": [1],
        "tied": True,
    },
    # Of a width at which much of the time goes into all that is no matrix product.
    "small": {
        "text": {
            "hidden_size": 256,
            "intermediate_size": 1024,
            "num_attention_heads": 8,
            "num_key_value_heads": 2,
            "vocab_size": 2048,
            "num_hidden_layers": 36,
        },
        "vision": {"hidden_size": 320, "intermediate_size": 856, "num_heads": 4, "depth": 8},
        "section": [4, 6, 6],
        "full": [3, 7],
        "tied": True,
    },
    # A quarter of the 3B's tower, a ninth of its decoder and of its vocabulary: each in its share.
    "3b-layer": {
        "text": TEXT_3B | {"num_hidden_layers": 4, "vocab_size": 16896},
        "vision": VISION | {"depth": 8},
        "section": SECTION,
        "full": [7],
        "tied": True,
    },
    "3b": {
        "text": TEXT_3B | {"num_hidden_layers": 36, "vocab_size": 151936},
        "vision": VISION | {"depth": 32},
        "section": SECTION,
        "full": [7, 15, 23, 31],
        "tied": True,
    },
    "7b": {
        "text": TEXT_7B | {"num_hidden_layers": 28, "vocab_size": 152064},
        "vision": VISION | {"depth": 32},
        "section": SECTION,
        "full": [7, 15, 23, 31],
        "tied": False,
    },
}


def write_random(folder: Path, shape: str) -> Path:
    """A checkpoint of random bf16 weights, the same each time, by transformers itself."""
    torch, transformers = require("torch"), require("transformers")
    torch.manual_seed(0)
    chosen = SHAPES[shape]
    ids = {name: FIRST_MARK + place for place, name in enumerate(MARKS)}
    config = transformers.Qwen2_5_VLConfig(
        text_config=chosen["text"]
        | {
            "max_position_embeddings": 32768,
            "rope_parameters": {
                "rope_type": "default",
                "rope_theta": 1e6,
                "mrope_section": chosen["section"],
            },
            "tie_word_embeddings": chosen["tied"],
        },
        vision_config=chosen["vision"]
        | {
            "out_hidden_size": chosen["text"]["hidden_size"],
            "fullatt_block_indexes": chosen["full"],
            "window_size": 112,
            "tokens_per_second": 2,
        },
        tie_word_embeddings=chosen["tied"],
        image_token_id=ids["<|image_pad|>"],
        video_token_id=ids["<|video_pad|>"],
        vision_start_token_id=ids["<|vision_start|>"],
        vision_end_token_id=ids["<|vision_end|>"],
    )
    model = transformers.Qwen2_5_VLForConditionalGeneration._from_config(
        config, dtype=torch.bfloat16
    )
    with torch.no_grad():
        # As they come, a tied model says its last token over and over.
        for layer in model.model.language_model.layers:
            for weight in (layer.self_attn.o_proj.weight, layer.mlp.down_proj.weight):
                weight.mul_(8)
    model.save_pretrained(folder)
    pixels = {"patch_size": 14, "temporal_patch_size": 2, "merge_size": 2, "min_pixels": 3136,
              "max_pixels": 12845056}  # fmt: skip
    (folder / "preprocessor_config.json").write_text(json.dumps(pixels), encoding="utf-8")
    _write_tokenizer(folder / "tokenizer.json")
    return folder


def _write_tokenizer(path: Path) -> None:
    """A byte-level tokenizer without merges: a token for each byte, then the marks."""
    tokenizers = require("tokenizers")
    alphabet = sorted(tokenizers.pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {character: number for number, character in enumerate(alphabet)}
    tokenizer = tokenizers.Tokenizer(tokenizers.models.BPE(vocabulary, []))
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = tokenizers.decoders.ByteLevel()
    tokenizer.add_special_tokens(list(MARKS))
    tokenizer.save(str(path))
