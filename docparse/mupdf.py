"""PyMuPDF, imported without its own copy of the layout nets: 0.8 s less at each start."""

from __future__ import annotations

import importlib
import sys
from typing import Any

# What loads the nets when it is imported.
_LATE = ("pymupdf.layout", "pymupdf4llm")


def _import_lean() -> Any:
    """The package imports these parts itself, and goes on without those that fail."""
    if "pymupdf" in sys.modules:  # someone else's, and theirs to keep as it is
        return sys.modules["pymupdf"]
    late = [name for name in _LATE if name not in sys.modules]
    for name in late:
        sys.modules[name] = None  # type: ignore[assignment]
    try:
        import pymupdf
    finally:
        for name in late:
            del sys.modules[name]
    pymupdf._get_layout = _look
    pymupdf.pymupdf4llm = _Markdown()
    # As the package for Markdown sets it for all when it is imported.
    pymupdf.TOOLS.unset_quad_corrections(True)
    return pymupdf


def _look(*args: Any, **kwargs: Any) -> Any:
    """Loads the nets for someone else in this process who asks PyMuPDF for a layout."""
    layout = importlib.import_module("pymupdf.layout")
    pymupdf._get_layout = None
    layout.activate()
    return pymupdf._get_layout(*args, **kwargs)


class _Markdown:
    """Stands in for the package until someone else asks PyMuPDF for Markdown."""

    def __getattr__(self, name: str) -> Any:
        return getattr(importlib.import_module("pymupdf4llm"), name)


pymupdf = _import_lean()
