"""Page headers and footers that show by coming back: the same text at the same place."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from docparse.types import Block, Kind, Page

# Shares of the page's height from its edge within which running heads stand.
ZONE = 0.14
# Two places are the same within this share of the page's height.
SAME_PLACE = 0.012
_DIGITS = re.compile(r"[0-9０-９]+|\b[ivxlc]+\b", re.IGNORECASE)
_TEXT: frozenset[Kind] = frozenset(
    {"paragraph", "heading", "title", "list", "footnote", "caption", "page-header", "page-footer"}
)
_Key = tuple[str, str]


def find_running(pages: Sequence[Page]) -> list[Page]:
    """The pages with text that comes back on other pages as page headers and footers.

    It has to stand at the edge with nothing but such text between, and to be on three pages, or on
    both of two; numbers in it may change. Copies of a page count as one.
    """
    unlike = list({tuple(map(_text, page.blocks)): page for page in pages}.values())
    if len(unlike) < 2:
        return list(pages)
    seen: dict[_Key, list[tuple[int, float]]] = defaultdict(list)
    for page in unlike:
        for edge in ("page-header", "page-footer"):
            for block in _at_edge(page, edge):
                seen[edge, _key(block)].append((page.number, _place(block, page)))
    least = 2 if len(unlike) < 4 else 3

    def comes_back(edge: str, block: Block, page: Page) -> bool:
        place = _place(block, page)
        here = {n for n, other in seen[edge, _key(block)] if abs(other - place) <= SAME_PLACE}
        return len(here) >= least

    return [_settle(page, comes_back) for page in pages]


def _settle(page: Page, comes_back: Callable[[str, Block, Page], bool]) -> Page:
    kinds: dict[int, Kind] = {}
    edges: tuple[Kind, ...] = ("page-header", "page-footer")
    for edge in edges:
        for block in _at_edge(page, edge):
            if block.kind == edge:
                continue
            if not comes_back(edge, block, page):
                break
            kinds[id(block)] = edge
    if not kinds:
        return page
    blocks = tuple(_as_margin(block, kinds.get(id(block))) for block in page.blocks)
    return replace(page, blocks=blocks)


def _as_margin(block: Block, kind: Kind | None) -> Block:
    if kind is None:
        return block
    text = block.text or "\n".join(f"{i.marker} {i.text}".strip() for i in block.items)
    spans = block.spans if block.text else ()
    return replace(block, kind=kind, text=text, spans=spans, items=(), level=0, target=None)


def _at_edge(page: Page, edge: str) -> Iterator[Block]:
    """The text blocks in the zone of an edge, from the edge inwards, up to one that is no text."""
    top = edge == "page-header"
    zone = ZONE * page.height
    blocks = sorted(page.blocks, key=lambda b: b.bbox.y0 if top else -b.bbox.y1)
    for block in blocks:
        inside = block.bbox.y1 <= zone if top else block.bbox.y0 >= page.height - zone
        if not inside:
            return
        if block.kind in _TEXT:
            yield block


def _key(block: Block) -> str:
    """The text with its numbers blotted out."""
    return _DIGITS.sub("0", " ".join(_text(block).split())).casefold()


def _text(block: Block) -> str:
    return block.text or " ".join(item.text for item in block.items)


def _place(block: Block, page: Page) -> float:
    return block.bbox.y0 / max(1, page.height)
