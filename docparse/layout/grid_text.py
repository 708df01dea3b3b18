"""The text of a table cell with its styled stretches, from the pieces that lie in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from docparse.layout.contents import without_leader
from docparse.layout.grid_words import Piece, is_full_width, print_lines
from docparse.types import Link, Span

_PLAIN = Span(0, 1)


@dataclass(frozen=True, slots=True)
class CellText:
    """What stands in a cell; a newline is a line break that was meant."""

    text: str
    spans: tuple[Span, ...]


def read_cell(pieces: Sequence[Piece], width: float, em: float, links: Sequence[Link]) -> CellText:
    """The text of the pieces of one cell in reading order.

    A line that ends where the next word would not have fitted into `width` runs on; one that
    stops earlier was broken on purpose. Pieces written in another direction come last. The leader
    from a label to its values is left out.
    """
    parts: list[tuple[str, Span]] = []
    lines = print_lines(pieces, em) if len(pieces) > 1 else []
    lines += [[piece] for piece in pieces if piece.is_apart or len(pieces) == 1]
    for i, line in enumerate(lines):
        if i:
            _break_line(parts, lines[i - 1], line, width, em)
        for piece, following in pairwise((*line, None)):
            assert piece is not None
            parts.append((piece.text, _style(piece, links)))
            if following and _has_space(piece, following, em):
                parts.append((" ", _PLAIN))
    text = without_leader("".join(text for text, _ in parts))
    spans = (
        replace(span, end=min(span.end, len(text)))
        for span in _spans(parts)
        if span.start < len(text)
    )
    return CellText(text, tuple(spans))


def _has_space(piece: Piece, following: Piece, em: float) -> bool:
    return piece.space_after or following.box.x0 - piece.box.x1 > 0.25 * em


def _break_line(
    parts: list[tuple[str, Span]],
    above: Sequence[Piece],
    below: Sequence[Piece],
    width: float,
    em: float,
) -> None:
    """Adds what stands between two lines: a space, a newline, or nothing."""
    text, style = parts[-1]
    end, start = text[-1], below[0].text[0]
    used = max(piece.box.x1 for piece in above) - above[0].box.x0
    if text[-1] == "\u00ad" or (text[-1] in "-‐" and text[-2:-1].isalpha() and start.islower()):
        parts[-1] = text[:-1], style
    elif width - used > below[0].box.width + 1.5 * em and not start.islower():
        parts.append(("\n", _PLAIN))
    elif not (_is_unspaced(end) or _is_unspaced(start)):
        parts.append((" ", _PLAIN))


def _is_unspaced(char: str) -> bool:
    """Whether a character belongs to Japanese or Chinese, which are written without spaces."""
    is_hangul = "\u1100" <= char <= "\u11ff" or "\uac00" <= char <= "\ud7ff"
    return is_full_width(char) and not is_hangul


def _style(piece: Piece, links: Sequence[Link]) -> Span:
    word = piece.words[0]
    href = next((link.href for link in links if link.bbox.holds(word.bbox)), "")
    style = word.style
    if style is None:
        return replace(_PLAIN, href=href)
    return Span(
        0, 1, bold=style.bold, italic=style.italic, code=style.mono, script=style.script, href=href
    )


def _spans(parts: Sequence[tuple[str, Span]]) -> tuple[Span, ...]:
    """The styled stretches; a space between two stretches of one style belongs to them."""
    spans: list[Span] = []
    position = 0
    for text, style in parts:
        end = position + len(text)
        if text and style != _PLAIN:
            last = spans[-1] if spans else None
            if last and last.end >= position - 1 and replace(last, start=0, end=1) == style:
                spans[-1] = replace(last, end=end)
            else:
                spans.append(replace(style, start=position, end=end))
        position = end
    return tuple(spans)
