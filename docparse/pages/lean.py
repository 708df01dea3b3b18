"""PyMuPDF imported without its layout model, for work that needs words only: 0.7 s less."""

from __future__ import annotations

import sys

# The layout model, and the package for Markdown that loads onnxruntime.
_LEFT_OUT = ("pymupdf.layout", "pymupdf4llm")


def import_lean() -> None:
    """Imports pymupdf alone; what is left out can still be imported later.

    The package imports these parts itself and goes on without those that fail.
    """
    if "pymupdf" in sys.modules:
        return
    blocked = [name for name in _LEFT_OUT if name not in sys.modules]
    for name in blocked:
        sys.modules[name] = None  # type: ignore[assignment]
    try:
        import pymupdf  # noqa: F401
    finally:
        for name in blocked:
            del sys.modules[name]
