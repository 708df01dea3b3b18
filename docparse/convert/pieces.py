"""A text with its styled stretches to Markdown's tokens: markup that holds, and literal text.

Bold, italic, code, links and `$`-math are marked. Marks that a CommonMark parser would not take for
emphasis, as happens beside punctuation in Chinese and Japanese, are moved past that punctuation,
or left out where nothing else is between them. Links lead to http, https or mailto; others,
`#page=3` among them, lead nowhere in a Markdown file and stay plain text. Markdown has no
superscripts: digits, signs and single letters become Unicode ones (10⁻³, xᵢ), and all others stay
plain text (19th).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Literal

from docparse.convert.escape import Token, can_close, can_open, is_mark
from docparse.types import Script, Span

_LINE_ENDS = re.compile("\r\n?|[\u0085\u2028\u2029]")
_BLANKS = re.compile("[ \t\x0b\x0c\x1c-\x1f]+")
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_SURROGATES = re.compile("[\ud800-\udfff]")
_URL = re.compile(r"https?://[!-;=?-~]+(?<![\"')\]}*.,;:!?])")
_MISREAD_IN_URL = re.compile(r"[*~`$\\\[\]]|_(?![A-Za-z0-9])|(?<![A-Za-z0-9])_")
_LINE_END = re.compile(r"\s*?\n")
_ADDRESS = re.compile(r"[A-Za-z0-9._+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_WEB_LINK = re.compile(r"(?:https?://|mailto:)\S", re.IGNORECASE)

_RAISED = dict(zip("0123456789+-−=()abcdefghijklmnoprstuvwxyz",
                   "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ", strict=True))  # fmt: skip
_LOWERED = dict(zip("0123456789+-−=()aehijklmnoprstuvx",
                    "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", strict=True))  # fmt: skip
_BETWEEN_SCRIPTS = frozenset(" ,;")

Spans = Sequence[Span]


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text in one style; only mere text is bold or italic."""

    text: str
    bold: bool = False
    italic: bool = False
    kind: Literal["text", "code", "math", "url"] = "text"
    href: str = ""

    @property
    def style(self) -> tuple[object, ...]:
        return self.bold, self.italic, self.kind, self.href

    @property
    def marks(self) -> str:
        return "*" * (2 * self.bold + self.italic)


def to_pieces(text: str, spans: Spans) -> list[Piece]:
    """The cleaned stretches; neighbours of one style are one, across mere blanks too."""
    pieces = [_piece(clean(stretch), span) for stretch, span in cut(text, spans)]
    pieces = [piece for piece in pieces if piece.text]
    for number in range(1, len(pieces) - 1):
        left, blank, right = pieces[number - 1 : number + 2]
        if blank.text.isspace() and left.kind == "text" and left.style == right.style:
            pieces[number] = replace(right, text=blank.text)
    merged: list[Piece] = []
    for _, group in groupby(pieces, key=lambda piece: piece.style):
        first, *rest = group
        between = " " if first.kind == "math" else ""
        merged += _urls_apart(
            replace(first, text=between.join(piece.text for piece in (first, *rest)))
        )
    return merged


def _piece(text: str, span: Span | None) -> Piece:
    if span is None or not text.strip():
        return Piece(text)
    href = destination(span.href) if _WEB_LINK.match(span.href.strip()) else ""
    if span.math:
        return Piece(one_line(_inline_math(text)), kind="math", href=href)
    if span.code:
        return Piece(one_line(text), kind="code", href=href)
    return Piece(set_script(text, span.script), bold=span.bold, italic=span.italic, href=href)


def _inline_math(text: str) -> str:
    return re.sub(r"(?<!\\)((?:\\\\)*)\$", r"\1\\$", math(text))


def _urls_apart(piece: Piece) -> Iterator[Piece]:
    """Addresses that would meet backslashes stand in angle brackets, where none are needed."""
    if piece.kind != "text" or piece.marks or piece.href or "://" not in piece.text:
        yield piece
        return
    position = 0
    for match in _URL.finditer(piece.text):
        misread = _MISREAD_IN_URL.search(match[0]) or _LINE_END.match(piece.text, match.end())
        if misread and _is_plain_address(match[0]):
            if position < match.start():
                yield Piece(piece.text[position : match.start()])
            yield Piece(match[0], kind="url")
            position = match.end()
    if position < len(piece.text):
        yield Piece(piece.text[position:])


