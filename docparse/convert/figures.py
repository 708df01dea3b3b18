"""Which blocks get a picture cut out of their page, and how its file is called."""

from __future__ import annotations

from docparse.types import Block, Kind

# What a reader has to see, whatever has been read from it.
PICTURE_KINDS: frozenset[Kind] = frozenset(
    {"figure", "chart", "image-ocr", "music-sheet", "chemical-formula", "seal"}
)


def wants_picture(block: Block) -> bool:
    """True for pictures of every kind, and for a formula whose LaTeX is not known."""
    return block.kind in PICTURE_KINDS or (block.kind == "formula" and not block.text.strip())


def figure_name(page_number: int, index: int, kind: Kind) -> str:
    """The file name of a page's picture number `index` (from 1): `page-0003-figure-02.png`."""
    return f"page-{page_number:04d}-{kind}-{index:02d}.png"
