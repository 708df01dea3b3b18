"""What `docparse bench check` takes on its command line, and its report on stdout."""

from __future__ import annotations

from typing import Annotated

import typer


def check_replies(
    pages: Annotated[
        int, typer.Option("--pages", help="Pages of each layout and language.", min=1)
    ] = 4,
    reader: Annotated[
        str, typer.Option("--reader", help="Who reads pictures: auto, nano, rapidocr or off.")
    ] = "nano",
    seed: Annotated[int, typer.Option("--seed", help="Number of the first page drawn.")] = 0,
    fit: Annotated[
        bool, typer.Option("--fit", help="Fit the maps of confidence on other pages instead.")
    ] = False,
) -> None:
    """Boxes, confidence, and notes on invented and left-out text, on drawn pages."""
    if fit:
        from docparse.bench.check_fit import run_fit

        print(run_fit(pages, reader))
        return
    from docparse.bench.check import run_check

    print(run_check(pages, reader, seed=seed).to_text())
