"""What `docparse convert` does: inputs planned, read in worker processes, written whole."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from docparse import log
from docparse.batch.pool import PagePool
from docparse.batch.worker import Order
from docparse.cli.plan import Job, plan
from docparse.cli.progress import Progress, progress_on
from docparse.errors import DocparseError, ExitCode
from docparse.files import write_whole
from docparse.pipeline import Opened, Pictures, assemble
from docparse.settings import Format, ReadSettings, RunSettings, WriteSettings
from docparse.types import Document, Page


def convert_all(
    inputs: Sequence[str],
    output: str,
    formats: Sequence[str],
    *,
    read: ReadSettings,
    write: WriteSettings,
    run: RunSettings,
) -> ExitCode:
    """Converts every input; returns the exit code of the whole command.

    One input that cannot be read raises its own error; of several, each says so on stderr.
    """
    log.set_up(verbose=run.verbose, quiet=run.quiet)
    jobs = plan(inputs, output, [*formats, "report"] if write.report else formats)
    codes: list[ExitCode] = []
    with progress_on(quiet=run.quiet, num_documents=len(jobs)) as progress:
        for job in jobs:
            try:
                codes.append(_convert(job, read=read, write=write, run=run, progress=progress))
            except DocparseError as error:
                if len(jobs) == 1:
                    raise
                log.logger.error("%s", " ".join(str(error).split()))
                codes.append(error.code)
            progress.document_done()
    return _sum_up(codes)


def _sum_up(codes: Sequence[ExitCode]) -> ExitCode:
    if all(code == ExitCode.OK for code in codes):
        return ExitCode.OK
    if any(code in (ExitCode.OK, ExitCode.SOME_PAGES_FAILED) for code in codes):
        return ExitCode.SOME_PAGES_FAILED
    return ExitCode.ALL_FAILED


def _convert(
    job: Job, *, read: ReadSettings, write: WriteSettings, run: RunSettings, progress: Progress
) -> ExitCode:
    folder = _figure_folder(job, write)
    order = Order(
        data=job.data,
        name=job.name,
        read=read,
        pictures=_pictures(job, folder, write),
        verbose=run.verbose,
        quiet=run.quiet,
        single_thread=run.jobs > 1,
    )
    with PagePool(order, run.jobs, run.page_timeout) as pool:
        opened = pool.open()
        document = opened.document or _read(pool, opened, folder, progress)
        for path, format_ in job.outputs:
            _write(path, _render(document, format_, read=read, write=write, data=job.data))
        if write.overlay:
            _draw(pool, document, write.overlay)
    return _report(document, job)


def _read(pool: PagePool, opened: Opened, folder: Path | None, progress: Progress) -> Document:
    progress.start_pages(opened.name, len(opened.numbers))
    pages: dict[int, Page] = {}
    for result in pool.read(opened.numbers):
        for name, png in result.pictures:
            assert folder is not None
            write_whole(folder / name, png)
        pages[result.page.number] = result.page
        progress.page_done()
    return assemble(opened, [pages[number] for number in opened.numbers])


def _figure_folder(job: Job, write: WriteSettings) -> Path | None:
    """Where pictures are saved: as told, else beside the first output file; None for stdout."""
    # A report shows whole pages, and cuts its own pictures from them.
    if write.embed_images or all(kind in ("report", "pdf") for _, kind in job.outputs):
        return None
    if write.figures:
        return write.figures
    first = job.outputs[0][0]
    return first.with_name(first.stem + "_files") if first else None


def _pictures(job: Job, folder: Path | None, write: WriteSettings) -> Pictures:
    if folder is None:
        return Pictures(embed=write.embed_images)
    base = job.outputs[0][0].parent if job.outputs[0][0] else Path()
    return Pictures(folder=Path(os.path.relpath(folder, base)).as_posix())


def _render(
    document: Document,
    format_: Format,
    *,
    read: ReadSettings,
    write: WriteSettings,
    data: Path | bytes,
) -> bytes:
    """The document in one format. `data`: the file that it was read from."""
    from docparse.convert.data import to_json
    from docparse.convert.html import to_html
    from docparse.convert.markdown import to_markdown
    from docparse.convert.pdf import to_pdf
    from docparse.viewer.report import report_of

    renderers: dict[Format, Callable[[], str | bytes]] = {
        "html": lambda: to_html(document),
        "md": lambda: to_markdown(
            document, headers_footers=write.headers_footers, join=not write.no_join
        ),
        "json": lambda: to_json(document),
        "report": lambda: report_of(document, write.original or data, read),
        "pdf": lambda: to_pdf(document, write.original or data, password=read.password),
    }
    made = renderers[format_]()
    return made if isinstance(made, bytes) else made.encode("utf-8", errors="replace")


def _write(path: Path | None, data: bytes) -> None:
    if path is None:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    else:
        write_whole(path, data)


def _draw(pool: PagePool, document: Document, folder: Path) -> None:
    for page, png in pool.draw(document.pages):
        write_whole(folder / f"page-{page.number:04d}.png", png)


def _report(document: Document, job: Job) -> ExitCode:
    """Says on stderr which pages are incomplete, and why."""
    for page in document.pages:
        for note in page.notes:
            with log.at(f"{job.name} p. {page.number}"):
                level = log.logger.info if page.complete else log.logger.warning
                level("%s: %s", note.code, note.message)
    return ExitCode.OK if document.complete else ExitCode.SOME_PAGES_FAILED
