"""Replies that we wrote in the image of real ones, each with the page that must come of it.

`UPDATE_GOLDEN=1 pytest tests/omni` writes the expectations anew; read the difference.
"""

from __future__ import annotations

import dataclasses
import json
import os
from pathlib import Path
from typing import Any

import pytest
from omni_sample import sample_document

from docparse.omni.emit import emit, emit_page_reply
from docparse.omni.parse import parse_document, parse_reply
from docparse.types import BBox, Frame, Page

GOLDEN = Path(__file__).parent / "golden"
FRAME = Frame(width=2000, height=2800, model_width=1000, model_height=1400, dpi=200)
REPLIES = sorted(path.stem for path in GOLDEN.glob("*.txt"))


def plain(value: Any) -> Any:
    """A page as JSON, fields at their defaults left out, boxes as strings."""
    if isinstance(value, BBox):
        return f"{value.x0} {value.y0} {value.x1} {value.y1}"
    if dataclasses.is_dataclass(value):
        return {
            field.name: plain(getattr(value, field.name))
            for field in dataclasses.fields(value)
            if getattr(value, field.name) != field.default
        }
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    return value


def dump(page: Page) -> str:
    lines = ["{", ' "notes": [']
    for key, values in (("notes", page.notes), ("blocks", page.blocks)):
        rows = [json.dumps(plain(value), ensure_ascii=False) for value in values]
        lines += ["  " + row + ("," if row is not rows[-1] else "") for row in rows]
        lines += [" ],", ' "blocks": ['] if key == "notes" else [" ]", "}", ""]
    return "\n".join(lines)


def compare(path: Path, actual: str) -> None:
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_bytes(actual.encode())
    assert actual == path.read_bytes().decode(), f"{path.name} is not what came out"


@pytest.mark.parametrize("name", REPLIES)
def test_reply(name: str) -> None:
    text = (GOLDEN / f"{name}.txt").read_bytes().decode()
    page = parse_reply(text, FRAME)
    compare(GOLDEN / f"{name}.json", dump(page))
    for block in page.blocks:
        assert block.source == "model"
        assert block.bbox == block.bbox.clip(FRAME.width, FRAME.height)


@pytest.mark.parametrize("name", REPLIES)
def test_what_was_read_is_written_and_read_again(name: str) -> None:
    """The second reading of a page that was mended has nothing left to mend but missing boxes."""
    page = parse_reply((GOLDEN / f"{name}.txt").read_bytes().decode(), FRAME)
    if not page.blocks:
        return
    again = parse_reply(emit_page_reply(page, FRAME), FRAME)
    assert [(b.kind, b.text, b.level, b.label, b.table) for b in again.blocks] == [
        (b.kind, b.text, b.level, b.label, without_boxes(b.table)) for b in unique(page)
    ]
    assert not [note for note in again.notes if note.code != "repaired"]


def without_boxes(table: Any) -> Any:
    if table is None:
        return None
    cells = tuple(dataclasses.replace(cell, bbox=None) for cell in table.cells)
    return dataclasses.replace(table, cells=cells)


def unique(page: Page) -> list[Any]:
    """The blocks but for those that only differ in what a reply does not say."""
    seen = dict.fromkeys(
        (b.kind, FRAME.to_model(b.bbox), b.text, without_boxes(b.table), b.items, b.label)
        for b in page.blocks
    )
    kept = []
    for b in page.blocks:
        key = (b.kind, FRAME.to_model(b.bbox), b.text, without_boxes(b.table), b.items, b.label)
        if key in seen:
            del seen[key]
            kept.append(b)
    return kept


def test_document() -> None:
    document = sample_document()
    html = emit(document)
    compare(GOLDEN / "document.html", html)
    assert parse_document(html, source="") == document


def test_page_reply() -> None:
    frame = Frame(1654, 2339, 1008, 1428, dpi=200)
    reply = emit_page_reply(sample_document().pages[0], frame)
    compare(GOLDEN / "page_reply.html", reply + "\n")
