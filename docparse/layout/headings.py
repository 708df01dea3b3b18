"""Heading levels and the title of a document: from bookmarks, numbering, and how they are set."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from docparse.layout.markers import Marker, parse_marker
from docparse.layout.rows import size_of
from docparse.types import Block, OutlineEntry, Page

DEEPEST = 6
# Sizes that differ by less than this share are the same.
SAME_SIZE = 0.04
# A title is set at least this much larger than the body, unless the layout model calls it one.
TITLE_SIZE = 1.2
LONGEST_TITLE = 250
_NOT_LETTERS = re.compile(r"[\W_]+")
# Styles of numbering from the outermost to the innermost; decimals are told apart by their depth.
_OUTER = ("part", "chapter", "number.", "appendix", "I.", "section", "article", "A.", "1 ", "1.")
_INNER = ("1.1", "A.1", "1.1.1", "一.", "(一)", "(A)", "1)", "(1)", "circled", "ア.", "(ア)", "a.")
_RANKS = {style: n for n, style in enumerate((*_OUTER, *_INNER, "(a)", "i.", "(i)"))}
_TOP_STYLES = frozenset(["part", "chapter", "number.", "appendix", "I.", "A.", "1 ", "1."])


@dataclass(frozen=True, slots=True)
class _Heading:
    """Where a heading stands, how it is set and numbered, and its bookmark's level (0: none)."""

    page: int
    index: int
    size: float
    bold: bool
    marker: Marker | None
    marked_level: int

    @property
    def depth(self) -> int:
        """Of 1.2.3 three, of 1 one; 0 for other numbering and none."""
        if self.marker is None:
            return 0
        if self.marker.style in ("1 ", "1."):
            return 1
        if self.marker.style in ("1.1", "1.1.1", "A.1"):
            return len(re.findall(r"[0-9０-９]+|^[A-Z]", self.marker.text))
        return 0


def set_levels(pages: Sequence[Page], outline: Sequence[OutlineEntry]) -> list[Page]:
    """The pages, their headings with levels 1 to 6 and at most one title.

    Text that is a bookmark's, on the page that the bookmark leads to, becomes a heading. Headings
    set and numbered alike have one rank; a heading is one level below the nearest earlier one of a
    higher rank, so that no level is left out.
    """
    pages = _promote(pages, outline)
    title = _find_title(pages)
    if title is not None:
        number, index = title
        pages = _with_block(
            pages, number, index, replace(pages[number].blocks[index], kind="title")
        )
    marked = _match(pages, outline)
    headings = [
        _describe(page, index, block, marked.get((page, index), 0))
        for page, where in enumerate(pages)
        for index, block in enumerate(where.blocks)
        if block.kind == "heading" or (block.kind == "title" and (page, index) != title)
    ]
    levels = _nest(headings, _ranks(headings))
    by_page: dict[int, dict[int, int]] = defaultdict(dict)
    for heading, level in zip(headings, levels, strict=True):
        by_page[heading.page][heading.index] = level
    return [_with_levels(page, by_page.get(number, {})) for number, page in enumerate(pages)]


def _with_levels(page: Page, levels: dict[int, int]) -> Page:
    if not levels:
        return page
    blocks = tuple(
        replace(block, kind="heading", level=levels[index]) if index in levels else block
        for index, block in enumerate(page.blocks)
    )
    return replace(page, blocks=blocks)


def _with_block(pages: Sequence[Page], number: int, index: int, block: Block) -> list[Page]:
    page = pages[number]
    blocks = (*page.blocks[:index], replace(block, level=0), *page.blocks[index + 1 :])
    return [*pages[:number], replace(page, blocks=blocks), *pages[number + 1 :]]


def _describe(page: int, index: int, block: Block, level: int) -> _Heading:
    bold = all(word.style is not None and word.style.bold for word in block.words)
    return _Heading(page, index, size_of(block.words), bold, parse_marker(block.text), level)


