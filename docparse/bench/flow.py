"""A Markdown text as plain blocks and tables in the order of reading: what every score looks at."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from docparse.bench.extras import require
from docparse.bench.grid import Grid, GridCell, read_html_table

if TYPE_CHECKING:
    from markdown_it.token import Token

_TABLE_EDGE = re.compile(r"<(/?)table\b[^>]*>", re.IGNORECASE)
_TAG = re.compile(r"<!--.*?-->|</?[a-zA-Z][^>]*>", re.DOTALL)
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
# Stands for a table that was lifted out; a private character, so that no document writes it.
_MARK = "\uf8ffTABLE{}\uf8ff"
_MARKED = re.compile("^\uf8ffTABLE([0-9]+)\uf8ff$")


@dataclass(frozen=True, slots=True)
class Flow:
    """`pieces`: text blocks (one paragraph, heading, list item or code block each) and tables."""

    pieces: tuple[str | Grid, ...]

    @property
    def text(self) -> str:
        """All text, one block a line, tables row by row with a space between cells."""
        return "\n".join(p if isinstance(p, str) else p.text for p in self.pieces)

    @property
    def tables(self) -> tuple[Grid, ...]:
        return tuple(piece for piece in self.pieces if not isinstance(piece, str))


def read_markdown(markdown: str) -> Flow:
    """CommonMark with GitHub tables and HTML tables to a Flow; never fails on odd input.

    Emphasis, escapes, entities and other markup go; pictures leave nothing behind.
    """
    text, tables = lift_html_tables(markdown)
    parser = require("markdown_it").MarkdownIt("commonmark", {"html": True}).enable(["table"])
    pieces: list[str | Grid] = []
    for piece in _pieces(parser.parse(text)):
        marked = _MARKED.match(piece) if isinstance(piece, str) else None
        if marked and int(marked[1]) < len(tables):
            pieces.append(read_html_table(tables[int(marked[1])]))
        elif not isinstance(piece, str) or piece.strip():
            pieces.append(piece)
    return Flow(tuple(pieces))


def lift_html_tables(markdown: str) -> tuple[str, list[str]]:
    """The text with each outermost HTML table replaced by a paragraph of its own, and the tables.

    A blank line inside a table would end it for a CommonMark parser, so they go first.
    """
    parts: list[str] = []
    tables: list[str] = []
    depth = start = last = 0
    for edge in _TABLE_EDGE.finditer(markdown):
        if not edge[1]:
            start = edge.start() if depth == 0 else start
            depth += 1
        elif depth:
            depth -= 1
            if depth == 0:
                parts += [markdown[last:start], "\n\n", _MARK.format(len(tables)), "\n\n"]
                tables.append(markdown[start : edge.end()])
                last = edge.end()
    return "".join([*parts, markdown[last:]]), tables


def _pieces(tokens: Sequence[Token]) -> Iterator[str | Grid]:
    cells: list[GridCell] = []
    rows: list[tuple[GridCell, ...]] = []
    in_table = False
    for token in tokens:
        if token.type == "table_open":
            in_table, rows = True, []
        elif token.type == "table_close":
            in_table = False
            yield Grid(tuple(_without_empty_header(rows)))
        elif token.type == "tr_open":
            cells = []
        elif token.type == "tr_close":
            rows.append(tuple(cells))
        elif token.type == "inline":
            text = _inline_text(token)
            if in_table:
                cells.append(GridCell(text))
            else:
                yield text
        elif token.type in ("fence", "code_block"):
            yield token.content
        elif token.type == "html_block":
            yield _TAG.sub("", _BREAK.sub("\n", token.content))


def _without_empty_header(rows: list[tuple[GridCell, ...]]) -> list[tuple[GridCell, ...]]:
    """GitHub's tables must have a header, so an empty one is how they say that there is none."""
    return rows[1:] if rows and not any(cell.text.strip() for cell in rows[0]) else rows


def _inline_text(token: Token) -> str:
    return "".join(_leaf_text(child) for child in token.children or ())


def _leaf_text(token: Token) -> str:
    if token.type in ("softbreak", "hardbreak"):
        return "\n"
    if token.type == "html_inline":
        return "\n" if _BREAK.fullmatch(token.content) else ""
    return "" if token.type == "image" else token.content
