"""What `docparse bench read` takes on its command line, and its report on stdout."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def read_pictures(
    data: Annotated[Path, typer.Argument(help="Folder with PDFs, and scans with transcripts.")],
    limit: Annotated[
        int, typer.Option("--limit", help="Pages of each language and resolution.", min=1)
    ] = 3,
    reader: Annotated[
        str, typer.Option("--reader", help="Our reader: auto, nano or rapidocr.")
    ] = "auto",
    lines: Annotated[
        int, typer.Option("--lines", help="Lines of held-out fonts, as drawn for training.", min=0)
    ] = 0,
) -> None:
    """Error rate, time and memory of docparse, Tesseract and RapidOCR on the same pictures."""
    from docparse.bench.read import run_read
    from docparse.train.held_out import held_out_lines

    drawn = held_out_lines(lines) if lines else ()
    print(run_read(data, limit=limit, reader=reader, lines=drawn).to_text())
