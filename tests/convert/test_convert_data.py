"""JSON: nothing is lost, the published schema holds, and bad data is refused with its place."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from convert_samples import WHOLE_DOCUMENTS, sample
from hypothesis import given, settings
from hypothesis import strategies as st
from omni_strategies import blocks, boxes, documents, pages, texts

from docparse.convert import data as data_module
from docparse.convert.data import from_data, from_json, schema, to_data, to_json
from docparse.errors import DocparseError, UnreadableInputError
from docparse.types import BBox, Block, Document, Page, Style, Table, Word

PUBLISHED = Path(data_module.__file__).with_name("document.schema.json")

numbers = st.floats(allow_nan=False, allow_infinity=False, width=32)
styles = st.builds(
    Style, numbers, texts, *[st.booleans()] * 3, st.sampled_from(["", "super", "sub"])
)
words = st.builds(
    Word, texts | st.text(st.characters()), boxes, numbers, st.sampled_from(["text-layer", "ocr"]),
    st.none() | styles, st.booleans(),
)  # fmt: skip


@st.composite
def documents_with_words(draw: st.DrawFn) -> Document:
    document = draw(documents)
    block = replace(draw(blocks()), words=tuple(draw(st.lists(words, max_size=4))))
    page = replace(draw(pages), blocks=(block,))
    return replace(document, pages=(*document.pages, page))


def test_the_published_schema_is_the_one_of_the_types() -> None:
    made = json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"
    if os.environ.get("UPDATE_GOLDEN"):
        PUBLISHED.write_text(made, encoding="utf-8")
    assert PUBLISHED.read_text(encoding="utf-8") == made


def validator() -> Any:
    jsonschema.Draft202012Validator.check_schema(schema())
    return jsonschema.Draft202012Validator(schema())


VALIDATOR = validator()


def test_the_schema_is_strict_in_every_object() -> None:
    def walk(node: object) -> None:
        if isinstance(node, dict):
            if node.get("type") == "object":
                assert "additionalProperties" in node, node
            for part in node.values():
                walk(part)

    walk(schema())


@given(documents_with_words())
@WHOLE_DOCUMENTS
def test_nothing_is_lost_and_the_schema_holds(document: Document) -> None:
    data = to_data(document)
    VALIDATOR.validate(data)
    assert from_data(data) == document
    text = to_json(document)
    assert from_json(text) == document
    assert json.loads(text) == data | {"pages": data.get("pages", [])}
    text.encode("utf-8")


def test_the_sample_is_laid_out_for_people() -> None:
    text = to_json(sample())
    VALIDATOR.validate(json.loads(text))
    lines = text.splitlines()
    assert lines[1] == ' "docparse": {"schema": 1, "version": "' + data_module.__version__ + '"},'
    assert '    {"kind": "title", "bbox": [150, 220, 1500, 270], ' in text
    strings = [line for line in lines if line.count('"') > 6]
    assert all(len(line) <= 125 for line in strings)
    num_blocks = sum(len(page.blocks) for page in sample().pages)
    assert len(lines) < 5 * num_blocks


def test_defaults_are_left_out_and_numbers_are_short() -> None:
    page = Page(1, 10, 20, 200.0, blocks=(Block("paragraph", BBox(0, 1, 2, 3), "a"),))
    assert to_data(Document("s", (page,)))["pages"] == [
        {"number": 1, "width": 10, "height": 20, "dpi": 200,
         "blocks": [{"kind": "paragraph", "bbox": [0, 1, 2, 3], "text": "a"}]}
    ]  # fmt: skip


def test_halves_of_surrogate_pairs_survive() -> None:
    document = Document("s", meta={"title": "a\ud800b\udfff"})
    assert from_json(to_json(document).encode("utf-8").decode("utf-8")) == document


def test_a_document_without_pages() -> None:
    assert from_json(to_json(Document("nothing"))) == Document("nothing")
    assert from_json("\ufeff" + to_json(Document("nothing"))) == Document("nothing")


def test_what_json_cannot_write_is_our_own_mistake() -> None:
    page = Page(1, 10, 10, float("nan"))
    with pytest.raises(ValueError, match="nan cannot be written"):
        to_data(Document("s", (page,)))


def at(path: str, value: object) -> Callable[[dict[str, Any]], None]:
    """Puts a value at a dotted path; `...` deletes what is there."""

    def change(data: Any) -> None:
        *steps, last = [int(step) if step.isdigit() else step for step in path.split(".")]
        for step in steps:
            data = data[step]
        if value is ...:
            del data[last]
        else:
            data[last] = value

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (at("docparse", ...), "no `docparse` entry"),
        (at("docparse", []), "no `docparse` entry"),
        (at("docparse.schema", 2), "format 2"),
        (at("docparse.schema", 0), "$.docparse.schema"),
        (at("docparse.schema", True), "$.docparse.schema"),
        (at("docparse.schema", "1"), "$.docparse.schema"),
        (at("docparse.extra", 1), "unknown field 'extra'"),
        (at("source", ...), "$: source is missing"),
        (at("source", None), "$.source: a text is needed, not null"),
        (at("meta", {"a": 1}), "$.meta: a text is needed for 'a'"),
        (at("pages", {}), "$.pages: a list is needed, not an object"),
        (at("pages.0", 5), "$.pages[0]: an object is needed, not a whole number"),
        (at("pages.0.width", "x"), "$.pages[0].width: a whole number is needed, not a text"),
        (at("pages.0.width", 1.5), "$.pages[0].width: a whole number is needed, not a number"),
        (at("pages.0.width", True), "$.pages[0].width: a whole number is needed, not true or"),
        (at("pages.0.width", 10**400), "$.pages[0].width: the number is too large"),
        (at("pages.0.dpi", float("nan")), "$.pages[0].dpi: the number is too large or none"),
        (at("pages.0.dpi", 10**400), "$.pages[0].dpi: the number is too large or none"),
        (at("pages.0.number", ...), "$.pages[0]: number is missing"),
        (at("pages.0.blocks.1.kind", "video"), "$.pages[0].blocks[1].kind: 'video' is none of"),
        (at("pages.0.blocks.1.kind", []), "$.pages[0].blocks[1].kind: a list is none of"),
        (at("pages.0.blocks.1.surprise", 1), "$.pages[0].blocks[1]: unknown field 'surprise'"),
        (at("pages.0.blocks.1.bbox", [1, 2, 3]), "blocks[1].bbox: a box is a list of four"),
        (at("pages.0.blocks.1.bbox", [9, 2, 3, 4]), "blocks[1].bbox: box is inside out"),
        (at("pages.0.blocks.1.bbox", [0, 2, 3, "4"]), "blocks[1].bbox: a whole number is needed"),
        (at("pages.0.blocks.3.spans.0.end", 99), "$.pages[0].blocks[3]: span 0-99 does not fit"),
        (at("pages.0.blocks.3.spans.0.bold", 1), "spans[0].bold: true or false is needed"),
        (at("pages.0.blocks.3.text", None), "$.pages[0].blocks[3].text: a text is needed"),
        (at("pages.0.blocks.1.continues", None), "continues: true or false is needed, not null"),
        (at("pages.0.blocks.13.table.num_rows", 4), ".table: cells do not fill the grid"),
        (at("pages.0.blocks.13.table.num_rows", 10**9), ".table: a table of 1000000000 by"),
        (at("pages.0.blocks.13.table.num_rows", -1), ".table: a table of -1 by"),
        (at("pages.0.blocks.13.table.cells.0.rowspan", 10**9), ".table: cell 0,0 reaches"),
        (at("pages.0.blocks.13.table.cells.0.rowspan", 0), ".table: cell"),
        (at("pages.0.blocks.13.table.cells.0.col", 10**9), ".table: cells are not in row-major"),
        (at("pages.2.notes.0.code", "fine"), "$.pages[2].notes[0].code: 'fine' is none of"),
    ],
)  # fmt: skip
def test_bad_data_is_refused_with_its_place(
    change: Callable[[dict[str, Any]], None], message: str
) -> None:
    data = deepcopy(to_data(sample()))
    if message.startswith(".table: cell") and "rowspan" not in message:
        assert isinstance(sample().pages[0].blocks[13].table, Table)
    change(data)
    start = time.process_time()
    with pytest.raises(UnreadableInputError) as caught:
        from_data(data)
    assert time.process_time() - start < 1
    assert message in caught.value.message
    assert len(caught.value.message) < 400
    assert "docparse" in caught.value.hint


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", "1", "{}", '"docparse"', "{'docparse': 1}", "[" * 200_000,
     '{"docparse":' * 100_000, '{"docparse": {"schema": 1, "version": ""}, "source": NaN}',
     '{"docparse": {"schema": 1, "version": ""}, "source": "", "pages": [' + "9" * 5000 + "]}",
     '{"docparse": {"schema": 1, "version": ""}, "source": "", "pages": "' + "x" * 10**6 + '"}'],
    ids=lambda text: text[:20],
)  # fmt: skip
def test_hostile_texts_are_refused(text: str) -> None:
    with pytest.raises(UnreadableInputError) as caught:
        from_json(text)
    assert len(str(caught.value)) < 400
    assert "\n" not in str(caught.value)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)


@given(st.data())
@settings(deadline=None)
def test_any_value_in_any_place_is_read_or_refused(data: st.DataObject) -> None:
    whole = deepcopy(to_data(sample()))
    node: Any = whole
    while True:
        key = data.draw(
            st.sampled_from(sorted(node) if isinstance(node, dict) else range(len(node)))
        )
        if not isinstance(node[key], (dict, list)) or not node[key] or data.draw(st.booleans()):
            break
        node = node[key]
    node[key] = data.draw(anything)
    try:
        document = from_data(whole)
    except DocparseError:
        return
    assert from_data(to_data(document)) == document


def test_large_documents_are_written_fast() -> None:
    line = tuple(
        Word(f"word{n}", BBox(n, n, n + 9, n + 9), style=Style(25.5, "Times-Roman"))
        for n in range(400)
    )
    block = Block("paragraph", BBox(0, 0, 9, 9), "text " * 400, words=line)
    document = Document("big", tuple(Page(n, 10, 10, 200, blocks=(block,)) for n in range(1, 51)))
    start = time.process_time()
    text = to_json(document)
    assert time.process_time() - start < 3
    assert from_json(text) == document