def _ranks(headings: Sequence[_Heading]) -> list[tuple[float, ...]]:
    """For each heading what it is compared by: the smaller, the higher it stands.

    Bookmarks come first: a way of setting headings that bookmarks name has their level, others
    have one that their size puts below or between.
    """
    classes = _size_classes(h.size for h in headings)
    looks = [(classes[h.size], not h.bold) for h in headings]
    by_look: dict[tuple[int, bool], Counter[int]] = defaultdict(Counter)
    tops = set()
    for heading, look in zip(headings, looks, strict=True):
        if heading.marked_level:
            by_look[look][heading.marked_level] += 1
        if heading.depth == 1 or (heading.marker and heading.marker.style in _TOP_STYLES):
            tops.add(look)
    ranks: list[tuple[float, ...]] = []
    numbers = [
        _number_rank(h, has_tops=look in tops) for h, look in zip(headings, looks, strict=True)
    ]
    for heading, look, numbering in zip(headings, looks, _above(headings, numbers), strict=True):
        if by_look:
            level = heading.marked_level or _level_of_look(look, by_look)
            ranks.append((level, 0.0 if heading.marked_level else numbering))
        else:
            ranks.append((*look, numbering))
    return ranks


def _level_of_look(look: tuple[int, bool], by_look: dict[tuple[int, bool], Counter[int]]) -> float:
    known = by_look.get(look)
    if known:
        return min(known.items(), key=lambda item: (-item[1], item[0]))[0]
    above = [max(levels) for other, levels in by_look.items() if other < look]
    below = [min(levels) for other, levels in by_look.items() if other > look]
    return max(above) + 0.5 if above else min(below) - 0.5 if below else 1.0


def _number_rank(heading: _Heading, *, has_tops: bool) -> float:
    """Where the numbering of a heading puts it among those that are set alike."""
    if heading.depth:
        return _RANKS["1 "] + heading.depth
    if heading.marker is not None and heading.marker.style in _RANKS:
        rank = _RANKS[heading.marker.style]
        return rank if rank < _RANKS["1 "] else rank + 10
    # "Abstract" stands beside "1 Introduction"; among (1) and ① it is the least.
    return _RANKS["1 "] + 1 if has_tops else 99


def _above(headings: Sequence[_Heading], numbers: Sequence[float]) -> list[float]:
    """The ranks of numbering, that of bullets above the one that they stand right above."""
    bullet = min(
        (
            theirs - 0.5
            for (a, b), theirs in zip(pairwise(headings), numbers[1:], strict=True)
            if _is_bulleted(a) and b.marker and (b.page, b.index) == (a.page, a.index + 1)
        ),
        default=None,
    )
    if bullet is None:
        return list(numbers)
    pairs = zip(headings, numbers, strict=True)
    return [bullet if _is_bulleted(heading) else number for heading, number in pairs]


def _is_bulleted(heading: _Heading) -> bool:
    return heading.marker is not None and heading.marker.style == "bullet"


def _size_classes(sizes: Iterable[float]) -> dict[float, int]:
    """For each size the number of clearly larger ones."""
    classes: dict[float, int] = {}
    number, first = -1, 0.0
    for size in sorted(set(sizes), reverse=True):
        if number < 0 or size < first * (1 - SAME_SIZE):
            number, first = number + 1, size
        classes[size] = number
    return classes


def _nest(headings: Sequence[_Heading], ranks: Sequence[tuple[float, ...]]) -> list[int]:
    """Levels from ranks: each heading below the nearest earlier ones that stand higher.

    Of decimal numbers the depth decides: 1.2 is below 1 and beside 1.1, however it is set.
    """
    above: list[tuple[tuple[float, ...], int]] = []
    levels = []
    for heading, rank in zip(headings, ranks, strict=True):
        depths = [depth for _, depth in above]
        if heading.depth and heading.depth in depths:
            del above[depths.index(heading.depth) :]
        elif heading.depth and any(0 < depth < heading.depth for depth in depths):
            keep = max(i for i, depth in enumerate(depths) if 0 < depth < heading.depth)
            del above[keep + 1 :]
        else:
            while above and above[-1][0] >= rank:
                above.pop()
        above.append((rank, heading.depth))
        levels.append(min(len(above), DEEPEST))
    return levels


