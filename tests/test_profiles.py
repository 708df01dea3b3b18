"""Which profile a checkpoint gets, and that each can be used."""

from __future__ import annotations

import pytest

from docparse import prompting
from docparse.errors import UsageError
from docparse.profiles import PROFILES, pick_profile


@pytest.mark.parametrize(
    ("model", "model_type", "expected"),
    [
        ("Qwen/Qwen2.5-VL-7B-Instruct", "qwen2_5_vl", "qwen2.5-vl"),
        ("Qwen/Qwen2-VL-2B-Instruct", "qwen2_vl", "qwen2-vl"),
        ("/models/mine", "qwen2_vl", "qwen2-vl"),
        ("/models/mine", "qwen2_5_vl", "qwen2.5-vl"),
        ("docparse-nano", "qwen2_5_vl", "docparse-nano"),
        ("allenai/olmOCR-7B-0225-preview", "qwen2_vl", "olmocr-1"),
        ("allenai/olmOCR-7B-0725", "qwen2_5_vl", "olmocr-2"),
        ("allenai/olmOCR-2-7B-1025", "qwen2_5_vl", "olmocr-2"),
        ("/home/olmocr/Qwen2-VL-2B", "qwen2_vl", "qwen2-vl"),
        ("Qwen/Qwen2.5-VL-3B-Instruct@66285546d2b8", "qwen2_5_vl", "qwen2.5-vl"),
        ("/models/olmocr-2/", "qwen2_5_vl", "olmocr-2"),
    ],
)
def test_the_name_and_the_config_speak_for_a_profile(
    model: str, model_type: str, expected: str
) -> None:
    assert pick_profile(model, model_type=model_type).name == expected
    assert pick_profile(model, model_type=model_type, wanted="olmocr-1").name == "olmocr-1"


def test_an_unknown_profile_names_those_there_are() -> None:
    with pytest.raises(UsageError, match=r"--profile .*qwen2.5-vl.*olmocr-2"):
        pick_profile("x", wanted="gpt")


@pytest.mark.parametrize("profile", PROFILES.values(), ids=lambda profile: profile.name)
def test_each_has_its_prompt_and_its_slots(profile) -> None:  # type: ignore[no-untyped-def]
    prompt = prompting.load(profile.prompt)
    assert prompt.slots == ({"anchors"} if profile.anchors else set())
