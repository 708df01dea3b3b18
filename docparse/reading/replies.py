"""A reply in any family's grammar to a page, and what it says of the page as a whole."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from typing import Any

from docparse.omni.parse import parse_reply
from docparse.profiles import Grammar
from docparse.types import BBox, Frame, Note, NoteCode, Page

# The head of olmOCR's replies (spec olmocr, section 1.6). Read by hand: YAML would turn the
# language code `no` into False.
_HEAD = re.compile(r"\s*---[ \t]*\n(.*?)\n---[ \t]*(?:\n|$)", re.DOTALL)
_ROTATIONS = (90, 180, 270)
OFF: NoteCode = "off-format"


@dataclass(frozen=True, slots=True)
class Read:
    """`rotation`: degrees counter-clockwise by which the picture should be turned and read anew.

    Counter-clockwise is what olmOCR's labels mean, whatever its schema says (spec, section 1.6).
    """

    page: Page
    rotation: int = 0


def read_reply(text: str, frame: Frame, grammar: Grammar, *, number: int) -> Read:
    """Any reply as a page; raises nothing."""
    if grammar == "omni":
        page = parse_reply(text, frame, number=number)
        if page.blocks and all(block.bbox == frame_box(frame) for block in page.blocks):
            notes = (*page.notes, Note(OFF, "the reply says nowhere where on the page it stands"))
            page = replace(page, notes=notes)
        return Read(page)
    body, facts, notes = _olmocr_json(text) if grammar == "olmocr-json" else _olmocr_yaml(text)
    page = parse_reply(markdown_to_html(body), frame, number=number)
    # Its replies have no boxes by design, so that is nothing to report.
    kept = tuple(n for n in page.notes if n.code != "bad-box") + notes
    rotation = _rotation(facts)
    return Read(replace(page, notes=kept), rotation)


def frame_box(frame: Frame) -> BBox:
    """The whole picture: the box of what came without one."""
    return BBox(0, 0, frame.width, frame.height)


def markdown_to_html(markdown: str) -> str:
    """Markdown with GitHub tables and inline HTML to HTML; LaTeX stays as it is written."""
    from markdown_it import MarkdownIt

    escaped = re.sub(r"\\([()\[\]])", r"\\\\\1", markdown)
    return str(MarkdownIt("commonmark", {"html": True}).enable("table").render(escaped))


def _olmocr_json(text: str) -> tuple[str, dict[str, Any], tuple[Note, ...]]:
    """v0.1: one object whose natural_text is the page; a cut one gives what there is of it."""
    start, end = text.find("{"), text.rfind("}")
    try:
        data = json.loads(text[start : end + 1])
        if isinstance(data, dict):
            return str(data.get("natural_text") or ""), data, ()
    except (ValueError, RecursionError):
        pass
    found = re.search(r'"natural_text"\s*:\s*"((?:[^"\\]|\\.)*)', text, re.DOTALL)
    if found is None:
        return text, {}, (Note(OFF, "the reply is not the JSON object that was asked for"),)
    try:
        body = str(json.loads(f'"{found[1]}"', strict=False))
    except ValueError:
        body = found[1]
    return body, {}, (Note("truncated", "the reply stops inside its JSON object"),)


def _olmocr_yaml(text: str) -> tuple[str, dict[str, Any], tuple[Note, ...]]:
    """v0.2 and later: a head between two rules, then Markdown."""
    head = _HEAD.match(text)
    if head is None:
        return text, {}, (Note(OFF, "the reply has no head with facts about the page"),)
    pairs = (line.split(":", 1) for line in head[1].splitlines() if ":" in line)
    facts = {key.strip(): value.strip() for key, value in pairs}
    return text[head.end() :], facts, ()


def _rotation(facts: dict[str, Any]) -> int:
    if str(facts.get("is_rotation_valid")).lower() != "false":
        return 0
    value = str(facts.get("rotation_correction"))
    return int(value) if value.isdigit() and int(value) in _ROTATIONS else 0
