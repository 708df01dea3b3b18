"""Prompt files: every one renders, to the letter; a slot too few or too many is an error."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from docparse import prompting
from docparse.prompting import Message, fill, load, names, parse

ROOT = Path(__file__).parent.parent
WHOLE = (
    "--- about ---\nx\n--- order ---\ntext-first\n"
    "--- system ---\nS {{a}}\n--- user ---\nU {{a}} {{b}} \n"
)


def test_every_prompt_renders() -> None:
    assert set(names()) == {path.stem for path in (ROOT / "prompts").iterdir()}
    assert len(names()) >= 5
    for name in names():
        prompt = load(name)
        message = fill(prompt, **{slot: f"<{slot}>" for slot in prompt.slots})
        assert message.user.strip(), name
        assert "{{" not in message.system + message.user, name
        for slot in prompt.slots:
            assert f"<{slot}>" in message.system + message.user


def test_blanks_and_full_stops_are_those_of_the_cookbook() -> None:
    html = Message("You are a helpful assistant", "QwenVL HTML ", "text-first")
    assert fill(load("qwen-html")) == html
    long = fill(load("qwen-html-long-system"))
    assert long.user == html.user
    assert long.system.startswith("You are an AI specialized in recognizing")
    assert long.system.endswith("user privacy and data integrity.")
    lines = fill(load("qwen-ocr-lines")).user
    assert lines == "Spotting all the text in the image with line-level, and output in JSON format."


def test_anchors_stand_between_their_marks() -> None:
    anchors = "Page dimensions: 612.0x792.0\n[72x720]a {{user}} \\1 b\n"
    message = fill(load("olmocr-v0.1"), anchors=anchors)
    assert message.user.endswith(f"Do not hallucinate.\nRAW_TEXT_START\n{anchors}\nRAW_TEXT_END")
    assert (message.system, message.order) == ("", "image-first")


def test_each_missing_and_unknown_slot_is_named() -> None:
    prompt = parse("demo", WHOLE)
    with pytest.raises(ValueError, match="a is missing; b is missing; c is not one of its slots"):
        fill(prompt, c="1")
    assert fill(prompt, a="{{b}}", b="2") == Message("S {{b}}", "U {{b}} 2 ", "text-first")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("--- about ---\nx\n", ""),
        ("--- about ---", "hello\n--- about ---"),
        ("text-first", "sideways"),
        ("--- user ---", "--- assistant ---"),
        ("U {{a}}", "--- user ---\nagain"),
    ],
)
def test_a_malformed_file_is_an_error(old: str, new: str) -> None:
    assert old in WHOLE
    with pytest.raises(ValueError, match="prompt demo"):
        parse("demo", WHOLE.replace(old, new))


@pytest.mark.parametrize("name", ["none", "../README", "", "/etc/passwd"])
def test_an_unknown_name_lists_the_known_ones(name: str) -> None:
    with pytest.raises(ValueError, match="qwen-html"):
        load(name)


def test_the_digest_follows_what_is_sent_and_nothing_else() -> None:
    digest = parse("demo", WHOLE).digest
    assert len(digest) == 64
    assert digest == parse("other", WHOLE.replace("x\n", "y\n", 1)).digest
    for old, new in [("S ", "S"), ("{{b}} \n", "{{b}}\n"), ("text-first", "image-first")]:
        assert parse("demo", WHOLE.replace(old, new, 1)).digest != digest


def test_an_installed_package_finds_them_without_a_source_tree(tmp_path: Path) -> None:
    # As the wheel has it: docparse/prompts, and no prompts/ beside docparse.
    archive = tmp_path / "wheel.zip"
    with zipfile.ZipFile(archive, "w") as wheel:
        for module in (ROOT / "docparse").glob("*.py"):
            wheel.write(module, f"docparse/{module.name}")
        for path in (ROOT / "prompts").iterdir():
            wheel.write(path, f"docparse/prompts/{path.name}")
    code = "from docparse.prompting import load; print(repr(load('qwen-html').user))"
    result = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(archive)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout == "'QwenVL HTML '\n"


def test_an_editable_install_finds_them_too() -> None:
    assert not (ROOT / "docparse/prompts").exists()
    assert (Path(prompting.__file__).parent.parent / "prompts/qwen-html.md").is_file()
