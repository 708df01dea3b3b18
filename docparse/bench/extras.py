"""Optional packages that measuring needs, loaded by name, or an error that says how to get them."""

from __future__ import annotations

import importlib
import importlib.util
from typing import Any

from docparse.errors import MissingEngineError


def require(module: str) -> Any:
    """The imported module. Raises MissingEngineError with the line that installs it."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise _missing(module) from error


def demand(*modules: str) -> None:
    """Raises MissingEngineError unless all of the packages are there; imports none of them."""
    for module in modules:
        if importlib.util.find_spec(module) is None:
            raise _missing(module)


def _missing(module: str) -> MissingEngineError:
    return MissingEngineError(
        f"the package {module.partition('.')[0]} is not installed",
        hint="run `pip install 'docparse[bench]'`",
    )
