"""The stages of training as commands run them: what each needs, from what the stage before left."""

from __future__ import annotations

from pathlib import Path

from docparse.errors import UsageError
from docparse.model.config import parse_config
from docparse.model.tokenizer import Tokenizer
from docparse.train.multimodal import LinesRun, LinesStage
from docparse.train.nano import nano_settings, new_model, page_settings
from docparse.train.page_stage import PagesRun, PagesStage
from docparse.train.preferences import PreferredRun
from docparse.train.tower import TowerRun, TowerStage


def run_tower(folder: Path, stage: TowerStage) -> None:
    """Stage a in `folder`, from its last checkpoint there if it has one."""
    TowerRun(parse_config(nano_settings()[0]), stage, folder).train()


def run_lines(folder: Path, stage: LinesStage) -> None:
    """Stage b in `folder`, from its last checkpoint or from what stage a left there.

    UsageError where the run has gone on to stage c, which is built on what stage b left.
    """
    if (folder / f"{PagesRun.name}.pt").is_file():
        raise UsageError(f"{folder} is in stage c already", "go on with `docparse train pages`")
    config, tokenizer = nano_settings()
    LinesRun(new_model(config), Tokenizer(tokenizer), stage, folder).train()


def run_pages(folder: Path, stage: PagesStage) -> None:
    """Stage c in `folder`, from its last checkpoint or from what stage b left there."""
    config, tokenizer = page_settings()
    PagesRun(new_model(config), Tokenizer(tokenizer), stage, folder).train()


def run_prefer(folder: Path, stage: PagesStage) -> None:
    """Stage e in `folder`, from its last checkpoint or from what stage c left there."""
    config, tokenizer = page_settings()
    PreferredRun(new_model(config), Tokenizer(tokenizer), stage, folder).train()
