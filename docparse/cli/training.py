"""What the stages of training take on their command lines: `docparse train`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from docparse import log

train = typer.Typer(no_args_is_help=True, help="The stages of training docparse-nano.")

Folder = Annotated[Path, typer.Argument(help="Where checkpoints and logs are kept.")]
Lines = Annotated[int, typer.Option("--lines", help="Lines to learn from in all.", min=1)]
Samples = Annotated[
    int, typer.Option("--samples", help="Pages, and lines between them, to learn from.", min=1)
]
Threads = Annotated[int, typer.Option("--threads", help="Threads to train on.", min=1)]


@train.command()
def tower(folder: Folder, lines: Lines = 4_000_000, threads: Threads = 2) -> None:
    """Stage a: the vision tower learns characters by CTC; resumes where it stopped."""
    from docparse.train.stages import run_tower
    from docparse.train.tower import TowerStage

    log.set_up(verbose=False, quiet=False)
    run_tower(folder, TowerStage(lines=lines, threads=threads))


@train.command("lines")
def train_lines(folder: Folder, lines: Lines = 4_000_000, threads: Threads = 2) -> None:
    """Stage b: tower and decoder read lines together; resumes where it stopped."""
    from docparse.train.multimodal import LinesStage
    from docparse.train.stages import run_lines

    log.set_up(verbose=False, quiet=False)
    run_lines(folder, LinesStage(lines=lines, threads=threads))


@train.command("pages")
def train_pages(folder: Folder, samples: Samples = 200_000, threads: Threads = 2) -> None:
    """Stages c and d: small pages are answered in QwenVL HTML; resumes where it stopped."""
    from docparse.train.page_stage import PagesStage
    from docparse.train.stages import run_pages

    log.set_up(verbose=False, quiet=False)
    run_pages(folder, PagesStage(lines=samples, threads=threads))


@train.command("prefer")
def train_prefer(folder: Folder, samples: Samples = 20_000, threads: Threads = 2) -> None:
    """Stage e: DPO, the better of the model's own replies preferred; resumes where it stopped."""
    from docparse.train.page_stage import PagesStage
    from docparse.train.stages import run_prefer

    log.set_up(verbose=False, quiet=False)
    run_prefer(folder, PagesStage(lines=samples, rate=5e-5, warm_up=500, threads=threads))


@train.command("restore")
def restore_run(
    checkpoint: Annotated[Path, typer.Argument(help="A checkpoint folder.", exists=True)],
    folder: Folder,
) -> None:
    """Make a run of a checkpoint, for `train pages` to go on from, or `train lines` before it."""
    from docparse.train.restore import restore

    restore(checkpoint, folder)


@train.command("score")
def train_score(
    folder: Annotated[Path, typer.Argument(help="A checkpoint that was exported.", exists=True)],
    lines: Annotated[int, typer.Option("--lines", help="Lines of each kind.", min=1)] = 200,
) -> None:
    """Character errors of a checkpoint on held-out lines, and its most confused characters."""
    from docparse.train.score import score_lines, to_text

    print(to_text(score_lines(folder, lines=lines)))


@train.command("export")
def export_run(
    folder: Annotated[Path, typer.Argument(help="Where a stage was trained.", exists=True)],
    target: Annotated[Path, typer.Argument(help="The checkpoint folder to write.")],
) -> None:
    """Write what a run has learned as a checkpoint folder in the released layout."""
    from docparse.train.export import export

    export(folder, target)
