"""What `import docparse` offers is what it lists, and importing it is cheap."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import docparse


def test_every_listed_name_is_there() -> None:
    assert docparse.__all__ == sorted(docparse.__all__)
    for name in docparse.__all__:
        assert getattr(docparse, name) is not None


def test_an_unknown_name_is_an_attribute_error() -> None:
    assert not hasattr(docparse, "nonsense")


def test_import_pulls_in_nothing_heavy() -> None:
    code = (
        "import sys, docparse, docparse.pipeline\n"
        "heavy = {'torch', 'transformers', 'pymupdf', 'numpy', 'PIL'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_no_library_reports_what_is_done_here(tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    # it keeps what it is going to send in the home, except in continuous integration
    kept = {n: v for n, v in os.environ.items() if n not in ("CI", "ORT_DISABLE_TELEMETRY")}
    env = {**kept, "HOME": str(tmp_path), "TMPDIR": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path)}
    code = "import docparse, onnxruntime"
    subprocess.run([sys.executable, "-c", code], check=True, env=env, cwd=tmp_path)
    assert list(tmp_path.rglob("*")) == []
