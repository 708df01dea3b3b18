"""A finished run as a checkpoint folder in the released layout, with the CTC head beside it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from safetensors.torch import save_file
from torch import Tensor

from docparse.engines.nano import BIGRAMS, SPELLING
from docparse.engines.spelling import save_spelling
from docparse.errors import UsageError
from docparse.model.ctc import CTCHead, write_head
from docparse.model.preprocess import MEAN, STD
from docparse.model.vlm import VisionLanguageModel
from docparse.model.weights import is_of_tower, released_tensors
from docparse.train.alphabet import ALPHABET
from docparse.train.bigrams import count_bigrams
from docparse.train.nano import nano_settings, new_model, page_settings
from docparse.train.pages import MOST_PIXELS
from docparse.train.tokenizer import SPECIAL
from docparse.train.words import (
    Words,
    british_words,
    english_words,
    kanji_words,
    katakana_words,
    load_words,
)

if TYPE_CHECKING:
    from tokenizers import Tokenizer

# Pixels of a picture: a line may be a single token.
SMALLEST, LARGEST = 28 * 28, MOST_PIXELS
PROCESSOR = {
    "min_pixels": SMALLEST, "max_pixels": LARGEST, "patch_size": 14,
    "temporal_patch_size": 2, "merge_size": 2, "image_mean": MEAN, "image_std": STD,
    "image_processor_type": "Qwen2VLImageProcessor", "processor_class": "Qwen2_5_VLProcessor",
}  # fmt: skip
# The template of the released checkpoints (spec qwen_vl, section 4.3).
CHAT_TEMPLATE = (
    "{% for message in messages %}{% if loop.first and message['role'] != 'system' %}<|im_start|>"
    "system\nYou are a helpful assistant.<|im_end|>\n{% endif %}<|im_start|>{{ message['role'] }}\n"
    "{% if message['content'] is string %}{{ message['content'] }}<|im_end|>\n{% else %}"
    "{% for content in message['content'] %}{% if content['type'] == 'image' or 'image' in content "
    "or 'image_url' in content %}<|vision_start|><|image_pad|><|vision_end|>"
    "{% elif content['type'] == 'video' or 'video' in content %}"
    "<|vision_start|><|video_pad|><|vision_end|>{% elif 'text' in content %}{{ content['text'] }}"
    "{% endif %}{% endfor %}<|im_end|>\n{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def export(run: Path, folder: Path) -> None:
    """Writes what the run in `run` learned so far to `folder`, in bf16.

    After stage a that is a line reader, tower and head, without a decoder. UsageError if there is
    no run.
    """
    found = [
        path
        for name in ("preferred", "pages", "lines", "tower")
        if (path := run / f"{name}.pt").is_file()
    ]
    if not found:
        raise UsageError(f"{run} holds no run", "name the folder given to `docparse train tower`")
    has_pages = found[0].stem in ("preferred", "pages")
    data, tokenizer = page_settings() if has_pages else nano_settings()
    model = new_model(data)
    head = CTCHead(model.config.vision.width, len(ALPHABET))
    state = torch.load(found[0], map_location="cpu", weights_only=True)
    head.load_state_dict(state["head"])
    if "model" in state:
        model.load_state_dict(state["model"])
        write_checkpoint(folder, model, head, data, tokenizer)
    else:
        model.tower.load_state_dict(state["tower"])
        write_line_reader(folder, model, head, data)
    write_words(folder, load_words(held_out=False))


def write_checkpoint(
    folder: Path,
    model: VisionLanguageModel,
    head: CTCHead,
    config: dict[str, Any],
    tokenizer: Tokenizer,
) -> None:
    """The files of a release, `config` being its config.json, and the head."""
    _write_tensors(folder, dict(released_tensors(model)), head)
    ends = [config["eos_token_id"], config["bos_token_id"]]
    _write_json(folder, {
        "config.json": config,
        "preprocessor_config.json": PROCESSOR,
        "generation_config.json": {
            "do_sample": False, "bos_token_id": ends[1], "pad_token_id": ends[1],
            "eos_token_id": ends,
        },
        "tokenizer_config.json": {
            "tokenizer_class": "Qwen2Tokenizer", "model_max_length": 4096,
            "bos_token": None, "eos_token": "<|im_end|>", "pad_token": "<|endoftext|>",
            "unk_token": None, "add_prefix_space": False, "clean_up_tokenization_spaces": False,
            "additional_special_tokens": list(SPECIAL), "chat_template": CHAT_TEMPLATE,
        },
        "chat_template.json": {"chat_template": CHAT_TEMPLATE},
    })  # fmt: skip
    tokenizer.save(str(folder / "tokenizer.json"))


def write_line_reader(
    folder: Path, model: VisionLanguageModel, head: CTCHead, config: dict[str, Any]
) -> None:
    """The tower and the head alone: all that `engines.nano` reads lines with."""
    tensors = {name: t for name, t in released_tensors(model) if is_of_tower(name)}
    _write_tensors(folder, tensors, head)
    _write_json(folder, {"config.json": config, "preprocessor_config.json": PROCESSOR})


def write_words(folder: Path, words: Words) -> None:
    """Which Japanese characters follow each other in words to train on; words that are spelt right,
    English ones and Japanese ones in katakana or in kanji.
    """
    count_bigrams(words).save(folder / BIGRAMS)
    known = [*english_words(), *british_words(), *katakana_words(), *kanji_words()]
    save_spelling(known, folder / SPELLING)


def _write_tensors(folder: Path, tensors: Mapping[str, Tensor], head: CTCHead) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    stored = {name: tensor.to(torch.bfloat16).contiguous() for name, tensor in tensors.items()}
    save_file(stored, folder / "model.safetensors", metadata={"format": "pt"})
    write_head(head, ALPHABET, folder / "ctc.safetensors")


def _write_json(folder: Path, files: Mapping[str, Mapping[str, Any]]) -> None:
    for name, data in files.items():
        text = json.dumps(data, indent=2, ensure_ascii=False)
        (folder / name).write_text(text + "\n", encoding="utf-8")
