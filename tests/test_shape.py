"""Holds the architecture: who may import whom, how long files and functions may be."""

from __future__ import annotations

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "docparse"
# Highest first; a module imports from lower rows and its own part only.
LAYERS = [
    ["cli"],
    ["train", "serve"],
    ["batch", "bench"],
    ["pipeline", "extraction"],
    ["reading"],
    ["engines", "layout", "evidence"],
    ["viewer"],
    ["convert"],
    ["pages", "anchors", "omni", "prompting", "profiles", "schemas", "model", "textlines"],
    ["settings", "files", "log"],
    ["types", "errors"],
    ["geometry", "mupdf"],
]
RANK = {part: row for row, parts in enumerate(LAYERS) for part in parts}
TORCH_PARTS = {
    ("model",),
    ("train",),
    ("engines", "local"),
    ("engines", "nano"),
    ("bench", "model_sides"),
}
MODULES = sorted(PACKAGE.rglob("*.py"))


def part_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


@cache
def imported(path: Path) -> list[str]:
    """All module names that a file imports, inside functions too, but not for typing only."""
    names: list[str] = []
    tree = ast.parse(path.read_text(encoding="utf-8"))
    typing_only = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if id(node) in typing_only:
            continue
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    return names


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_go_down(path: Path) -> None:
    part = part_of(path)
    if part == "__init__":  # hands out names of all layers, late
        return
    for name in imported(path):
        assert name != "pymupdf" or part == "mupdf", "it is imported from docparse.mupdf"
        if not name.startswith("docparse."):
            continue
        target = name.split(".")[1]
        if target.startswith("__version__") or target == part:
            continue
        assert target in RANK, f"{name} has no layer"
        assert part != "model", f"model/ imports nothing of docparse, yet {name}"
        assert RANK[target] > RANK[part], f"{part} may not import {target}"


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_sizes_and_first_sentence(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    assert ast.get_docstring(tree), "a module starts with a sentence on what comes out of it"
    assert len(text.splitlines()) <= 400, "a file has at most 400 lines"
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            length = (node.end_lineno or 0) - node.lineno + 1
            assert length <= 60, f"{node.name} has {length} lines, at most 60"


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_torch_stays_in_its_parts(path: Path) -> None:
    parts = tuple(path.relative_to(PACKAGE).with_suffix("").parts)
    if any(parts[: len(allowed)] == allowed for allowed in TORCH_PARTS):
        return
    assert not [n for n in imported(path) if n.split(".")[0] in ("torch", "transformers")]


def test_the_pipeline_fits_its_budget() -> None:
    assert len((PACKAGE / "pipeline.py").read_text(encoding="utf-8").splitlines()) <= 200


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys\n"
        "from typer.testing import CliRunner\n"
        "from docparse.cli.main import app\n"
        "assert CliRunner().invoke(app, ['--help']).exit_code == 0\n"
        "heavy = {'torch', 'transformers', 'pymupdf', 'numpy', 'lxml', 'PIL'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
