"""Boxes and reading order from a document that docling wrote as JSON (DoclingDocument)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from docparse.bench.boxes import Area

_KINDS = {
    "section_header": "heading",
    "title": "heading",
    "list_item": "list-item",
    "page_header": "page-header",
    "page_footer": "page-footer",
    "formula": "formula",
    "code": "code",
    "caption": "caption",
    "footnote": "footnote",
    "table": "table",
    "picture": "picture",
    "chart": "picture",
}
# Groups nest a few levels deep; more is a circle of references.
DEEPEST = 50


def read_docling(file: Path) -> tuple[list[Area], list[str]]:
    """All boxes, and the texts of the body in the order of reading.

    What stands inside a picture is left out, as its picture is one box.
    """
    data = json.loads(file.read_text(encoding="utf-8"))
    areas = [
        area
        for part in ("texts", "tables", "pictures")
        for item in data[part]
        if not str((item.get("parent") or {}).get("$ref")).startswith("#/pictures")
        for area in _areas(item, data["pages"])
    ]
    return areas, list(_texts_below(data, data["body"], DEEPEST))


def _areas(item: dict[str, Any], pages: dict[str, Any]) -> Iterator[Area]:
    for place in item["prov"]:
        box = place["bbox"]
        top, bottom = box["t"], box["b"]
        if box["coord_origin"] == "BOTTOMLEFT":
            height = pages[str(place["page_no"])]["size"]["height"]
            top, bottom = height - top, height - bottom
        kind = _KINDS.get(item["label"], "text")
        yield Area(place["page_no"], kind, box["l"], top, box["r"], bottom, item.get("text", ""))


def _texts_below(data: dict[str, Any], item: dict[str, Any], depth: int) -> Iterator[str]:
    for child in item.get("children", ()) if depth else ():
        _, part, index = child["$ref"].split("/")
        found = data[part][int(index)]
        if part == "texts":
            yield found["text"]
        if part in ("texts", "groups"):
            yield from _texts_below(data, found, depth - 1)