def _find_title(pages: Sequence[Page]) -> tuple[int, int] | None:
    """Page and index of the title: the largest text on the first page that reads like one.

    A numbered heading is none, nor one that is set like others further on, nor a page that does
    not begin the document.
    """
    if not pages or pages[0].number != 1:
        return None
    blocks = pages[0].blocks
    candidates = [
        (size_of(block.words), -index)
        for index, block in enumerate(blocks)
        if block.kind in ("title", "heading") and _reads_like_title(block, pages[0].height)
    ]
    if not candidates:
        return None
    size, index = max(candidates)
    block = blocks[-index]
    alike = sum(
        abs(size_of(other.words) - size) < SAME_SIZE * size
        for page in pages
        for other in page.blocks
        if other.kind in ("title", "heading") and other is not block
    )
    body = _body_size(pages)
    if alike > 1 or size < 0.95 * body:
        return None
    first = next(i for i, b in enumerate(blocks) if b.kind not in ("page-header", "figure"))
    is_head = -index == first and not alike
    return (0, -index) if block.kind == "title" or is_head or size > TITLE_SIZE * body else None


def _reads_like_title(block: Block, height: int) -> bool:
    text = block.text
    if parse_marker(text) is not None or len(text) > LONGEST_TITLE or text.endswith(("。", ":")):
        return False
    return sum(map(str.isalpha, text)) >= 3 and block.bbox.y0 < 0.75 * height


def _body_size(pages: Sequence[Page]) -> float:
    sizes: Counter[float] = Counter()
    for page in pages[:20]:
        for block in page.blocks:
            if block.kind in ("paragraph", "list", "table") and block.words:
                sizes[round(size_of(block.words))] += sum(len(word.text) for word in block.words)
    return max(sizes, key=lambda size: (sizes[size], size), default=1.0)


def _promote(pages: Sequence[Page], outline: Sequence[OutlineEntry]) -> list[Page]:
    """The pages with text that is word for word a bookmark of its page as a heading."""
    wanted: dict[int, set[str]] = defaultdict(set)
    for entry in outline:
        if key := _key(entry.title):
            wanted[entry.page].add(key)
    promoted = []
    for page in pages:
        keys = wanted.get(page.number, set())
        if keys and any(_is_bookmarked(block, keys) for block in page.blocks):
            blocks = tuple(
                replace(block, kind="heading", level=1) if _is_bookmarked(block, keys) else block
                for block in page.blocks
            )
            page = replace(page, blocks=blocks)
        promoted.append(page)
    return promoted


def _is_bookmarked(block: Block, keys: set[str]) -> bool:
    return (
        block.kind == "paragraph" and len(block.text) < LONGEST_TITLE and _key(block.text) in keys
    )


def _match(pages: Sequence[Page], outline: Sequence[OutlineEntry]) -> dict[tuple[int, int], int]:
    """The levels of bookmarks for the headings that they lead to, by page and index.

    Titles match if one, bare of spaces and signs, is the other or begins or ends with it; of
    several headings that match the one nearest to where the bookmark points is taken.
    """
    if not outline:
        return {}
    places = {page.number: number for number, page in enumerate(pages)}
    least = min(entry.level for entry in outline)
    found: dict[tuple[int, int], int] = {}
    for entry in outline:
        number = places.get(entry.page)
        key = _key(entry.title)
        if number is None or not key:
            continue
        matches = [
            (-_likeness(key, _key(block.text)), abs(block.bbox.y0 - (entry.y or 0)), index)
            for index, block in enumerate(pages[number].blocks)
            if block.kind in ("heading", "title") and (number, index) not in found
        ]
        if matches and (best := min(matches))[0] <= -0.6:
            found[number, best[2]] = entry.level - least + 1
    return found


def _likeness(a: str, b: str) -> float:
    """1 for equal keys, the share of lengths where one begins or ends with the other, else 0."""
    short, long = sorted((a, b), key=len)
    if short and (long.startswith(short) or long.endswith(short)):
        return len(short) / len(long)
    return 0.0


def _key(text: str) -> str:
    return _NOT_LETTERS.sub("", unicodedata.normalize("NFKC", text)).casefold()
