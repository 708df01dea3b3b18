"""Rows of print to running text: line ends joined, styles and links as spans."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from docparse.layout.contents import short_leaders
from docparse.layout.rows import Row
from docparse.types import BBox, Line, Link, Script, Span, Word

_COMPOUND = re.compile(r"[^\W\d_]+(?:[-\u2010][^\W\d_]+)+")
_LETTERS = re.compile(r"[^\W\d_]+")
_BROKEN = re.compile(r"([^\W\d_]+)[-\u2010]\Z")
# A hyphen, dash or slash right behind a letter or digit.
_TIED = re.compile(r"[^\W_][-\u2010\u2013\u2014/]\Z")
# Scripts whose lines end without a space between words.
_UNSPACED = (
    "CJK", "HIRAGANA", "KATAKANA", "FULLWIDTH", "IDEOGRAPHIC", "BOPOMOFO", "HALFWIDTH KATAKANA",
    "THAI", "LAO", "KHMER", "MYANMAR", "CIRCLED IDEOGRAPH", "PARENTHESIZED IDEOGRAPH",
    "VERTICAL", "PRESENTATION FORM FOR VERTICAL",
)  # fmt: skip
# "pre- and post-war": the hyphen stays, with a space behind it.
_HANGING = frozenset(
    ["and", "or", "und", "oder", "bzw", "to", "et", "ou", "y", "o", "e", "och", "og"]
)

_STOPS = ".,;:!?、。，．"


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Words of a page, in lower case: `compounds` with a hyphen inside a line, and `whole` ones."""

    compounds: frozenset[str] = frozenset()
    whole: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Prose:
    """A text with its spans."""

    text: str
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class _Look:
    bold: bool = False
    italic: bool = False
    code: bool = False
    script: Script = ""
    href: str = ""


_PLAIN = _Look()


def read_lexicon(lines: Iterable[Line]) -> Lexicon:
    """What the page itself tells about words with a hyphen in them."""
    compounds: set[str] = set()
    whole: set[str] = set()
    for line in lines:
        for word in line.words:
            text = word.text.lower()
            if "-" in text or "\u2010" in text:
                compounds.update(m.replace("\u2010", "-") for m in _COMPOUND.findall(text))
            elif text.isalpha():
                whole.add(text)
            else:
                whole.update(_LETTERS.findall(text))
    return Lexicon(frozenset(compounds), frozenset(whole))


def write(
    rows: Sequence[Row],
    *,
    lexicon: Lexicon,
    links: Sequence[Link] = (),
    heading: bool = False,
    breaks: Collection[int] = (),
) -> Prose:
    """The rows as one text.

    `heading`: text that is bold or italic throughout carries no span for it.
    `breaks`: the rows, by index, that a new line follows.
    """
    tokens: list[tuple[str, _Look]] = []
    near = _near(links, rows)
    last: Word | None = None
    for index, row in enumerate(rows):
        for position, word in enumerate(short_leaders(row)):
            look = _look(word, near)
            if last is not None:
                glue = " " if last.space_after else ""
                if position == 0:
                    tail, tail_look = tokens[-1]
                    same_link = bool(look.href) and look.href == tail_look.href
                    kept, glue = _line_end(tail, word.text, lexicon, same_link=same_link)
                    if index - 1 in breaks:
                        kept, glue = tail, "\n"
                    tokens[-1] = kept, tail_look
                if glue:
                    # A space is styled like its neighbours if they agree.
                    tokens.append((glue, look if look == tokens[-1][1] else _PLAIN))
            tokens.append((word.text, look))
            last = word
    return _assemble(_settle(list(_trim_links(tokens)), heading=heading))


def without_head(prose: Prose, length: int) -> Prose:
    """The text without its first characters, and its spans moved along."""
    spans = []
    for span in prose.spans:
        start, end = max(0, span.start - length), span.end - length
        if start < end:
            spans.append(replace(span, start=start, end=end))
    return Prose(prose.text[length:], tuple(spans))


def is_unspaced(char: str) -> bool:
    """Whether a character is of a script that is written without spaces."""
    return char > "\u0e00" and unicodedata.name(char, "").startswith(_UNSPACED)


