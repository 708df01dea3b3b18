"""Hypothesis strategies: documents with everything that omni HTML carries."""

from __future__ import annotations

import itertools
from typing import get_args

from hypothesis import strategies as st

from docparse.types import (
    KINDS,
    BBox,
    Block,
    Cell,
    Document,
    ListItem,
    Note,
    NoteCode,
    Page,
    Provenance,
    Span,
    Table,
)

# All of Unicode but lone surrogates, which no file can hold; what is likely to break comes often.
NASTY = [
    "<", ">", "&", '"', "'", "]]>", "-->", "<!--", "\0", "\r", "\n", "\r\n", "\t", " ", "  ",
    "\x0b", "\x0c", "\u2028", "\x85", "\xa0", "\u3000", "\ufeff", "\ufffe", "$", "$$", "\\(", "\\",
    "&amp;", "&lt",
    "&#13;", "</p>", "<br>", "<p data-bbox=\"1 2 3 4\">", "</section>", "<script>", "```", "<全>",
    "図", "x", "1", "5", "e\u0301", "😀", "(1) ", "- ",
]  # fmt: skip
texts = st.lists(
    st.one_of(st.sampled_from(NASTY), st.text(max_size=4), st.characters(codec="utf-8")), max_size=8
).map("".join)
boxes = st.tuples(*[st.integers(0, 3000)] * 4).map(
    lambda n: BBox(min(n[0], n[1]), min(n[2], n[3]), max(n[0], n[1]), max(n[2], n[3]))
)
hrefs = st.one_of(
    st.just(""),
    st.sampled_from(["https://a.example/?q=1&b=\"2\"", "http://x/ y", "mailto:a@b.c", "#page=3"]),
    texts.map(lambda text: "https://" + text),
)  # fmt: skip
images = st.one_of(
    st.just(""),
    st.sampled_from(["a_files/f-1.png", "図 1#2?%41.png", "data:image/png;base64,AA=="]),
    st.text(st.characters(codec="utf-8", exclude_characters="\0:"), min_size=1, max_size=5).map(
        lambda text: "f/" + text
    ),
)  # fmt: skip


@st.composite
def spans_of(draw: st.DrawFn, text: str) -> tuple[Span, ...]:
    cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=6, unique=True)))
    found = []
    for start, end in itertools.pairwise(cuts):
        if draw(st.booleans()):
            found.append(
                Span(
                    start,
                    end,
                    bold=draw(st.booleans()),
                    italic=draw(st.booleans()),
                    code=draw(st.booleans()),
                    math=draw(st.booleans()),
                    script=draw(st.sampled_from(["", "super", "sub"])),
                    href=draw(hrefs),
                )
            )
    return tuple(found)


@st.composite
def tables(draw: st.DrawFn) -> Table:
    num_rows, num_cols = draw(st.integers(0, 5)), draw(st.integers(0, 5))
    taken: set[tuple[int, int]] = set()
    cells = []
    for row in range(num_rows):
        for col in range(num_cols):
            if (row, col) in taken:
                continue
            free = 1
            while col + free < num_cols and (row, col + free) not in taken:
                free += 1
            rowspan = draw(st.integers(1, num_rows - row))
            colspan = draw(st.integers(1, free))
            taken |= {(row + r, col + c) for r in range(rowspan) for c in range(colspan)}
            text = draw(texts)
            cells.append(
                Cell(
                    row,
                    col,
                    text,
                    rowspan,
                    colspan,
                    header=draw(st.booleans()),
                    bbox=draw(st.none() | boxes),
                    spans=draw(spans_of(text)),
                )
            )
    return Table(num_rows, num_cols, tuple(cells))


@st.composite
def items(draw: st.DrawFn) -> ListItem:
    text = draw(texts)
    return ListItem(
        text,
        draw(st.none() | boxes),
        level=draw(st.integers(0, 12)),
        marker=draw(st.sampled_from(["", "•", "1.", "(a)", "①"]) | texts),
        ordered=draw(st.booleans()),
        spans=draw(spans_of(text)),
    )


@st.composite
def blocks(draw: st.DrawFn) -> Block:
    """Blocks of all kinds, also with fields that their kind has no use for."""
    text = draw(texts)
    return Block(
        draw(st.sampled_from(KINDS)),
        draw(boxes),
        text,
        level=draw(st.integers(0, 7)),
        spans=draw(spans_of(text)),
        table=draw(st.none() | tables()),
        items=tuple(draw(st.lists(items(), max_size=5))),
        label=draw(st.just("") | texts | st.sampled_from(["python", "c++"])),
        image=draw(images),
        target=draw(st.none() | st.integers(0, 9)),
        continues=draw(st.booleans()),
        confidence=draw(st.just(1.0) | st.floats(0, 1)),
        source=draw(st.sampled_from(get_args(Provenance))),
    )


