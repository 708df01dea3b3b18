"""PyMuPDF imported without its layout model, for work that needs words only: 0.7 s less."""

from __future__ import annotations

import sys

_MODEL = "pymupdf.layout"


def import_lean() -> None:
    """Imports pymupdf; its layout model stays out until somebody imports `pymupdf.layout`.

    The package imports the model itself and goes on without it where that fails.
    """
    if "pymupdf" in sys.modules:
        return
    sys.modules[_MODEL] = None  # type: ignore[assignment]
    try:
        import pymupdf  # noqa: F401
    finally:
        del sys.modules[_MODEL]
