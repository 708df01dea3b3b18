"""A text with its styled stretches to inline Markdown, for each place that it can stand in.

A line break is a backslash at the end of the line, `<br>` in a table cell, a space in a heading.
What becomes of bold, links, superscripts and formulas is said in `pieces`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from docparse.convert.escape import Token, escape, guard_lines
from docparse.convert.pieces import (
    Piece,
    Spans,
    clean,
    destination,
    one_line,
    stripped,
    to_pieces,
    to_tokens,
)

_PICTURE = re.compile(r"data:image/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/=]*$")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//")
_LINE_BREAK = re.compile(r"\s*\n\s*")
_PIPES = re.compile(r"(\\?)\|(?=([A-Za-z])?)")


def paragraph(text: str, spans: Spans = ()) -> str:
    """Lines that a parser reads as one paragraph with exactly this text."""
    return guard_lines(escape(to_tokens(to_pieces(text, spans)))).replace("\n", "\\\n")


def emphasised(text: str, spans: Spans = ()) -> str:
    """A paragraph all in italics; bold and italic stretches within it do not show."""
    pieces = [replace(piece, bold=False, italic=False) for piece in to_pieces(text, spans)]
    inside = to_tokens(stripped(pieces))
    if not inside:
        return ""
    mark = Token("*", markup=True)
    return guard_lines(escape([mark, *inside, mark])).replace("\n", "\\\n")


def heading(text: str, spans: Spans = ()) -> str:
    """One line to stand after `# `; without bold, which a heading is anyway."""
    pieces = [replace(p, bold=False, text=one_line(p.text)) for p in to_pieces(text, spans)]
    line = escape(to_tokens(pieces)).strip()
    return re.sub(r"(^|[ \t])(#+)$", r"\1\\\2", line)


def cell(text: str, spans: Spans = (), *, is_head: bool = False) -> str:
    """One line to stand between the pipes of a table; in its head without bold, as in a heading."""
    pieces = [
        _without_pipes(replace(piece, bold=piece.bold and not is_head))
        for piece in to_pieces(text, spans)
    ]
    tokens = [part for token in to_tokens(stripped(pieces)) for part in _with_tags(token)]
    return escape(tokens).strip().replace("|", "\\|")


def field(name: str, value: str, spans: Spans = ()) -> str:
    """`**Name:** value` for a form field; empty if it has neither."""
    name = " ".join(clean(name).split()).rstrip(" :：")
    tokens = to_tokens(stripped(to_pieces(value, spans)))
    if name:
        mark = Token("**", markup=True)
        tokens = [mark, Token(name + ":"), mark, Token(" ", markup=True), *tokens]
    return guard_lines(escape(tokens)).replace("\n", "\\\n")


def image(file: str, description: str) -> str:
    """`![description](file)`; empty unless that is a file beside the output or a data URI."""
    is_data = bool(_PICTURE.match(file))
    if not file.strip() or (_SCHEME.match(file) and not is_data):
        return ""
    text = Token(one_line(clean(description)).strip(), bracketed=True)
    target = file if is_data else destination(file)
    return escape([Token("![", markup=True), text, Token(f"]({target})", markup=True)])


def _without_pipes(piece: Piece) -> Piece:
    """A piece in which a pipe can be escaped for a table without a change of its meaning."""
    if piece.kind == "math":
        return replace(piece, text=_PIPES.sub(_bar, piece.text))
    if piece.kind == "code" and "\\|" in piece.text:
        return replace(piece, kind="text")
    return piece


def _with_tags(token: Token) -> Iterator[Token]:
    """The token with `<br>` for its line breaks."""
    if token.markup:
        yield token
        return
    for number, line in enumerate(_LINE_BREAK.split(token.text)):
        if number:
            yield Token("<br>", markup=True)
        yield replace(token, text=line)


def _bar(match: re.Match[str]) -> str:
    return ("\\Vert" if match[1] else "\\vert") + (" " if match[2] else "")