def _line_end(tail: str, head: str, lexicon: Lexicon, *, same_link: bool) -> tuple[str, str]:
    """What becomes of the last word of a row, and what stands between it and the next."""
    if tail.endswith("\u00ad"):
        return tail[:-1], ""
    broken = _BROKEN.search(tail[-60:])
    if broken and head[0].islower():
        after = _LETTERS.match(head)
        rest = after[0].lower() if after else ""
        if rest in _HANGING:
            return tail, " "
        keeps = _is_compound(broken[1].lower(), rest, lexicon)
        return (tail if keeps else tail[:-1]), ""
    if (
        len(tail) > 1
        and tail[-1] in "-\u2010\u2013\u2014/"
        and tail[-2].isalnum()
        and head[0].isalnum()
    ):
        return tail, ""
    if is_unspaced(tail[-1]) or is_unspaced(head[0]):
        return tail, ""
    is_address = same_link and ("/" in tail or "@" in tail or "." in tail)
    return tail, "" if is_address else " "


def _is_compound(before: str, after: str, lexicon: Lexicon) -> bool:
    """Whether a hyphen at a line's end belongs to the word."""
    if f"{before}-{after}" in lexicon.compounds:
        return True
    if before + after in lexicon.whole:
        return False
    # Two words of the page itself: rather long-term than after-noon.
    return min(len(before), len(after)) > 3 and {before, after} <= lexicon.whole


def _near(links: Sequence[Link], rows: Sequence[Row]) -> list[Link]:
    if not links or not rows:
        return []
    x0, y0 = min(r.bbox.x0 for r in rows), min(r.bbox.y0 for r in rows)
    x1, y1 = max(r.bbox.x1 for r in rows), max(r.bbox.y1 for r in rows)
    around = BBox(x0, y0, x1, y1)
    return [link for link in links if link.bbox.intersect(around)]


def _look(word: Word, links: Sequence[Link]) -> _Look:
    href = next((link.href for link in links if link.bbox.holds(word.bbox)), "")
    style = word.style
    if style is None:
        return _Look(href=href) if href else _PLAIN
    if not (style.bold or style.italic or style.mono or style.script or href):
        return _PLAIN
    return _Look(style.bold, style.italic, style.mono, style.script, href)


def _trim_links(tokens: Sequence[tuple[str, _Look]]) -> Iterator[tuple[str, _Look]]:
    """The tokens, a comma or stop behind a link apart from it unless the address ends so."""
    for index, (text, look) in enumerate(tokens):
        inner = text.rstrip(_STOPS) if look.href else text
        stops = text[len(inner) :]
        goes_on = index + 1 < len(tokens) and tokens[index + 1][1].href == look.href
        if not (inner and stops) or goes_on or look.href.endswith(stops):
            yield text, look
        else:
            yield inner, look
            yield stops, replace(look, href="")


def _settle(tokens: list[tuple[str, _Look]], *, heading: bool) -> list[tuple[str, _Look]]:
    """The tokens without styles that set nothing apart, since all the text has them."""
    inked = [look for text, look in tokens if not text.isspace()]
    all_mono = all(look.code for look in inked)
    all_bold = heading and all(look.bold for look in inked)
    all_italic = heading and all(look.italic for look in inked)
    if not (all_mono or all_bold or all_italic):
        return tokens
    return [
        (
            text,
            replace(
                look,
                code=look.code and not all_mono,
                bold=look.bold and not all_bold,
                italic=look.italic and not all_italic,
            ),
        )
        for text, look in tokens
    ]


def _assemble(tokens: Sequence[tuple[str, _Look]]) -> Prose:
    spans: list[Span] = []
    position = 0
    start, current = 0, _PLAIN
    for text, look in [*tokens, ("", _Look(href="\0"))]:
        if look != current:
            if current != _PLAIN and position > start:
                spans.append(_span(start, position, current))
            start, current = position, look
        position += len(text)
    return Prose("".join(text for text, _ in tokens), tuple(spans))


def _span(start: int, end: int, look: _Look) -> Span:
    return Span(
        start,
        end,
        bold=look.bold,
        italic=look.italic,
        code=look.code,
        script=look.script,
        href=look.href,
    )
