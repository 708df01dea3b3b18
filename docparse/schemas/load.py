"""What --schema names, or a pydantic class, to a JSON Schema that a reply can be held to."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from docparse.errors import UsageError

# The schema that is read by rules, without a model.
RULED = "invoice-jp"
BUILT_IN = (RULED,)
# Bounds of what a reply may hold where the schema sets none.
MAX_STRING, MAX_ITEMS = 400, 200


@dataclass(frozen=True, slots=True)
class Schema:
    """A schema by name; `body` is a JSON Schema whose top is an object."""

    name: str
    body: Mapping[str, Any]


def load_schema(wanted: str | Path | type | Mapping[str, Any]) -> Schema:
    """A built-in schema by name, a .json file, a pydantic class, or a schema as it is.

    Raises UsageError for what is none.
    """
    if isinstance(wanted, Mapping):
        return _checked(str(wanted.get("title") or "schema"), wanted)
    if isinstance(wanted, type):
        make = getattr(wanted, "model_json_schema", None)
        if make is None:
            raise UsageError(
                f"{wanted.__name__} is no schema", hint="give a pydantic model or a JSON Schema"
            )
        return _checked(wanted.__name__, make())
    if str(wanted) in BUILT_IN:
        text = (resources.files("docparse.schemas") / f"{wanted}.schema.json").read_text("utf-8")
        return Schema(str(wanted), json.loads(text))
    path = Path(wanted)
    if not path.is_file():
        known = ", ".join(BUILT_IN)
        raise UsageError(f"there is no schema {wanted}", hint=f"use {known}, or a .json file")
    try:
        return _checked(path.stem, json.loads(path.read_text("utf-8")))
    except (ValueError, OSError) as error:
        raise UsageError(f"{path} is no JSON Schema ({error})", hint="check the file") from error


def _checked(name: str, body: Mapping[str, Any]) -> Schema:
    from jsonschema import Draft202012Validator, SchemaError

    try:
        Draft202012Validator.check_schema(body)
    except SchemaError as error:
        raise UsageError(f"{name} is no JSON Schema: {error.message}", hint="correct it") from error
    if body.get("type") != "object":
        raise UsageError(f"schema {name} is not of an object", hint='its "type" must be "object"')
    return Schema(name, body)


def bounded(body: Any) -> Any:
    """The schema with every string and list bounded, and no properties but those it names."""
    if isinstance(body, list):
        return [bounded(part) for part in body]
    if not isinstance(body, Mapping):
        return body
    out = {key: bounded(value) for key, value in body.items()}
    kind = out.get("type")
    if kind == "string" and "enum" not in out and "maxLength" not in out:
        out["maxLength"] = MAX_STRING
    if kind == "array" and "maxItems" not in out:
        out["maxItems"] = MAX_ITEMS
    if kind == "object" and "properties" in out:
        out.setdefault("additionalProperties", False)
    return out
