"""Readings by pymupdf4llm, OCR off as on our side: three ways of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from docparse.bench.boxes import Area
from docparse.bench.extras import require
from docparse.bench.reading import COMMON_KINDS, Reading

DEFAULTS = "pymupdf4llm"
NO_HEADERS = "headers off"
HTML_TABLES = "HTML tables"
_RUNNING = ("page-header", "page-footer")
_KINDS = {"title": "heading", "section-header": "heading"}


def read_peer(path: Path) -> dict[str, Reading]:
    """`to_markdown` with its defaults, and what it gives with `header=False, footer=False`.

    Those two options leave out pieces of the text and change nothing else, so that one run shows
    both. `page_chunks=True` brings the boxes; the chunks joined are its ordinary result.
    """
    chunks = require("pymupdf4llm").to_markdown(str(path), page_chunks=True, use_ocr=False)
    pages = tuple(chunk["text"] for chunk in chunks)
    bare = tuple(map(_without_running, chunks))
    areas = _areas(chunks)
    whole = "".join(pages)
    return {
        DEFAULTS: Reading(pages, whole, whole, areas),
        NO_HEADERS: Reading(bare, "".join(bare), whole, areas),
    }


def read_peer_html(path: Path) -> dict[str, Reading]:
    """`to_markdown` with tables as HTML, which can say spans."""
    chunks = require("pymupdf4llm").to_markdown(
        str(path), page_chunks=True, table_output="html", use_ocr=False
    )
    pages = tuple(chunk["text"] for chunk in chunks)
    whole = "".join(pages)
    return {HTML_TABLES: Reading(pages, whole, whole, _areas(chunks))}


def _without_running(chunk: Mapping[str, Any]) -> str:
    return "".join(
        chunk["text"][slice(*box["pos"])]
        for box in chunk["page_boxes"]
        if box["class"] not in _RUNNING
    )


def _areas(chunks: Sequence[Mapping[str, Any]]) -> tuple[Area, ...]:
    return tuple(_area(chunk, box) for chunk in chunks for box in chunk["page_boxes"])


def _area(chunk: Mapping[str, Any], box: Mapping[str, Any]) -> Area:
    page = int(chunk["metadata"]["page_number"])
    x0, y0, x1, y1 = map(float, box["bbox"])
    text = chunk["text"][slice(*box["pos"])]
    return Area(page, common_kind(box["class"]), x0, y0, x1, y1, text)


def common_kind(name: str) -> str:
    kind = _KINDS.get(name, name)
    return kind if kind in COMMON_KINDS else "text"
