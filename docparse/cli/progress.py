"""Progress on stderr, only when that is a terminal."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from docparse.errors import DocparseError
from docparse.log import logger

if TYPE_CHECKING:
    import rich.progress


@dataclass(slots=True)
class Progress:
    """Counts documents and pages; shows nothing where nobody watches.

    `tells_errors`: a document that fails says so in the log.
    """

    bar: rich.progress.Progress | None = None
    documents: rich.progress.TaskID | None = None
    pages: rich.progress.TaskID | None = None
    num_pages: int = 0
    tells_errors: bool = False

    def document_opened(self, name: str, num_pages: int) -> None:
        """The pages of one more document are known."""
        if self.bar is None:
            return
        if self.pages is None:
            self.pages = self.bar.add_task("pages" if self.documents is not None else name)
        self.num_pages += num_pages
        self.bar.update(self.pages, total=self.num_pages)

    def page_done(self) -> None:
        """One page is read."""
        if self.bar is not None and self.pages is not None:
            self.bar.advance(self.pages)

    def document_done(self) -> None:
        """A document is written, or has failed."""
        if self.bar is not None and self.documents is not None:
            self.bar.advance(self.documents)

    def document_failed(self, error: DocparseError) -> None:
        """A document came to nothing."""
        if self.tells_errors:
            logger.error("%s", " ".join(str(error).split()))


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
        TimeRemainingColumn(),
    )
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        documents = bar.add_task("documents", total=num_documents) if num_documents > 1 else None
        yield Progress(bar, documents)
