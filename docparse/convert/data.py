"""A Document to JSON and back without loss, in a format with a number and a published schema.

The format is `document.schema.json` beside this module, made from the dataclasses of
`docparse.types` by `schema()`; there is no other list of its fields.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NoReturn

from docparse import __version__
from docparse.convert.records import MisfitError, decoder, encoder, json_schema
from docparse.errors import UnreadableInputError
from docparse.types import Document, Page

# Raised by one with every change that an older reader would refuse.
SCHEMA = 1
# A line of JSON is broken when it would be longer, in characters.
WIDTH = 120


@dataclass(frozen=True, slots=True)
class Stamp:
    """The number of this format, and the version of docparse that wrote the document."""

    schema: int
    version: str


_STAMP = Stamp(SCHEMA, __version__)
_flat = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode
_SURROGATE = re.compile("[\ud800-\udfff]")


def to_data(document: Document) -> dict[str, Any]:
    """The document as plain dicts, lists, strings and numbers, as in the published schema.

    A number that is not finite, which JSON has no way to write, is a ValueError.
    """
    return {"docparse": encoder(Stamp)(_STAMP), **encoder(Document)(document)}


def from_data(data: object) -> Document:
    """The document that `to_data` was given; UnreadableInputError says where data is wrong."""
    if not isinstance(data, dict) or not isinstance(data.get("docparse"), dict):
        _refuse("$: there is no `docparse` entry")
    number = data["docparse"].get("schema")
    if type(number) is int and number > SCHEMA:
        raise UnreadableInputError(
            f"the document was written in format {number}, and this docparse reads {SCHEMA}",
            hint="update it with `pip install -U docparse`",
        )
    if number != SCHEMA or type(number) is not int:
        _refuse(f"$.docparse.schema: {SCHEMA} is needed")
    try:
        decoder(Stamp)(data["docparse"])
        document = decoder(Document)({k: v for k, v in data.items() if k != "docparse"})
    except MisfitError as misfit:
        _refuse(str(misfit))
    assert isinstance(document, Document)
    return document


def to_json(document: Document) -> str:
    """The document as JSON in lines that people can read, and that differ where it does."""
    encode = encoder(Page)
    head: dict[str, Any] = {"docparse": encoder(Stamp)(_STAMP), "source": document.source}
    if document.meta:
        head["meta"] = document.meta
    lines = ["{", *(f' "{name}": {_laid_out(value, 1)},' for name, value in head.items())]
    lines.append(' "pages": [')
    # One page after the other, so that no more than one lies in memory as dicts.
    for number, page in enumerate(document.pages):
        lines.append(f"  {_laid_out(encode(page), 2)}" + "," * (number + 1 < len(document.pages)))
    # Halves of a surrogate pair, which some PDFs hold, have no form in UTF-8.
    lines = [_SURROGATE.sub(lambda match: f"\\u{ord(match[0]):04x}", line) for line in lines]
    return "\n".join([*lines, " ]", "}", ""])


def from_json(text: str) -> Document:
    """The document in a text that `to_json` wrote; UnreadableInputError says what is wrong."""
    try:
        data = json.loads(text.lstrip("\ufeff"), parse_constant=_no_number)
    except RecursionError:
        _refuse("$: it is nested too deeply")
    except ValueError as error:
        _refuse(f"it is not JSON: {error}")
    return from_data(data)


def schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of what `to_data` returns."""
    definitions: dict[str, Any] = {}
    root = json_schema(Document, definitions)
    stamp = json_schema(Stamp, definitions)
    stamp["properties"]["schema"] = {"const": SCHEMA}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:docparse:document:{SCHEMA}",
        "title": "docparse document",
        **root,
        "properties": {"docparse": stamp, **root["properties"]},
        "required": ["docparse", *root["required"]],
        "$defs": dict(sorted(definitions.items())),
    }


def _refuse(problem: str) -> NoReturn:
    raise UnreadableInputError(
        f"this is no docparse document: {problem}",
        hint="write it again with `docparse FILE -o FILE.json`",
    )


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


def _laid_out(value: Any, indent: int) -> str:
    """JSON that stays on one line where it fits, and else has a line for each long part of it."""
    if not isinstance(value, (dict, list)) or not _is_long(value):
        flat = _flat(value)
        if not isinstance(value, (dict, list)) or len(flat) + indent <= WIDTH:
            return flat
    if isinstance(value, dict):
        parts = [f"{_flat(key)}: {_laid_out(item, indent + 1)}" for key, item in value.items()]
        lines = list(_filled(parts, indent))
    else:
        lines = [_laid_out(item, indent + 1) for item in value]
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    separator = ",\n" + " " * (indent + 1)
    return f"{opening}\n{' ' * (indent + 1)}{separator.join(lines)}\n{' ' * indent}{closing}"


def _is_long(value: dict[str, Any] | list[Any]) -> bool:
    """Whether a value is sure not to fit one line, found out without writing it."""
    if isinstance(value, list):
        return len(value) > WIDTH // 3
    return any(
        (isinstance(item, str) and len(item) > WIDTH) or (isinstance(item, list) and _is_long(item))
        for item in value.values()
    )


def _filled(parts: list[str], indent: int) -> Iterator[str]:
    """Short parts side by side, as many as a line holds."""
    line = ""
    for part in parts:
        if line and ("\n" in part or "\n" in line or len(line) + len(part) + indent + 3 > WIDTH):
            yield line
            line = ""
        line = f"{line}, {part}" if line else part
    if line:
        yield line
