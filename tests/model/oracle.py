"""Tiny random checkpoints written by transformers itself, and what transformers makes of them."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import torch
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

SPECIALS = [
    "<|endoftext|>",
    "<|im_start|>",
    "<|im_end|>",
    "<|object_ref_start|>",
    "<|object_ref_end|>",
    "<|box_start|>",
    "<|box_end|>",
    "<|quad_start|>",
    "<|quad_end|>",
    "<|vision_start|>",
    "<|vision_end|>",
    "<|vision_pad|>",
    "<|image_pad|>",
    "<|video_pad|>",
]
SPLIT = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
CORPUS = [
    '<html><body><p data-bbox="12 34 567 89"> the quick brown fox </p></body></html>',
    '<div class="image" data-bbox="1 2 3 4"><img data-bbox="1 2 3 4"/></div>',
    "<table><tr><td>1</td><td>2</td></tr></table> system user assistant You are helpful",
    "請求書 合計金額 東京都千代田区 株式会社 御中 消費税 日本語の文書です。",
    '{"total": "1,234", "date": "2024-05-06"}',
]
# Real releases sum to half of 128; here to half of 16.
SECTION = [2, 3, 3]


@cache
def tiny_tokenizer() -> Tokenizer:
    """A byte-level BPE built like Qwen's, a few hundred tokens large."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(SPLIT), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    )
    tokenizer.train_from_iterator(CORPUS, trainer)
    tokenizer.add_special_tokens(SPECIALS)
    return tokenizer


def token(name: str) -> int:
    found = tiny_tokenizer().token_to_id(name)
    assert found is not None
    return int(found)


def config_of(family: str, *, tied: bool = False, kv_heads: int = 2, depth: int = 3) -> Any:
    """A transformers config of a few thousand weights."""
    import transformers

    ids = {
        "image_token_id": token("<|image_pad|>"),
        "video_token_id": token("<|video_pad|>"),
        "vision_start_token_id": token("<|vision_start|>"),
        "vision_end_token_id": token("<|vision_end|>"),
    }
    text = {
        "vocab_size": tiny_tokenizer().get_vocab_size() + 18,
        "hidden_size": 64,
        "intermediate_size": 96,
        "num_hidden_layers": depth,
        "num_attention_heads": 4,
        "num_key_value_heads": kv_heads,
        "max_position_embeddings": 4096,
        "rms_norm_eps": 1e-6,
        "rope_parameters": {"rope_type": "default", "rope_theta": 1e6, "mrope_section": SECTION},
        "eos_token_id": token("<|im_end|>"),
        "bos_token_id": token("<|endoftext|>"),
        "tie_word_embeddings": tied,
    }
    common = {"depth": 4, "num_heads": 2, "patch_size": 14, "spatial_merge_size": 2}
    if family == "qwen2_5_vl":
        vision = common | {
            "hidden_size": 40,
            "intermediate_size": 52,
            "out_hidden_size": 64,
            "fullatt_block_indexes": [1, 3],
            "window_size": 112,
            "tokens_per_second": 2,
        }
        kind = transformers.Qwen2_5_VLConfig
    else:
        vision = common | {"embed_dim": 40, "hidden_size": 64, "mlp_ratio": 2}
        kind = transformers.Qwen2VLConfig
    return kind(text_config=text, vision_config=vision, tie_word_embeddings=tied, **ids)


def model_of(config: Any, *, seed: int = 0, spread: float = 3.0) -> Any:
    """A random transformers model in evaluation mode; norms and biases are random as well.

    `spread` makes the weights wide enough for logits that differ and output that varies.
    """
    import transformers

    kinds = {
        "qwen2_5_vl": transformers.Qwen2_5_VLForConditionalGeneration,
        "qwen2_vl": transformers.Qwen2VLForConditionalGeneration,
    }
    torch.manual_seed(seed)
    model = kinds[config.model_type](config).eval()
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            noise = torch.randn(weight.shape, generator=generator)
            if "norm" in name or "ln_q" in name:
                weight.copy_(0.2 * noise + float(name.endswith("weight")))
            elif name.endswith("bias"):
                weight.copy_(0.2 * noise)
            elif "embed_tokens" in name or "lm_head" in name:
                weight.copy_(noise * (0.3 if "lm_head" in name else 1.0))
            else:
                weight.copy_(noise * spread / weight[0].numel() ** 0.5 / 2)
    return model


