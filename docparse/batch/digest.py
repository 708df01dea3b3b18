"""The settings that shape results, as one digest: another digest means that work is to be done."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from docparse import __version__
from docparse.settings import ReadSettings, WriteSettings

# What pages are read with, beside our own code.
_PACKAGES = ("pymupdf", "onnxruntime", "pypdf", "rapidocr")
# How results are got, not what they are; a password above all has no place in a file.
_NO_MATTER = ("password", "server", "max_requests")


def settings_digest(read: ReadSettings, write: WriteSettings) -> str:
    """SHA-256 in hexadecimal over options, prompt, model and versions."""
    options = {k: v for k, v in asdict(read).items() if k not in _NO_MATTER}
    facts = {
        "read": options,
        "by server": bool(read.server),
        "write": {k: str(v) for k, v in asdict(write).items()},
        "versions": [__version__, *(_version(name) for name in _PACKAGES)],
        "model": list(_model_facts(read)),
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def _model_facts(read: ReadSettings) -> Iterator[object]:
    """What says which model it is: a folder's files and their stamps, and the prompt."""
    if not read.model:
        return
    from docparse import prompting
    from docparse.profiles import pick_profile

    yield prompting.load(pick_profile(read.model, wanted=read.profile).prompt).digest
    folder = Path(read.model)
    if folder.is_dir():
        for path in sorted([*folder.glob("*.json"), *folder.glob("*.safetensors")]):
            found = path.stat()
            yield [path.name, found.st_size, found.st_mtime_ns]


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
