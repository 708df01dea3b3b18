"""What the tests of the stages share: one thread, so that losses are equal; a small tokenizer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import torch

from docparse.train.tokenizer import build_tokenizer


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def tokenizer() -> Any:
    return build_tokenizer(["text", "read", "user"], num_pieces=8)
