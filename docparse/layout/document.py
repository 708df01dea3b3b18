"""The pages of a document as one: heading levels, running heads, and what goes on after a page."""

from __future__ import annotations

from collections.abc import Sequence

from docparse.layout.headings import set_levels
from docparse.layout.joins import find_joins
from docparse.layout.running import find_running
from docparse.types import OutlineEntry, Page


def finish(pages: Sequence[Page], outline: Sequence[OutlineEntry]) -> tuple[Page, ...]:
    """The pages of one document, in order, with all that one page alone does not show.

    `outline`: the bookmarks of the file. The same pages always give the same result.
    """
    return tuple(find_joins(set_levels(find_running(pages), outline)))
