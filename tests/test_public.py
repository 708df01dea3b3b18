"""What `import docparse` offers is what it lists, and importing it is cheap."""

from __future__ import annotations

import subprocess
import sys

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
