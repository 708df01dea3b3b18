"""What `docparse bench pages` takes on its command line, and its report on stdout."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def read_small_pages(
    model: Annotated[
        Path, typer.Argument(help="A checkpoint that was trained on pages.", exists=True)
    ],
    folder: Annotated[
        Path | None, typer.Argument(help="Documents to cut pieces out of.", exists=True)
    ] = None,
    count: Annotated[int, typer.Option("--count", help="Pages, and pieces of others.", min=2)] = 60,
) -> None:
    """Small drawn pages, and pieces of born-digital ones, read whole by a checkpoint and by their
    lines: blocks, text, time."""
    from docparse.bench.pieces import find_pieces
    from docparse.bench.small_pages import as_page, run_small_pages
    from docparse.train.held_out import held_out_pages

    drawn = [(picture, as_page(picture, reply)) for picture, reply in held_out_pages(count)]
    print(run_small_pages(drawn, model, "pages of held-out fonts and words").to_text())
    if folder is not None:
        pieces = list(find_pieces(folder, count))
        print()
        print(run_small_pages(pieces, model, "pieces of born-digital pages").to_text())