def write_checkpoint(
    folder: Path, model: Any, *, layout: str = "v5", shard_bytes: int = 1 << 30
) -> Path:
    """The checkpoint folder of a model; `layout` "released" is that of the first releases."""
    folder.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(folder, max_shard_size=shard_bytes)
    tiny_tokenizer().save(str(folder / "tokenizer.json"))
    pixels: dict[str, Any] = {"patch_size": 14, "temporal_patch_size": 2, "merge_size": 2}
    if layout == "released":
        pixels |= {"min_pixels": 3136, "max_pixels": 12845056}
        released = flat_config(json.loads((folder / "config.json").read_text()))
        (folder / "config.json").write_text(json.dumps(released))
    else:
        pixels |= {"size": {"shortest_edge": 3136, "longest_edge": 12845056}, "resample": 3}
    (folder / "preprocessor_config.json").write_text(json.dumps(pixels))
    generation = {
        "do_sample": True,
        "temperature": 1e-6,
        "repetition_penalty": 1.05,
        "eos_token_id": [token("<|im_end|>"), token("<|endoftext|>")],
        "pad_token_id": token("<|endoftext|>"),
        "bos_token_id": token("<|endoftext|>"),
    }
    (folder / "generation_config.json").write_text(json.dumps(generation))
    return folder


def flat_config(nested: dict[str, Any]) -> dict[str, Any]:
    """A v5 config.json in the flat layout of the releases (spec qwen_vl, section 2.4)."""
    text = dict(nested["text_config"])
    vision = dict(nested["vision_config"])
    rope = text.pop("rope_parameters")
    text.pop("model_type", None)
    vision["in_chans"] = vision.pop("in_channels")
    vision["spatial_patch_size"] = vision["patch_size"]
    vision.pop("rope_parameters", None)
    for gone in ("dtype", "layer_types"):
        text.pop(gone, None)
        vision.pop(gone, None)
    flat = {k: v for k, v in nested.items() if k not in ("text_config", "vision_config", "dtype")}
    flat |= text
    flat |= {
        "tie_word_embeddings": nested["tie_word_embeddings"],
        "rope_theta": rope["rope_theta"],
        "rope_scaling": {"type": "mrope", "mrope_section": rope["mrope_section"]},
        "torch_dtype": nested.get("dtype", "float32"),
        "vision_config": vision,
    }
    return flat


def reference_inputs(prompt: Any, config: Any) -> dict[str, Any]:
    """One of our prompts as the arguments of a transformers model."""
    from docparse.model.preprocess import PixelConfig, doubled

    ids = torch.tensor([prompt.ids])
    kinds = {config.image_token_id: 1, config.video_token_id: 2}
    inputs: dict[str, Any] = {
        "input_ids": ids,
        "attention_mask": torch.ones_like(ids),
        "mm_token_type_ids": torch.tensor([[kinds.get(i, 0) for i in prompt.ids]]),
    }
    for is_video, rows, grids in (
        (False, "pixel_values", "image_grid_thw"),
        (True, "pixel_values_videos", "video_grid_thw"),
    ):
        items = [item for item in prompt.pixels if item.is_video == is_video]
        if items:
            inputs[rows] = torch.cat([doubled(item, PixelConfig()) for item in items])
            inputs[grids] = torch.tensor([item.grid for item in items])
    if config.model_type == "qwen2_5_vl" and any(item.is_video for item in prompt.pixels):
        inputs["second_per_grid_ts"] = torch.tensor(
            [item.seconds_per_slice for item in prompt.pixels if item.is_video]
        )
    return inputs


def reference_logits(model: Any, prompt: Any) -> torch.Tensor:
    """Logits [T, V] of the prompt by transformers."""
    with torch.inference_mode():
        logits: torch.Tensor = model(**reference_inputs(prompt, model.config)).logits[0]
    return logits


def reference_tokens(model: Any, prompt: Any, num: int = 64, **settings: Any) -> list[int]:
    """`num` new tokens by transformers, greedy unless set otherwise, ended by no stop token."""
    inputs = reference_inputs(prompt, model.config)
    model.generation_config.eos_token_id = None
    model.generation_config.pad_token_id = token("<|endoftext|>")
    settings = {"do_sample": False, "max_new_tokens": num, "min_new_tokens": num} | settings
    with torch.inference_mode():
        out = model.generate(**inputs, **settings)
    return list(out[0, len(prompt.ids) :].tolist())
