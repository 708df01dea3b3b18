"""What ships is a Qwen2.5-VL: transformers loads the folder and reads the same text with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pymupdf
import pytest
import torch

from docparse.engines.nano import FOLDER, _scaled
from docparse.model.chat import PICTURE, Message
from docparse.model.fusion import PROMPT
from docparse.model.load import Checkpoint, load_checkpoint
from docparse.model.preprocess import prepare_picture
from docparse.model.reply import Request
from docparse.textlines.find import find_lines

SAMPLES = Path(__file__).parents[2] / "samples"
LINES, MOST_TOKENS = 200, 40


def sample_lines() -> list[PIL.Image.Image]:
    """The lines of the sample pages as the model sees them, at several resolutions."""
    found: list[PIL.Image.Image] = []
    for dpi in (200, 150, 120, 100):
        for name in ("scan.pdf", "vertical-ja.pdf", "invoice-ja.pdf"):
            with pymupdf.open(SAMPLES / name) as document:
                pixmap = document[0].get_pixmap(dpi=dpi, colorspace=pymupdf.csGRAY)
            grey = np.frombuffer(pixmap.samples, np.uint8).reshape(pixmap.height, pixmap.stride)
            sheet = find_lines(grey[:, : pixmap.width].copy())
            for found_line in sheet.lines:
                line = _scaled(sheet.picture(found_line))
                upright = line.grey if line.vertical else line.grey.T
                found.append(PIL.Image.fromarray(np.ascontiguousarray(upright)).convert("RGB"))
    return found[:LINES]


def ours(checkpoint: Checkpoint, lines: list[PIL.Image.Image]) -> list[str]:
    requests = [
        Request(
            checkpoint.prompt(
                [Message("user", (PICTURE, PROMPT))], [prepare_picture(line, checkpoint.pixels)]
            ),
            max_tokens=MOST_TOKENS,
        )
        for line in lines
    ]
    texts = dict(checkpoint.generate(requests, slots=8))
    return [texts[number].text for number in range(len(lines))]


def theirs(line: PIL.Image.Image, model: Any, tokenizer: Any, look: Any) -> str:
    asked = [{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": PROMPT}]}]
    text = tokenizer.apply_chat_template(asked, tokenize=False, add_generation_prompt=True)
    pixels = look(images=[line], return_tensors="pt")
    marks = int(pixels["image_grid_thw"][0].prod()) // 4
    given = dict(
        tokenizer(text.replace("<|image_pad|>", "<|image_pad|>" * marks), return_tensors="pt")
    )
    given.update(pixels)
    given["mm_token_type_ids"] = (given["input_ids"] == model.config.image_token_id).long()
    said = model.generate(**given, max_new_tokens=MOST_TOKENS, do_sample=False)
    return str(
        tokenizer.decode(
            said[0, given["input_ids"].shape[1] :],
            skip_special_tokens=True,
            clean_up_tokenization_spaces=False,
        )
    )


@pytest.mark.slow
def test_transformers_says_the_same_of_two_hundred_lines() -> None:
    transformers = pytest.importorskip("transformers")
    from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import (
        Qwen2VLImageProcessorPil,
    )

    lines = sample_lines()
    assert len(lines) == LINES
    cpu = torch.device("cpu")
    said = ours(load_checkpoint(FOLDER, device=cpu, dtype=torch.float32), lines)
    model = transformers.Qwen2_5_VLForConditionalGeneration.from_pretrained(
        FOLDER, dtype=torch.float32
    ).eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(FOLDER)
    look = Qwen2VLImageProcessorPil.from_pretrained(FOLDER)
    differing = [
        (one, other)
        for line, one in zip(lines, said, strict=True)
        if one != (other := theirs(line, model, tokenizer, look))
    ]
    assert not differing
    assert sum(map(len, said)) > 10 * LINES
