"""Pictures of a document's pages, small enough for a browser."""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from docparse.errors import DocparseError
from docparse.log import logger
from docparse.pages.open import Source, open_source
from docparse.settings import ReadSettings
from docparse.types import Page

if TYPE_CHECKING:
    import PIL.Image

# A4 at 150 dpi: sharp at the width of a window.
_MOST_PIXELS = 1240 * 1754
# What WebP can hold.
_LONGEST = 16_383
_QUALITY = 60

Draw = Callable[[Page], "PIL.Image.Image | None"]


@contextmanager
def page_pictures(data: Path | bytes, settings: ReadSettings, *, name: str) -> Iterator[Draw]:
    """Draws pages of a PDF or an image in `data` as RGB; None for a page that cannot be drawn.

    Our own HTML and JSON, and saved replies, have no pictures. Raises as `open_source` does.
    """
    with open_source(data, name=name, password=settings.password, dpi=settings.dpi) as source:
        yield lambda page: draw_page(source, page)


def draw_page(source: Source, page: Page) -> PIL.Image.Image | None:
    """A page at the resolution of a screen, or None if it cannot be drawn."""
    try:
        return source.draw(page.number, screen_size(page.width, page.height))
    except (DocparseError, IndexError) as error:
        logger.info("p. %d has no picture: %s", page.number, error)
        return None


def screen_size(width: int, height: int) -> tuple[int, int]:
    """Pixels of a page's picture: those of the page, if they are not too many."""
    width, height = max(width, 1), max(height, 1)
    scale = min(1.0, math.sqrt(_MOST_PIXELS / (width * height)), _LONGEST / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def to_webp(picture: PIL.Image.Image) -> bytes:
    """The picture as a WebP file."""
    buffer = io.BytesIO()
    picture.save(buffer, "WEBP", quality=_QUALITY, method=2)
    return buffer.getvalue()
