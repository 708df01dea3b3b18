"""How much text a page has that MuPDF leaves out or puts in without anything being printed."""

from __future__ import annotations

from dataclasses import dataclass

from docparse.mupdf import pymupdf
from docparse.pages.chars import FLAGS, RAW

mupdf = pymupdf.mupdf

# Text may stand for other text (ActualText), as for a ligature or a syllable of an Indian script.
# If it adds this many characters and this share of the page, it is not what the page prints.
MANY_ADDED, SHARE_ADDED = 20, 0.1


@dataclass(frozen=True, slots=True)
class Unseen:
    """Numbers of characters: outside the page or clipped away, and added by ActualText."""

    clipped: int = 0
    added: int = 0

    @property
    def flags(self) -> int:
        """How the text page is to be made: what is added to a page is not to be read."""
        return int(FLAGS | pymupdf.TEXT_IGNORE_ACTUALTEXT if self.added else FLAGS)


def count_unseen(page: pymupdf.Page, display_list: pymupdf.DisplayList) -> Unseen:
    """Counts what differs between the text as drawn and the text as it would be read.

    A display list does not keep what lies outside, so the page is run again.
    """
    kept = _num_printed(display_list.get_textpage(flags=FLAGS))
    drawn = _run(page, RAW | pymupdf.TEXT_IGNORE_ACTUALTEXT)
    if kept == drawn:
        return Unseen()
    clipped = max(0, _run(page, RAW) - kept)
    added = kept + clipped - drawn
    return Unseen(clipped, added if added > max(MANY_ADDED, SHARE_ADDED * drawn) else 0)


def _run(page: pymupdf.Page, flags: int) -> int:
    text_page = mupdf.FzStextPage(mupdf.FzRect(mupdf.FzRect.Fixed_INFINITE))
    device = mupdf.fz_new_stext_device(text_page, mupdf.FzStextOptions(flags))
    mupdf.fz_run_page(page.this, device, mupdf.FzMatrix(), mupdf.FzCookie())
    mupdf.fz_close_device(device)
    return _num_printed(text_page)


def _num_printed(text_page: pymupdf.mupdf.FzStextPage) -> int:
    return len("".join(pymupdf.TextPage(text_page).extractText().split()))
