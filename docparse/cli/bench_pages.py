"""What `docparse bench pages` takes on its command line, and its report on stdout."""

from __future__ import annotations

from typing import Annotated

import typer


def read_small_pages(
    count: Annotated[int, typer.Option("--count", help="Pages of held-out fonts.", min=1)] = 60,
    model: Annotated[
        str, typer.Option("--model", help="A checkpoint, in place of the one that is shipped.")
    ] = "",
) -> None:
    """Small drawn pages read whole by docparse-nano, and by their lines: blocks, text, time."""
    from docparse.bench.small_pages import run_small_pages
    from docparse.train.held_out import held_out_pages

    print(run_small_pages(list(held_out_pages(count)), model=model).to_text())
