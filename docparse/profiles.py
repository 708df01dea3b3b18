"""How each model family is spoken to: its prompt, its coordinates, the grammar of its replies."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath
from typing import Literal

from docparse.errors import UsageError

Grammar = Literal["omni", "olmocr-json", "olmocr-yaml"]


@dataclass(frozen=True, slots=True)
class Profile:
    """One family. `relative`: boxes are thousandths of the picture, not its pixels.

    `longest_side`: pixels of the picture that the family was trained on, 0 for native resolution.
    `anchors`: the anchor text that its prompt has a slot for: olmOCR's, or lines behind boxes.
    """

    name: str
    prompt: str
    grammar: Grammar
    relative: bool = False
    longest_side: int = 0
    anchors: Literal["", "olmocr", "boxed"] = ""
    max_tokens: int = 8192


PROFILES = {
    profile.name: profile
    for profile in (
        Profile("qwen2.5-vl", "qwen-html", "omni"),
        # Its context is short, and so are the pages that it was trained on.
        Profile("docparse-nano", "qwen-html-lines", "omni", anchors="boxed", max_tokens=2048),
        Profile("qwen2-vl", "qwen-ocr-lines", "omni", relative=True),
        # Picture sizes and prompts: spec olmocr, section 1.4.
        Profile("olmocr-1", "olmocr-v0.1", "olmocr-json", longest_side=1024, anchors="olmocr"),
        Profile("olmocr-2", "olmocr-v4-yaml", "olmocr-yaml", longest_side=1288),
    )
}


def pick_profile(model: str, *, model_type: str = "", wanted: str = "") -> Profile:
    """The profile `wanted`, or the one that a model's name and `model_type` speak for.

    Raises UsageError for a name that is not in PROFILES.
    """
    if wanted:
        if wanted not in PROFILES:
            raise UsageError(
                f"there is no profile {wanted}", f"use --profile {' or '.join(PROFILES)}"
            )
        return PROFILES[wanted]
    # Of a path, folders above say nothing: /home/olmocr/Qwen2-VL-2B.
    name = PurePath(model).name.lower()
    if name in PROFILES:
        return PROFILES[name]
    if "olmocr" in name:
        is_first = "0225" in name or model_type == "qwen2_vl"
        return PROFILES["olmocr-1" if is_first else "olmocr-2"]
    if model_type == "qwen2_vl" or "qwen2-vl" in name:
        return PROFILES["qwen2-vl"]
    return PROFILES["qwen2.5-vl"]
