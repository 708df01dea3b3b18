"""Turns PDFs, scans and images into HTML with a box on every element, Markdown and JSON."""

from __future__ import annotations

import importlib
import os
from typing import TYPE_CHECKING

from docparse.errors import DocparseError
from docparse.types import BBox, Block, Document, Page, Table

if TYPE_CHECKING:
    from docparse.convert.data import to_data
    from docparse.convert.markdown import to_markdown
    from docparse.extraction.record import Record
    from docparse.extraction.run import extract
    from docparse.pipeline import parse

# onnxruntime 1.29 and later tell Microsoft of each session, unless this is set before it is loaded.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

__version__ = "0.1.0"
__all__ = [
    "BBox",
    "Block",
    "DocparseError",
    "Document",
    "Page",
    "Record",
    "Table",
    "extract",
    "parse",
    "to_data",
    "to_markdown",
]

# Loaded when first asked for, so that `docparse --help` starts at once.
_LATE = {
    "Record": "docparse.extraction.record",
    "extract": "docparse.extraction.run",
    "parse": "docparse.pipeline",
    "to_data": "docparse.convert.data",
    "to_markdown": "docparse.convert.markdown",
}


def __getattr__(name: str) -> object:
    if name not in _LATE:
        raise AttributeError(f"module 'docparse' has no attribute {name!r}")
    return getattr(importlib.import_module(_LATE[name]), name)
