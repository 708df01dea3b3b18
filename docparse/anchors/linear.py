"""The elements of one page to anchor text of at most a given length."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from docparse.anchors.merge import Box, merge_boxes

# All figures are those of olmOCR v0.1.
_MERGE_GAP = 0.5  # points
_MAX_CHARS = 250  # of one text
_SMALLEST_BUDGET = 20  # below it only the page's size is given
_ESCAPES = str.maketrans({"[": r"\[", "]": r"\]", "\n": r"\n", "\r": r"\r", "\t": r"\t"})
# Of one text, before cleaning: what is between is cut anyway, and cleaning is slow on megabytes.
_MAX_RAW_CHARS = 20_000


@dataclass(frozen=True, slots=True)
class TextChunk:
    """A run of text and where its baseline begins, in points from the lower left corner."""

    text: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class PageElements:
    """What stands on a page as it is seen: `width` and `height` in points, rotation applied.

    Texts and images are in the order of the content stream. Something may be missing where the
    content `is_damaged`, or `is_cut` off because it was too heavy.
    """

    width: float
    height: float
    texts: tuple[TextChunk, ...] = ()
    images: tuple[Box, ...] = ()
    is_damaged: bool = False
    is_cut: bool = False


def to_anchor_text(page: PageElements, *, max_length: int) -> str:
    """Anchor text in olmOCR's v0.1 format, at most `max_length` characters long.

    Only the first line, the page's size, is there whatever the limit. If not everything fits, the
    outermost elements come first, then others scattered over the page, until the next one would
    not fit; those chosen stand from left to right, then from bottom to top. Raises ValueError for
    a negative length.
    """
    if max_length < 0:
        raise ValueError(f"max_length is {max_length}, at least 0 is needed")
    head = f"Page dimensions: {page.width:.1f}x{page.height:.1f}\n"
    if max_length < _SMALLEST_BUDGET:
        return head
    images = merge_boxes(page.images, gap=_MERGE_GAP)
    texts = [chunk for chunk in page.texts if chunk.text.strip()]
    elements: list[Box | TextChunk] = [*images, *texts]
    room = max_length - len(head)
    lines = _take_lines(elements, room)
    if len(lines) < len(elements):
        queue = _outermost(images, texts)
        queue += sorted(set(range(len(elements))) - set(queue), key=lambda i: _rank(elements[i], i))
        num_fitting = len(_take_lines([elements[i] for i in queue], room))
        chosen = sorted(queue[:num_fitting], key=lambda i: (_position(elements[i]), i))
        lines = [_line(elements[i]) for i in chosen]
    return head + "".join(lines)


def clean_text(text: str) -> str:
    """One element's text as it stands in a line: repaired, escaped and cut in the middle."""
    import ftfy

    if len(text) > _MAX_RAW_CHARS:
        half = _MAX_RAW_CHARS // 2
        text = text[:half] + text[-half:]
    text = ftfy.fix_text(text).strip().translate(_ESCAPES)
    if len(text) <= _MAX_CHARS:
        return text
    half = _MAX_CHARS // 2 - 3
    start, end = text[:half], text[-half:]
    # Back to a space at the cut, unless that leaves nothing.
    start = start.rpartition(" ")[0] or start
    end = end.partition(" ")[2] or end
    return f"{start} ... {end}"


def _line(element: Box | TextChunk) -> str:
    if isinstance(element, TextChunk):
        return f"[{element.x:.0f}x{element.y:.0f}]{clean_text(element.text)}\n"
    return f"[Image {element.x0:.0f}x{element.y0:.0f} to {element.x1:.0f}x{element.y1:.0f}]\n"


def _position(element: Box | TextChunk) -> tuple[float, float]:
    if isinstance(element, TextChunk):
        return element.x, element.y
    return element.x0, element.y0


def _rank(element: Box | TextChunk, index: int) -> tuple[bytes, int]:
    """A place in the queue that depends on nothing but the element: olmOCR shuffles unseeded."""
    content = repr(element).encode(errors="replace")
    return hashlib.blake2b(content, digest_size=8).digest(), index


def _take_lines(elements: list[Box | TextChunk], room: int) -> list[str]:
    """Lines from the front, until the next would not fit into `room` characters."""
    lines: list[str] = []
    for element in elements:
        line = _line(element)
        if len(line) > room:
            break
        room -= len(line)
        lines.append(line)
    return lines


def _outermost(images: list[Box], texts: list[TextChunk]) -> list[int]:
    """Places, images counted first, of the images and texts that reach farthest each way."""
    found: set[int] = set()
    if images:
        places = range(len(images))
        found |= {
            min(places, key=lambda i: images[i].x0),
            max(places, key=lambda i: images[i].x1),
            min(places, key=lambda i: images[i].y0),
            max(places, key=lambda i: images[i].y1),
        }
    if texts:
        places = range(len(texts))
        extremes = {
            min(places, key=lambda i: texts[i].x),
            max(places, key=lambda i: texts[i].x),
            min(places, key=lambda i: texts[i].y),
            max(places, key=lambda i: texts[i].y),
        }
        found |= {len(images) + i for i in extremes}
    return sorted(found)
