"""The stages of training as commands run them: what each needs, from what the stage before left."""

from __future__ import annotations

from pathlib import Path

from docparse.model.config import ModelConfig, parse_config
from docparse.train.nano import nano_config
from docparse.train.tokenizer import SPECIAL, build_tokenizer
from docparse.train.tower import TowerStage, train_tower
from docparse.train.words import english_words


def run_tower(folder: Path, stage: TowerStage) -> None:
    """Stage a in `folder`, from its last checkpoint there if it has one."""
    train_tower(nano_shape(), stage, folder)


def nano_shape() -> ModelConfig:
    """The shape of docparse-nano with the vocabulary of its tokenizer."""
    tokenizer = build_tokenizer(english_words())
    tokens = {name: tokenizer.token_to_id(name) or 0 for name in SPECIAL}
    return parse_config(nano_config(tokens, tokenizer.get_vocab_size()))
