"""What `docparse bench pages` takes on its command line, and its report on stdout."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def read_small_pages(
    model: Annotated[
        Path, typer.Argument(help="A checkpoint that was trained on pages.", exists=True)
    ],
    count: Annotated[int, typer.Option("--count", help="Pages of held-out fonts.", min=1)] = 60,
) -> None:
    """Small drawn pages read whole by a checkpoint, and by their lines: blocks, text, time."""
    from docparse.bench.small_pages import run_small_pages
    from docparse.train.held_out import held_out_pages

    print(run_small_pages(list(held_out_pages(count)), model).to_text())
