"""Progress on stderr, only when that is a terminal."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import rich.progress


@dataclass(slots=True)
class Progress:
    """Counts documents and pages; does nothing where nobody watches."""

    bar: rich.progress.Progress | None = None
    documents: rich.progress.TaskID | None = None
    pages: rich.progress.TaskID | None = None

    def start_pages(self, name: str, num_pages: int) -> None:
        """A new document begins."""
        if self.bar is None:
            return
        if self.pages is not None:
            self.bar.remove_task(self.pages)
        self.pages = self.bar.add_task(name, total=num_pages)

    def page_done(self) -> None:
        """One page of the present document is read."""
        if self.bar is not None and self.pages is not None:
            self.bar.advance(self.pages)

    def document_done(self) -> None:
        """The present document is written, or has failed."""
        if self.bar is not None and self.documents is not None:
            self.bar.advance(self.documents)


@contextlib.contextmanager
def progress_on(*, quiet: bool, num_documents: int) -> Iterator[Progress]:
    """A Progress for the time of a run."""
    if quiet or not sys.stderr.isatty():
        yield Progress()
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("pages" if num_documents == 1 else ""),
        TimeRemainingColumn(),
    )
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        documents = bar.add_task("documents", total=num_documents) if num_documents > 1 else None
        yield Progress(bar, documents)
