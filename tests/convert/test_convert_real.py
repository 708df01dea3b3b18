"""Real documents and real model replies through every converter: nothing is lost on the way."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import jsonschema
import pytest
from markdown_it.tree import SyntaxTreeNode
from markdown_reading import parser, plain

from docparse.convert.data import from_json, schema, to_json
from docparse.convert.html import to_html
from docparse.convert.markdown import to_markdown
from docparse.convert.tables import num_head_rows
from docparse.omni.document import parse_document
from docparse.pipeline import parse
from docparse.types import Block, Document

DATA = Path(__file__).parents[2].parent / "shared" / "data"
REPLIES = [*sorted((DATA / "qwen_replies").glob("*docparsing*")),
           *sorted((DATA / "qwen_replies").glob("dp_*"))]  # fmt: skip
PDFS = [DATA / "parsing_groundtruth" / "docling" / name
        for name in ("2305.03393v1-pg9.pdf", "code_and_formula.pdf")]  # fmt: skip
MD = parser(math=True)

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason=f"no test documents at {DATA}")
real_documents = pytest.mark.parametrize("path", [*REPLIES, *PDFS], ids=lambda path: path.name)


@cache
def read(path: Path) -> Document:
    return parse(path)


@real_documents
def test_json_is_whole_and_fits_the_schema(path: Path) -> None:
    document = read(path)
    text = to_json(document)
    assert from_json(text) == document
    jsonschema.Draft202012Validator(schema()).validate(json.loads(text))


@real_documents
def test_html_reads_back(path: Path) -> None:
    document = read(path)
    pages = tuple(
        replace(page, blocks=tuple(replace(block, words=()) for block in page.blocks))
        for page in document.pages
    )
    assert parse_document(to_html(document), source="") == replace(document, pages=pages)


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text)


def texts(block: Block) -> Iterator[str]:
    """What a reader of the Markdown is to see of a block; formulas are changed in their blanks."""
    yield block.text
    yield from (item.text for item in block.items)
    if block.table:
        yield from (cell.text for cell in block.table.cells)


@real_documents
def test_markdown_shows_every_word_and_every_heading(path: Path) -> None:
    document = read(path)
    document = replace(document, pages=tuple(replace(page, notes=()) for page in document.pages))
    tree = SyntaxTreeNode(MD.parse(to_markdown(document, headers_footers=True)))
    shown: list[str] = []
    for node in tree.walk():
        if node.type == "inline":
            shown += words(plain(node.token)) + words(
                " ".join(str(child.content) for child in node.children if child.type == "image")
            )
        elif node.type in ("fence", "html_block"):
            shown += words(re.sub(r"<[^>]*>", " ", node.content))
    blocks = [block for page in document.pages for block in page.blocks]
    expected = [word for block in blocks for text in texts(block) for word in words(text)]
    assert expected
    joined, seen = "".join(expected), "".join(shown)
    # Some words are joined over a column's end, so letters are counted, in bags.
    assert {c: seen.count(c) for c in set(joined) if c.isalpha()} == {
        c: joined.count(c) for c in set(joined) if c.isalpha()
    }
    num_headings = sum(block.kind in ("title", "heading") and bool(block.text) for block in blocks)
    assert sum(node.type == "heading" for node in tree.walk()) == num_headings


@real_documents
def test_simple_tables_are_pipe_tables(path: Path) -> None:
    document = read(path)
    tree = SyntaxTreeNode(MD.parse(to_markdown(document)))
    tables = [block.table for page in document.pages for block in page.blocks if block.table]
    simple = [
        table
        for table in tables
        if num_head_rows(table) < 2 and all(c.rowspan == c.colspan == 1 for c in table.cells)
    ]
    assert sum(node.type == "table" for node in tree) == len(simple)
    assert sum(node.type == "html_block" for node in tree) == len(tables) - len(simple)
