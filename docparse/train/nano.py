"""The shape of docparse-nano: a Qwen2.5-VL of about ten million parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from docparse.model.config import parse_config
from docparse.model.vlm import VisionLanguageModel
from docparse.train.run import initialise
from docparse.train.tokenizer import SPECIAL, build_tokenizer
from docparse.train.words import english_words

if TYPE_CHECKING:
    from tokenizers import Tokenizer


def nano_settings() -> tuple[dict[str, Any], Tokenizer]:
    """config.json in the released layout, and the tokenizer that goes with it."""
    tokenizer = build_tokenizer(english_words())
    tokens = {name: tokenizer.token_to_id(name) or 0 for name in SPECIAL}
    return nano_config(tokens, tokenizer.get_vocab_size()), tokenizer


def page_settings() -> tuple[dict[str, Any], Tokenizer]:
    """Those from stage c on: tokens are read by other vectors than they are told by."""
    config, tokenizer = nano_settings()
    return config | {"tie_word_embeddings": False}, tokenizer


def new_model(config: dict[str, Any], seed: int = 1) -> VisionLanguageModel:
    """The model of a config.json with initial weights."""
    torch.manual_seed(seed)
    model = VisionLanguageModel(parse_config(config))
    initialise(model)
    torch.nn.init.normal_(model.decoder.embedding.weight, std=0.05)
    return model


def nano_config(tokens: dict[str, int], num_tokens: int) -> dict[str, Any]:
    """config.json in the released layout; `tokens` are the tokenizer's special ids by name."""
    return {
        "architectures": ["Qwen2_5_VLForConditionalGeneration"],
        "model_type": "qwen2_5_vl",
        "vocab_size": -(-num_tokens // 64) * 64,
        "hidden_size": 256,
        "intermediate_size": 768,
        "num_hidden_layers": 3,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "max_position_embeddings": 4096,
        "rms_norm_eps": 1e-6,
        "rope_theta": 10000.0,
        "rope_scaling": {"type": "mrope", "mrope_section": [8, 12, 12]},
        "tie_word_embeddings": True,
        "hidden_act": "silu",
        "torch_dtype": "bfloat16",
        "bos_token_id": tokens["<|endoftext|>"],
        "eos_token_id": tokens["<|im_end|>"],
        "image_token_id": tokens["<|image_pad|>"],
        "video_token_id": tokens["<|video_pad|>"],
        "vision_start_token_id": tokens["<|vision_start|>"],
        "vision_end_token_id": tokens["<|vision_end|>"],
        "vision_config": {
            "model_type": "qwen2_5_vl",
            "depth": 4,
            "hidden_size": 192,
            "num_heads": 4,
            "intermediate_size": 512,
            "out_hidden_size": 256,
            "patch_size": 14,
            "spatial_merge_size": 2,
            "temporal_patch_size": 2,
            "in_chans": 3,
            "window_size": 112,
            "fullatt_block_indexes": [1, 3],
            "tokens_per_second": 2,
            "hidden_act": "silu",
        },
    }
