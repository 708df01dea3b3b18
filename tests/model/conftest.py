"""One thread for every model test: two workers share the machine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import oracle
import pytest
import torch


@pytest.fixture(autouse=True, scope="session")
def one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="session", params=["qwen2_5_vl", "qwen2_vl"])
def family(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="session")
def reference(family: str) -> Any:
    """A tiny random transformers model of the family."""
    return oracle.model_of(oracle.config_of(family))


@pytest.fixture(scope="session")
def folder(family: str, reference: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The checkpoint folder of `reference`, in the released layout."""
    target = tmp_path_factory.mktemp(family)
    return oracle.write_checkpoint(target, reference, layout="released")
