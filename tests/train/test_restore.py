"""A checkpoint goes back into a run that stages b and c go on from."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from docparse.engines.nano import FOLDER
from docparse.errors import MissingEngineError, UsageError
from docparse.model.config import read_json
from docparse.model.weights import released_tensors
from docparse.train.multimodal import LinesStage
from docparse.train.nano import new_model
from docparse.train.restore import restore
from docparse.train.stages import run_lines


def test_what_is_restored_is_what_was_learned(tmp_path: Path) -> None:
    """The shipped checkpoint, to the bit."""
    try:
        restore(FOLDER, tmp_path)
    except MissingEngineError as error:
        pytest.skip(str(error))
    model = new_model(read_json(FOLDER / "config.json"))
    lines = torch.load(tmp_path / "lines.pt", weights_only=True)
    model.load_state_dict(lines["model"])
    stored = load_file(FOLDER / "model.safetensors")
    restored = dict(released_tensors(model))
    assert restored.keys() == stored.keys()
    assert all(torch.equal(restored[name].bfloat16(), stored[name]) for name in stored)
    tower = torch.load(tmp_path / "tower.pt", weights_only=True)
    for name, tensor in load_file(FOLDER / "ctc.safetensors").items():
        assert torch.equal(tower["head"][name].bfloat16(), tensor)
        assert torch.equal(lines["head"][name].bfloat16(), tensor)


def test_a_checkpoint_of_stage_c_goes_back_into_it(tmp_path: Path) -> None:
    """One that tells tokens by other vectors than it reads them by."""
    checkpoint, run = tmp_path / "nano", tmp_path / "run"
    shutil.copytree(FOLDER, checkpoint)
    config = read_json(FOLDER / "config.json") | {"tie_word_embeddings": False}
    (checkpoint / "config.json").write_text(json.dumps(config))
    stored = load_file(FOLDER / "model.safetensors")
    told = -stored["model.embed_tokens.weight"]
    save_file(stored | {"lm_head.weight": told}, checkpoint / "model.safetensors")
    try:
        restore(checkpoint, run)
    except MissingEngineError as error:
        pytest.skip(str(error))
    for name in ("lines.pt", "pages.pt"):
        learned = torch.load(run / name, weights_only=True)["model"]
        assert torch.equal(learned["decoder.head.weight"].bfloat16(), told)
        assert torch.equal(learned["decoder.embedding.weight"].bfloat16(), -told)
    with pytest.raises(UsageError, match="in stage c already"):
        run_lines(run, LinesStage())


def test_a_run_is_not_overwritten(tmp_path: Path) -> None:
    torch.save({}, tmp_path / "lines.pt")
    with pytest.raises(UsageError, match="holds a run already"):
        restore(FOLDER, tmp_path)


def test_another_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    with pytest.raises(UsageError, match="cannot be trained on"):
        restore(tmp_path / "other", tmp_path / "run")
    assert not (tmp_path / "run").exists()