@st.composite
def natural_blocks(draw: st.DrawFn) -> Block:
    """Blocks with the fields that their kind is made for."""
    block = draw(blocks())
    is_list, is_table = block.kind == "list", block.kind in ("table", "chart")
    has_text = block.kind not in ("list", "table")
    return Block(
        block.kind,
        block.bbox,
        block.text if has_text else "",
        level=draw(st.integers(1, 6)) if block.kind == "heading" else 0,
        spans=block.spans if has_text else (),
        table=block.table if is_table else None,
        items=block.items if is_list else (),
        label=block.label if block.kind in ("code", "form-field") else "",
        image=block.image,
        target=block.target,
        continues=block.continues,
        confidence=block.confidence,
        source=block.source,
    )


notes = st.builds(Note, st.sampled_from(get_args(NoteCode)), texts, st.none() | boxes)
pages = st.builds(
    Page,
    st.integers(1, 10_000),
    st.integers(1, 5000),
    st.integers(1, 5000),
    st.floats(1, 1200),
    st.sampled_from([0, 90, 180, 270]),
    st.lists(blocks() | natural_blocks(), max_size=4).map(tuple),
    st.lists(notes, max_size=2).map(tuple),
)
documents = st.builds(
    Document,
    texts,
    st.lists(pages, max_size=3).map(tuple),
    st.dictionaries(texts | st.sampled_from(["title", "language"]), texts, max_size=3),
)


# What a model can be taught to write: text without spaces that HTML would not keep.
WORDS = [
    "a", "図表", "1.", "(2)", "•", "x<y", "<p>", "</p>", "R&D", "&amp;", "$5", "$", "5$", "$a$",
    "\\(", "\\)", "$$", "`", "```", "😀", "é", "--", "\"q\"", "{", "]", "<|im|>", "\\", "-", "A.",
    "2", "<br>", "&#36;",
]  # fmt: skip
sentences = st.lists(st.sampled_from(WORDS), min_size=1, max_size=6).map(" ".join)
words = sentences | st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).map("".join)
LATEX = ["x^2", "\\frac{a}{b}", "a < b & c", "\\text{if }", "5", "\\$5", "a\\\\b", "y )", "( y"]


@st.composite
def styled_words(draw: st.DrawFn) -> tuple[str, tuple[Span, ...]]:
    """Words of which some are styled; neighbours never in the same way, which would be one."""
    text, spans = "", []
    for index in range(draw(st.integers(1, 4))):
        is_math = draw(st.booleans())
        piece = draw(st.sampled_from(LATEX) if is_math else words)
        gap = draw(st.sampled_from([" ", "", "\n"])) if index else ""
        start = len(text) + len(gap)
        text += gap + piece
        if is_math:
            spans.append(Span(start, len(text), math=True))
        elif draw(st.booleans()):
            styles = [{"bold": True}, {"code": True}, {"script": "super"}, {"href": "https://a/b"}]
            spans.append(Span(start, len(text), **styles[index % len(styles)]))  # type: ignore[arg-type]
    return text, tuple(spans)


@st.composite
def reply_tables(draw: st.DrawFn) -> Table:
    table = draw(tables().filter(lambda table: table.num_rows * table.num_cols > 0))
    cells = []
    for cell in table.cells:
        text, spans = draw(st.just(("", ())) | styled_words())
        cells.append(
            Cell(cell.row, cell.col, text, cell.rowspan, cell.colspan, cell.header, None, spans)
        )
    return Table(table.num_rows, table.num_cols, tuple(cells))


@st.composite
def reply_items(draw: st.DrawFn) -> ListItem:
    text, spans = draw(styled_words())
    marker = draw(st.sampled_from(["", "•", "1.", "(a)", "①", "§"]))
    box = draw(st.none() | boxes)
    return ListItem(text, box, 0, marker, draw(st.just(False)), spans)


@st.composite
def reply_blocks(draw: st.DrawFn) -> Block:
    kind = draw(st.sampled_from(KINDS))
    text, spans = "", ()
    entries = st.lists(reply_items(), min_size=1, max_size=3)
    if kind in ("formula", "music-sheet", "chemical-formula", "code"):
        text = draw(st.sampled_from(LATEX)) if kind == "formula" else draw(words)
    elif kind not in ("list", "table"):
        text, spans = draw(styled_words())
    return Block(
        kind,
        draw(boxes.map(lambda box: box.clip(2000, 2800))),
        text,
        level=draw(st.integers(1, 6)) if kind == "heading" else 0,
        spans=spans,
        table=draw(reply_tables()) if kind in ("table", "chart") else None,
        items=tuple(draw(entries)) if kind == "list" else (),
        label=draw(words) if kind == "form-field" else "",
    )


reply_pages = st.builds(
    Page,
    st.just(1),
    st.just(2000),
    st.just(2800),
    st.just(200.0),
    blocks=st.lists(reply_blocks(), min_size=1, max_size=4, unique_by=lambda b: b.bbox).map(tuple),
)
