"""A Document to the bytes of an output, and to pictures of its pages with their boxes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from docparse.errors import UnreadableInputError
from docparse.files import write_whole
from docparse.log import logger
from docparse.pipeline import Reader
from docparse.settings import Format, ReadSettings, WriteSettings
from docparse.types import Document


def render(
    document: Document,
    kind: Format,
    *,
    read: ReadSettings,
    write: WriteSettings,
    data: Path | bytes,
    alive: Callable[[int], None],
) -> bytes:
    """The document in one format. `data`: the file that it was read from.

    `alive` is called for each page of a report, since all of them are drawn.
    """
    from docparse.convert.data import to_json
    from docparse.convert.dolma import to_dolma
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
        "dolma": lambda: to_dolma(
            document, path=data if isinstance(data, Path) else None, join=not write.no_join
        ),
        "report": lambda: report_of(document, write.original or data, read, alive=lambda: alive(0)),
        "pdf": lambda: to_pdf(document, write.original or data, password=read.password),
    }
    made = renderers[kind]()
    return made if isinstance(made, bytes) else made.encode("utf-8", errors="replace")


def draw_overlays(
    reader: Reader, document: Document, folder: Path, alive: Callable[[int], None]
) -> None:
    """Each page as PNG with its boxes; a page that cannot be drawn is left out."""
    for page in document.pages:
        alive(0)
        try:
            png = reader.draw_overlay(page)
        except UnreadableInputError as error:
            logger.info("p. %d is not drawn: %s", page.number, error)
            continue
        write_whole(folder / f"page-{page.number:04d}.png", png)
