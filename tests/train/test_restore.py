"""A checkpoint goes back into a run that stages b and c go on from."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from docparse.engines.nano import FOLDER
from docparse.errors import MissingEngineError, UsageError
from docparse.train.export import export
from docparse.train.restore import restore


def test_what_is_restored_is_exported_again(tmp_path: Path) -> None:
    """The shipped checkpoint, to the bit."""
    try:
        restore(FOLDER, tmp_path / "run")
        export(tmp_path / "run", tmp_path / "again")
    except MissingEngineError as error:
        pytest.skip(str(error))
    for name in ("model.safetensors", "ctc.safetensors", "config.json", "tokenizer.json"):
        assert (tmp_path / "again" / name).read_bytes() == (FOLDER / name).read_bytes(), name


def test_a_run_is_not_overwritten(tmp_path: Path) -> None:
    torch.save({}, tmp_path / "lines.pt")
    with pytest.raises(UsageError, match="holds a run already"):
        restore(FOLDER, tmp_path)


def test_another_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    with pytest.raises(UsageError, match="cannot be trained on"):
        restore(tmp_path / "other", tmp_path / "run")
    assert not (tmp_path / "run").exists()