def stripped(pieces: Sequence[Piece]) -> list[Piece]:
    """The pieces without blanks at either end."""
    kept = list(pieces)
    while kept and not kept[0].text.strip():
        del kept[0]
    while kept and not kept[-1].text.strip():
        del kept[-1]
    if kept:
        kept[0] = replace(kept[0], text=kept[0].text.lstrip())
        kept[-1] = replace(kept[-1], text=kept[-1].text.rstrip())
    return kept


def to_tokens(pieces: Sequence[Piece]) -> list[Token]:
    """Markup and literal text; links are outermost, so that emphasis in them always holds."""
    groups = [(href, list(group)) for href, group in groupby(pieces, key=lambda p: p.href)]
    tokens: list[Token] = []
    for number, (href, group) in enumerate(groups):
        if href:
            tokens += _link_tokens(href, group)
            continue
        before = ")" if number else ""
        after = "[" if number + 1 < len(groups) else ""
        for piece in _settled(group, before, after):
            tokens += _piece_tokens(piece, bracketed=False)
    return tokens


def _link_tokens(href: str, group: Sequence[Piece]) -> list[Token]:
    text = "".join(piece.text for piece in group)
    inner = text.strip()
    if not inner:
        return [Token(text)]
    if inner in (href, href.removeprefix("mailto:")) and _is_plain_address(inner):
        link = [Token(f"<{inner}>", markup=True)]
    else:
        inside = [
            token
            for piece in _settled(stripped(group), "[", "]")
            for token in _piece_tokens(piece, bracketed=True)
        ]
        # [^ is how a footnote starts
        opening = "[\\" if not inside[0].markup and inner[0] == "^" else "["
        link = [Token(opening, markup=True), *inside, Token(f"]({href})", markup=True)]
    start = len(text) - len(text.lstrip())
    return [Token(text[:start]), *link, Token(text[start + len(inner) :])]


def _is_plain_address(text: str) -> bool:
    """Whether parsers agree on what the text is when it stands in angle brackets."""
    if _ADDRESS.fullmatch(text):
        return True
    return bool(_URL.fullmatch(text)) and not set(text) & set("%;\\")


def _piece_tokens(piece: Piece, *, bracketed: bool) -> list[Token]:
    if piece.kind == "code":
        inside = Token(_fence(piece.text), markup=True)
    elif piece.kind == "math":
        inside = Token(f"${piece.text}$", markup=True)
    elif piece.kind == "url":
        inside = Token(f"<{piece.text}>", markup=True)
    else:
        inside = Token(piece.text, bracketed=bracketed)
    mark = Token(piece.marks, markup=True)
    return [mark, inside, mark] if piece.marks else [inside]


def _fence(code: str) -> str:
    """A code span: more backticks around than any run inside (CommonMark, section 6.1)."""
    runs = {len(run) for run in re.findall("`+", code)}
    ticks = next("`" * n for n in range(1, len(runs) + 2) if n not in runs)
    padded = code.startswith("`") or code.endswith("`")
    padded |= code.startswith(" ") and code.endswith(" ") and not code.isspace()
    return f"{ticks} {code} {ticks}" if padded else f"{ticks}{code}{ticks}"


def _settled(pieces: Sequence[Piece], before: str, after: str) -> list[Piece]:
    """The pieces with marks only where they hold: `before` and `after` are what stands outside."""
    apart = [part for piece in pieces for part in _blanks_apart(piece)]
    settled: list[Piece] = []
    for number, piece in enumerate(apart):
        following = _edge(apart[number + 1], 0) if number + 1 < len(apart) else after
        preceding = _edge(settled[-1], -1) if settled else before
        if not piece.marks:
            settled.append(piece)
        elif settled and settled[-1].marks:  # two runs of marks would make one
            settled.append(replace(piece, bold=False, italic=False))
        else:
            settled += _emphasis_that_holds(piece, preceding, following)
    return settled


