"""Dataclasses to plain data and back, and the JSON Schema of that data, all by their type hints.

Fields that have their default are left out, a box is `[x0, y0, x1, y1]`, and all else is what JSON
makes of it. The hints in use are dataclasses, BBox, str, bool, int, float, Literal,
`tuple[X, ...]`, `dict[str, str]`, and `X | None` for fields whose default is None.
"""

from __future__ import annotations

import inspect
import math
import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from functools import cache
from typing import Any, Literal, get_args, get_origin, get_type_hints

from docparse.types import BBox

# No page, table or document comes near it; within it all arithmetic is cheap and exact.
LARGEST = 1_000_000_000


class MisfitError(ValueError):
    """Data that is not what the hints ask for; `path` leads to the place, outermost first."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.path: list[str | int] = []

    def at(self, step: str | int) -> MisfitError:
        """The same, seen from one container further out."""
        self.path.insert(0, step)
        return self

    def __str__(self) -> str:
        steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in self.path)
        return f"${''.join(steps)}: {self.problem}"


@cache
def encoder(hint: Any) -> Callable[[Any], Any]:
    """A function from a value of the hinted type to plain data."""
    hint = _without_none(hint)
    if hint is BBox:
        return lambda box: [int(box.x0), int(box.y0), int(box.x1), int(box.y1)]
    if _is_record(hint):
        return _dataclass_encoder(hint)
    if get_origin(hint) is tuple:
        encode = encoder(get_args(hint)[0])
        return lambda values: [encode(value) for value in values]
    if get_origin(hint) is dict:
        return dict
    return _number if hint is float else int if hint is int else lambda value: value


@cache
def decoder(hint: Any) -> Callable[[Any], Any]:
    """A function from plain data to a value of the hinted type; it raises MisfitError."""
    hint = _without_none(hint)
    if hint is BBox:
        return _box
    if _is_record(hint):
        return _dataclass_decoder(hint)
    origin = get_origin(hint)
    if origin is tuple:
        return _tuple_decoder(decoder(get_args(hint)[0]))
    if origin is dict:
        return _text_mapping
    if origin is Literal:
        return _choice_decoder(get_args(hint))
    return {str: _text, bool: _truth, int: _whole, float: _real}[hint]


def json_schema(root: type, definitions: dict[str, Any]) -> dict[str, Any]:
    """The JSON Schema of a dataclass; those of the classes in it go into `definitions`."""
    properties: dict[str, Any] = {}
    hints = get_type_hints(root)
    for field in fields(root):
        properties[field.name] = _schema(hints[field.name], definitions)
        if _default(field) not in (MISSING, None, (), {}):
            properties[field.name] = {**properties[field.name], "default": _default(field)}
    return {
        "type": "object",
        "description": " ".join((inspect.getdoc(root) or "").split()),
        "properties": properties,
        "required": [field.name for field in fields(root) if _default(field) is MISSING],
        "additionalProperties": False,
    }


def _schema(hint: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    hint = _without_none(hint)
    if _is_record(hint):
        name = hint.__name__
        if name not in definitions:
            definitions[name] = {}  # holds the place while the class's own fields are described
            definitions[name] = _box_schema() if hint is BBox else json_schema(hint, definitions)
        return {"$ref": f"#/$defs/{name}"}
    origin = get_origin(hint)
    if origin is tuple:
        return {"type": "array", "items": _schema(get_args(hint)[0], definitions)}
    if origin is dict:
        return {"type": "object", "additionalProperties": {"type": "string"}}
    if origin is Literal:
        return {"enum": list(get_args(hint))}
    if hint is int:
        return {"type": "integer", "minimum": -LARGEST, "maximum": LARGEST}
    return {"type": {str: "string", bool: "boolean", float: "number"}[hint]}


def _box_schema() -> dict[str, Any]:
    return {
        "type": "array",
        "description": "x0, y0, x1, y1 in whole native pixels: x0 <= x1 and y0 <= y1.",
        "items": {"type": "integer", "minimum": -LARGEST, "maximum": LARGEST},
        "minItems": 4,
        "maxItems": 4,
    }


def _without_none(hint: Any) -> Any:
    if isinstance(hint, types.UnionType):
        (hint,) = (part for part in get_args(hint) if part is not types.NoneType)
    return hint


def _is_record(hint: Any) -> bool:
    return isinstance(hint, type) and is_dataclass(hint)


def _default(field: Field[Any]) -> Any:
    return field.default if field.default_factory is MISSING else field.default_factory()


def _dataclass_encoder(root: type) -> Callable[[Any], dict[str, Any]]:
    hints = get_type_hints(root)
    plan = [(f.name, _default(f), encoder(hints[f.name])) for f in fields(root)]

    def encode(value: Any) -> dict[str, Any]:
        data = {}
        for name, default, encode_field in plan:
            item = getattr(value, name)
            if item != default:
                data[name] = encode_field(item)
        return data

    return encode


def _dataclass_decoder(root: type) -> Callable[[Any], Any]:
    hints = get_type_hints(root)
    decoders = {field.name: decoder(hints[field.name]) for field in fields(root)}
    required = [field.name for field in fields(root) if _default(field) is MISSING]

    def decode(data: Any) -> Any:
        if not isinstance(data, dict):
            raise MisfitError(f"an object is needed, not {_name_of(data)}")
        values = {}
        for name, item in data.items():
            decode_field = decoders.get(name)
            if decode_field is None:
                raise MisfitError(f"unknown field {_shown(name)}")
            try:
                values[name] = decode_field(item)
            except MisfitError as misfit:
                raise misfit.at(name) from None
        for name in required:
            if name not in values:
                raise MisfitError(f"{name} is missing")
        try:
            return root(**values)
        except ValueError as error:
            raise MisfitError(str(error)) from error

    return decode


def _tuple_decoder(decode: Callable[[Any], Any]) -> Callable[[Any], tuple[Any, ...]]:
    def decode_all(data: Any) -> tuple[Any, ...]:
        if not isinstance(data, list):
            raise MisfitError(f"a list is needed, not {_name_of(data)}")
        values = []
        for index, item in enumerate(data):
            try:
                values.append(decode(item))
            except MisfitError as misfit:
                raise misfit.at(index) from None
        return tuple(values)

    return decode_all


def _choice_decoder(choices: tuple[str, ...]) -> Callable[[Any], str]:
    by_value = {choice: choice for choice in choices}

    def decode(data: Any) -> str:
        if not isinstance(data, str) or data not in by_value:
            raise MisfitError(f"{_shown(data)} is none of {', '.join(map(repr, choices))}")
        return by_value[data]

    return decode


def _box(data: Any) -> BBox:
    if not isinstance(data, list) or len(data) != 4:
        raise MisfitError("a box is a list of four whole numbers")
    try:
        return BBox(*map(_whole, data))
    except MisfitError:
        raise
    except ValueError as error:
        raise MisfitError(str(error)) from error


def _text_mapping(data: Any) -> dict[str, str]:
    if not isinstance(data, Mapping):
        raise MisfitError(f"an object is needed, not {_name_of(data)}")
    for name, item in data.items():
        if not isinstance(item, str):
            raise MisfitError(f"a text is needed for {_shown(name)}, not {_name_of(item)}")
    return dict(data)


def _text(data: Any) -> str:
    if not isinstance(data, str):
        raise MisfitError(f"a text is needed, not {_name_of(data)}")
    return data


def _truth(data: Any) -> bool:
    if not isinstance(data, bool):
        raise MisfitError(f"true or false is needed, not {_name_of(data)}")
    return data


def _whole(data: Any) -> int:
    if type(data) is not int:
        raise MisfitError(f"a whole number is needed, not {_name_of(data)}")
    if not -LARGEST <= data <= LARGEST:
        raise MisfitError("the number is too large")
    return data


def _real(data: Any) -> float:
    if type(data) not in (int, float):
        raise MisfitError(f"a number is needed, not {_name_of(data)}")
    if not -1e300 <= data <= 1e300:  # not a number fails this too
        raise MisfitError("the number is too large or none at all")
    return float(data)


def _number(value: float) -> float | int:
    if not math.isfinite(value):
        raise ValueError(f"{value} cannot be written as JSON")
    value = float(value)
    return int(value) if value.is_integer() and abs(value) < LARGEST else value


def _name_of(data: Any) -> str:
    names = {dict: "an object", list: "a list", str: "a text", bool: "true or false",
             int: "a whole number", float: "a number", type(None): "null"}  # fmt: skip
    return names.get(type(data), type(data).__name__)


def _shown(data: Any) -> str:
    text = repr(data) if isinstance(data, str) else _name_of(data)
    return text if len(text) <= 60 else text[:57] + "..."
