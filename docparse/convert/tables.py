"""A Table to a pipe table, or to an HTML one where pipes cannot say what it says.

Pipes can neither span nor have two rows of column heads. A table without any head row gets its
first row as one, since Markdown knows no table without; but if its first column is marked as heads,
the head row stays empty.
"""

from __future__ import annotations

import html
from collections.abc import Iterator
from dataclasses import replace

from docparse.convert.inline import cell as cell_markdown
from docparse.convert.pieces import clean, cut, math
from docparse.types import Cell, Span, Table


def table_markdown(table: Table) -> str:
    """The table in Markdown; empty if it has no cells."""
    if not table.cells:
        return ""
    spanning = any(cell.rowspan > 1 or cell.colspan > 1 for cell in table.cells)
    if spanning or num_head_rows(table) > 1:
        return _html_table(table)
    return _pipe_table(table)


def num_head_rows(table: Table) -> int:
    """How many rows at the top hold nothing but head cells, none of which reaches further down."""
    first_body_row = min((cell.row for cell in table.cells if not cell.header), default=None)
    if first_body_row is None:
        return table.num_rows
    heads = [cell for cell in table.cells if cell.row < first_body_row]
    if any(cell.row + cell.rowspan > first_body_row for cell in heads):
        return min(cell.row for cell in heads if cell.row + cell.rowspan > first_body_row)
    return first_body_row


def _pipe_table(table: Table) -> str:
    has_row_heads = any(cell.header and cell.row for cell in table.cells)
    head_row = -1 if has_row_heads and not num_head_rows(table) else 0
    rows = [
        "| " + " | ".join(_pipe_cell(cell, is_head=cell.row == head_row) for cell in row) + " |"
        for row in _rows(table)
    ]
    rule = "|" + " --- |" * table.num_cols
    if head_row < 0:
        rows.insert(0, "|" + "  |" * table.num_cols)
    return "\n".join([rows[0], rule, *rows[1:]])


def _pipe_cell(cell: Cell, *, is_head: bool) -> str:
    return cell_markdown(cell.text, cell.spans, is_head=is_head)


def _html_table(table: Table) -> str:
    num_heads = num_head_rows(table)
    lines = ["<table>"]
    for number, row in enumerate(_rows(table)):
        if number == 0 and num_heads:
            lines.append("<thead>")
        if number == num_heads:
            lines += ["</thead>", "<tbody>"] if num_heads else ["<tbody>"]
        lines.append("<tr>" + "".join(map(_html_cell, row)) + "</tr>")
    lines.append("</thead>" if num_heads == table.num_rows else "</tbody>")
    return "\n".join([*lines, "</table>"])


def _rows(table: Table) -> Iterator[list[Cell]]:
    """The cells by the row that they start in."""
    rows: list[list[Cell]] = [[] for _ in range(table.num_rows)]
    for cell in table.cells:
        rows[cell.row].append(cell)
    return iter(rows)


def _html_cell(cell: Cell) -> str:
    tag = "th" if cell.header else "td"
    spans = "".join(
        f' {name}="{number}"'
        for name, number in (("rowspan", cell.rowspan), ("colspan", cell.colspan))
        if number > 1
    )
    stretches = (
        (stretch, replace(span, bold=span.bold and not cell.header) if span else None)
        for stretch, span in cut(cell.text, cell.spans)
    )
    text = "".join(_html_stretch(stretch, span) for stretch, span in stretches)
    lines = filter(None, map(str.strip, text.split("\n")))
    return f"<{tag}{spans}>{'<br>'.join(lines)}</{tag}>"


def _html_stretch(text: str, span: Span | None) -> str:
    if span and span.math:
        return html.escape(f"${math(text)}$", quote=False).replace("\n", " ")
    content = html.escape(clean(text), quote=False)
    if not span or not content.strip():
        return content
    tags = {
        "strong": span.bold,
        "em": span.italic,
        "code": span.code,
        "sup": span.script == "super",
        "sub": span.script == "sub",
    }
    for tag in (tag for tag, wanted in tags.items() if wanted):
        content = "\n".join(f"<{tag}>{line}</{tag}>" for line in content.split("\n"))
    return content
