"""The versions that a bug report needs."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

PACKAGES = (
    "docparse",
    "pymupdf",
    "pymupdf_layout",
    "onnxruntime",
    "pypdf",
    "pillow",
    "lxml",
    "torch",
    "transformers",
)


def versions() -> dict[str, str]:
    """Name to version of docparse and of what its results depend on."""
    found = {"docparse": _of("docparse")}
    found |= {name: _of(name) for name in PACKAGES}
    return found | {"python": platform.python_version(), "platform": platform.platform()}


def _of(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
