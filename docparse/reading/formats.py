"""What a reply is held to, if it is to be held to the format of its profile."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from docparse.omni.grammar import reply_grammar
from docparse.profiles import Profile

_BOX = {"type": "array", "items": {"type": "integer"}, "minItems": 4, "maxItems": 4}
_LINES = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {"bbox_2d": _BOX, "text_content": {"type": "string"}},
        "required": ["bbox_2d", "text_content"],
        "additionalProperties": False,
    },
}
# Spec olmocr, section 1.6; the order is that in which the model answers.
_PAGE = {
    "type": "object",
    "properties": {
        "primary_language": {"type": ["string", "null"], "maxLength": 8},
        "is_rotation_valid": {"type": "boolean"},
        "rotation_correction": {"enum": [0, 90, 180, 270]},
        "is_table": {"type": "boolean"},
        "is_diagram": {"type": "boolean"},
        "natural_text": {"type": ["string", "null"]},
    },
    "required": [
        "primary_language", "is_rotation_valid", "rotation_correction", "is_table", "is_diagram",
        "natural_text",
    ],
    "additionalProperties": False,
}  # fmt: skip
_HEAD_AND_MARKDOWN = r"""
start: HEAD TEXT?
HEAD: /---\nprimary_language: ([a-zA-Z]{2,3}|null)\nis_rotation_valid: (True|False)\nrotation_correction: (0|90|180|270)\nis_table: (True|False)\nis_diagram: (True|False)\n---\n/
TEXT: /(.|\n)+/
"""  # noqa: E501


def held_to(profile: Profile) -> tuple[Mapping[str, Any] | None, str]:
    """A JSON Schema, or a grammar in Lark."""
    if profile.grammar == "olmocr-json":
        return _PAGE, ""
    if profile.grammar == "olmocr-yaml":
        return None, _HEAD_AND_MARKDOWN
    return (_LINES, "") if profile.prompt == "qwen-ocr-lines" else (None, reply_grammar())
