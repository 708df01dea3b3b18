"""`docparse bench view`: a report of many pages in a browser."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def view_report(
    files: Annotated[list[Path], typer.Argument(help="PDFs whose pages are shown, repeated.")],
    pages: Annotated[int, typer.Option("--pages", help="Pages of the report.", min=1)] = 300,
) -> None:
    """How soon a long report is seen in headless Chromium, and its last page."""
    from docparse.bench.view import run_view

    print(run_view(files, num_pages=pages).to_text(), end="")
