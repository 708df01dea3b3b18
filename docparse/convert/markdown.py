"""A Document to Markdown that people like to read and every CommonMark parser reads as meant.

What Markdown cannot say is decided here and in the modules beside this one:

- The title is `#`. In a document with a title, headings are one deeper than their level, so that
  the title stays the only one at the top; without a title, level 1 is `#`.
- Page headers and footers are left out unless asked for; page breaks leave no trace, and what they
  broke is joined (`flow`). A page that could not be read leaves a quoted line that says so.
- Captions are in italics, beside their figure or table, on the side where they are printed.
  Footnotes are paragraphs at the place where they stand: their marks in the text are too uncertain
  for `[^1]`.
- Text read inside a picture is a quotation; a form is a list of `**Name:** value`; music is a
  fenced block of ABC, a chemical formula one of SMILES.
- The only HTML is `<br>` in table cells, and whole tables where cells span (`tables`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from docparse.convert import inline
from docparse.convert.escape import guard_lines
from docparse.convert.flow import Notice, flow
from docparse.convert.lists import list_markdown
from docparse.convert.pieces import math, one_line, printable, unify_line_ends
from docparse.convert.tables import table_markdown
from docparse.types import Block, Document, Kind


def to_markdown(document: Document, *, headers_footers: bool = False, join: bool = True) -> str:
    """The whole document as Markdown that ends in one newline; empty if there is nothing in it.

    `join`: paragraphs, lists and tables that go on in a column or on a page are whole again.
    """
    has_title = any(block.kind == "title" for page in document.pages for block in page.blocks)
    blocks = flow(document, headers_footers=headers_footers, join=join)
    chunks = list(_chunks(blocks, has_title=has_title))
    return "\n\n".join(chunks) + "\n" if chunks else ""


def _chunks(blocks: Iterator[Block | Notice], *, has_title: bool) -> Iterator[str]:
    """The Markdown of each block; form fields in a row make one list."""
    fields: list[str] = []
    list_mark = ""
    for block in blocks:
        if isinstance(block, Block) and block.kind == "form-field":
            fields += _form_field(block)
            continue
        if fields:
            yield _field_list(fields, list_mark)
            list_mark, fields = "-", []
        if isinstance(block, Notice):
            chunk = _quoted(inline.paragraph(block.text))
        elif block.kind == "list":
            chunk, list_mark = list_markdown(block.items, after=list_mark)
        else:
            chunk = _block(block, has_title=has_title)
        if chunk:
            yield chunk
            list_mark = list_mark if isinstance(block, Block) and block.kind == "list" else ""
    if fields:
        yield _field_list(fields, list_mark)


def _block(block: Block, *, has_title: bool) -> str:
    if block.kind == "heading":
        depth = min(max(block.level, 1) + has_title, 6)
        return _heading(block, depth)
    return _WRITERS[block.kind](block)


def _heading(block: Block, depth: int) -> str:
    line = inline.heading(block.text, block.spans)
    return f"{'#' * depth} {line}" if line else ""


def _paragraph(block: Block) -> str:
    return inline.paragraph(block.text, block.spans)


def _caption(block: Block) -> str:
    return inline.emphasised(block.text, block.spans)


def _table(block: Block) -> str:
    return table_markdown(block.table) if block.table else _paragraph(block)


def _figure(block: Block) -> str:
    """The picture with its description; the data of a chart below it."""
    picture = inline.image(block.image, block.text) or inline.emphasised(one_line(block.text))
    return _together(picture, table_markdown(block.table) if block.table else "")


def _formula(block: Block) -> str:
    latex = math(block.text).replace("$$", "$ $")
    if not latex:
        # its characters in the order of the file say more than nothing
        words = "".join(word.text + " " * word.space_after for word in block.words)
        return inline.image(block.image, "formula") or inline.paragraph(words.strip(), ())
    # Readers that know no formulas, and some that do, look for lists and headings in it.
    lines = [line.strip() for line in latex.split("\n")]
    opened = "\n".join(["$$", *lines])
    if guard_lines(opened) == opened:
        return f"{opened}\n$$"
    without_comments = (re.sub(r"(?<!\\)%.*", "", line).strip() for line in lines)
    return "$$" + " ".join(filter(None, without_comments)) + "$$"


def _code(block: Block) -> str:
    return _fenced(block.text, block.label)


def _music(block: Block) -> str:
    return _together(inline.image(block.image, "music sheet"), _fenced(block.text, "abc"))


def _chemical_formula(block: Block) -> str:
    picture = inline.image(block.image, "chemical formula")
    return _together(picture, _fenced(block.text, "smiles"))


def _seal(block: Block) -> str:
    return _together(inline.image(block.image, "seal"), _paragraph(block))


def _image_ocr(block: Block) -> str:
    return _together(inline.image(block.image, "picture with text"), _quoted(_paragraph(block)))


def _form_field(block: Block) -> list[str]:
    """One line of a list, or none for a field without name and value."""
    line = inline.field(block.label, block.text, block.spans).replace("\n", "\n  ")
    return [line] if line else []


def _field_list(lines: list[str], list_mark: str) -> str:
    mark = "*" if list_mark == "-" else "-"
    return "\n".join(f"{mark} {line}" for line in lines)


_WRITERS: dict[Kind, Callable[[Block], str]] = {
    "title": lambda block: _heading(block, 1),
    "paragraph": _paragraph,
    "table": _table,
    "chart": _figure,
    "formula": _formula,
    "figure": _figure,
    "caption": _caption,
    "footnote": _paragraph,
    "page-header": _paragraph,
    "page-footer": _paragraph,
    "code": _code,
    "image-ocr": _image_ocr,
    "music-sheet": _music,
    "chemical-formula": _chemical_formula,
    "seal": _seal,
}


def _fenced(text: str, language: str) -> str:
    """A code block whose fence is longer than any run of backticks in it."""
    lines = [printable(line) for line in unify_line_ends(text).split("\n")]
    code = "\n".join(lines).strip("\n")
    if not code.strip():
        return ""
    longest = max(map(len, re.findall("`+", code)), default=0)
    fence = "`" * max(3, longest + 1)
    word = re.match(r"[\w+#.-]*", language.strip())
    return f"{fence}{word[0] if word else ''}\n{code}\n{fence}"


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}" for line in text.split("\n")) if text else ""


def _together(*chunks: str) -> str:
    return "\n\n".join(chunk for chunk in chunks if chunk)
