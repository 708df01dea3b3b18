"""A checkpoint folder as the run that it might have been exported from, to go on training from."""

from __future__ import annotations

from pathlib import Path

import torch

from docparse.engines.nano import HEAD, TOKENIZER
from docparse.errors import UsageError
from docparse.model.config import read_config
from docparse.model.ctc import read_head
from docparse.model.problems import ModelError
from docparse.model.tokenizer import Tokenizer
from docparse.model.weights import load_weights
from docparse.train.alphabet import ALPHABET
from docparse.train.multimodal import LinesRun, LinesStage
from docparse.train.nano import nano_settings, new_model, page_settings
from docparse.train.page_stage import PagesRun, PagesStage
from docparse.train.tower import TowerRun, TowerStage


def restore(checkpoint: Path, run: Path) -> None:
    """Writes what a checkpoint has learned to `run` as its stages leave it.

    Optimizers and counts of lines begin anew. A checkpoint of stage c is its own teacher of lines
    from then on, as it doesn't hold what stage b left. UsageError where `run` holds a run already,
    or the checkpoint is not one of docparse-nano's with this tokenizer and these characters.
    """
    if any(run.glob("*.pt")):
        raise UsageError(f"{run} holds a run already", "name a folder that does not exist yet")
    try:
        stored = Tokenizer.read(checkpoint / TOKENIZER)
        learned = load_weights(
            read_config(checkpoint), checkpoint, device=torch.device("cpu"), dtype=torch.float32
        )
        head, characters = read_head(checkpoint / HEAD, dtype=torch.float32, frozen=False)
    except ModelError as error:
        raise UsageError(
            f"{checkpoint} cannot be trained on: {error}", "name a folder that `export` wrote"
        ) from error
    data, tokenizer = nano_settings() if learned.config.tied else page_settings()
    if characters != ALPHABET or stored.to_json() != Tokenizer(tokenizer).to_json():
        raise UsageError(
            f"{checkpoint} has another tokenizer or other characters than a new run would have",
            "train from scratch: `docparse train tower`",
        )
    tower = TowerRun(learned.config, TowerStage(), run)
    tower.tower.load_state_dict(learned.tower.state_dict())
    tower.head.load_state_dict(head.state_dict())
    tower.save()
    lines = LinesRun(new_model(data), Tokenizer(tokenizer), LinesStage(), run)
    lines.model.load_state_dict(learned.state_dict())
    lines.save()
    if not learned.config.tied:
        pages = PagesRun(new_model(data), Tokenizer(tokenizer), PagesStage(), run)
        pages.model.load_state_dict(learned.state_dict())
        pages.save()