def _edge(piece: Piece, side: Literal[0, -1]) -> str:
    if piece.kind != "text":
        return {"code": "`", "math": "$", "url": "<>"[side]}[piece.kind]
    return "*" if piece.marks and side == -1 else piece.text[side]


def _blanks_apart(piece: Piece) -> Iterator[Piece]:
    """Blanks at the ends of a marked piece stand outside of its marks."""
    text = piece.text
    if not piece.marks:
        yield piece
        return
    inner = text.strip()
    start = len(text) - len(text.lstrip())
    parts = (Piece(text[:start]), replace(piece, text=inner), Piece(text[start + len(inner) :]))
    yield from (part for part in parts if part.text)


def _emphasis_that_holds(piece: Piece, before: str, after: str) -> list[Piece]:
    """The piece, if its marks are read as marks; else without the punctuation in the way."""
    plain = replace(piece, bold=False, italic=False)
    text = piece.text
    start, end = 0, len(text)
    if not can_open(before, text[0]):
        while start < end and _is_in_the_way(text[start]):
            start += 1
    if not can_close(text[-1], after):
        while start < end and _is_in_the_way(text[end - 1]):
            end -= 1
    parts = (
        replace(plain, text=text[:start]),
        replace(piece, text=text[start:end]),
        replace(plain, text=text[end:]),
    )
    return [part for part in parts if part.text]


def _is_in_the_way(char: str) -> bool:
    return is_mark(char) or char.isspace()


def math(latex: str) -> str:
    """LaTeX to stand between dollar signs, harmless where a reader knows no formulas.

    Dollars and brackets that already stand around the whole are taken off, and blank lines go.
    A blank, which means nothing in LaTeX, keeps `<b` from being a tag and `](` from being a link.
    """
    latex = clean(latex).strip()
    for opening, closing in (("$$", "$$"), ("\\[", "\\]"), ("\\(", "\\)"), ("$", "$")):
        if latex.startswith(opening) and latex.endswith(closing) and len(latex) > 4:
            latex = latex[len(opening) : -len(closing)].strip()
            break
    latex = re.sub(r"\n\s*\n", "\n", latex)
    latex = re.sub(r"<(?=[A-Za-z/!?])", "< ", latex).replace("](", "] (")
    # A lone backslash at the end would take the dollar sign with it.
    if (len(latex) - len(latex.rstrip("\\"))) % 2:
        latex = latex[:-1].rstrip()
    return latex


def clean(text: str) -> str:
    """The text without control characters, its line ends as newlines and its blanks as one."""
    return printable(_BLANKS.sub(" ", unify_line_ends(text)))


def unify_line_ends(text: str) -> str:
    """The text with a newline for every kind of line end."""
    return _LINE_ENDS.sub("\n", text)


def printable(text: str) -> str:
    """The text without control characters other than tabs and newlines."""
    return _SURROGATES.sub("\ufffd", _UNPRINTABLE.sub("", text))


def set_script(text: str, script: Script) -> str:
    """Unicode superscripts or subscripts, or the text as it is where it has others in it."""
    letters = _RAISED if script == "super" else _LOWERED
    if not script or re.search(r"[^\W\d_]{2}", text):
        return text
    if not all(char in letters or char in _BETWEEN_SCRIPTS for char in text):
        return text
    return "".join(letters.get(char, char) for char in text)


def cut(text: str, spans: Spans) -> Iterator[tuple[str, Span | None]]:
    """The text in stretches, each with the span that it lies in."""
    position = 0
    for span in spans:
        if position < span.start:
            yield text[position : span.start], None
        yield text[span.start : span.end], span
        position = span.end
    if position < len(text):
        yield text[position:], None


def destination(href: str) -> str:
    """A link's target with what could end it, or be read as other markup, percent-encoded."""
    href = clean(href).strip()
    special = "()" if href.count("(") != href.count(")") or ")(" in href else ""
    encoded = re.sub(
        rf"[\s<>\\`$*\[\]{special}]",
        lambda m: "".join(f"%{byte:02X}" for byte in m[0].encode()),
        href,
    )
    return re.sub(r"&(?=#?[A-Za-z0-9]+;)", "&amp;", encoded)


def one_line(text: str) -> str:
    """The text with its line breaks as spaces."""
    return text.replace("\n", " ")
