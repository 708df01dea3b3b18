"""Records by a capable model: a schema-held reply for each page, every value found again or not.

A reply is untrusted: what does not stand on the page does not reach the data.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from docparse import prompting
from docparse.engines.base import Engine, Request
from docparse.extraction.read import PageText
from docparse.extraction.record import Evidence, Record, RecordNote
from docparse.extraction.search import find_value
from docparse.extraction.sheet import Sheet
from docparse.schemas.load import Schema, bounded

if TYPE_CHECKING:
    from docparse.pages.open import Source

MAX_TOKENS = 4096


def ask(
    engine: Engine,
    source: Source,
    texts: Sequence[PageText],
    schema: Schema,
    *,
    max_pixels: int | None,
) -> Iterator[PageText]:
    """The pages with what the model says of each, held to the schema; blank ones as they are."""
    held = bounded(schema.body)
    message = prompting.fill(
        prompting.load("extract-json"), schema=json.dumps(held, ensure_ascii=False)
    )
    shown = [t for t in texts if t.facts.width and not (t.note and t.note.code == "blank")]

    def requests() -> Iterator[Request]:
        from docparse.pages.native import render

        for text in shown:
            picture = render(source.page(text.facts.number))
            size = engine.size_for(picture.width, picture.height, max_pixels=max_pixels)
            picture = picture.resize(size, resample=3)
            yield Request(message, picture, max_tokens=MAX_TOKENS, schema=held)

    replies = dict(engine.generate(requests())) if shown else {}
    for text in texts:
        if text not in shown:
            yield text
            continue
        reply = replies[shown.index(text)]
        yield replace(text, reply=reply.text, finish=reply.finish)


def to_record(texts: Sequence[PageText], schema: Schema, *, source: str) -> Record:
    """The replies of all pages as one record; values that are on no page are left out."""
    notes = [text.note for text in texts if text.note]
    data = empty(schema.body, schema.body)
    evidence: dict[str, tuple[Evidence, ...]] = {}
    for text in texts:
        if not text.finish:
            continue
        number = text.facts.number
        try:
            claimed = json.loads(text.reply)
            if not isinstance(claimed, dict):
                raise ValueError("it is no object")
        except ValueError as error:
            message = f"the reply is no JSON of the schema ({text.finish}: {error})"
            notes.append(RecordNote("bad-reply", message, number))
            continue
        kept = _Keeper([text.sheet], number, evidence, notes, schema.body)
        kept.merge(data, claimed, schema.body, "")
    facts = tuple(text.facts for text in texts)
    return Record(source, schema.name, data, evidence, notes=tuple(notes), pages=facts)


class _Keeper:
    """Moves what stands on a page from a reply into the data."""

    def __init__(
        self,
        sheets: Sequence[Sheet],
        number: int,
        evidence: dict[str, tuple[Evidence, ...]],
        notes: list[RecordNote],
        root: Mapping[str, Any],
    ) -> None:
        self._sheets, self._number = sheets, number
        self._evidence, self._notes, self._root = evidence, notes, root

    def merge(self, into: Any, claimed: Any, body: Mapping[str, Any], pointer: str) -> None:
        """Fills what is still empty in `into`; lists grow by the entries of each page."""
        for key, value in claimed.items():
            part = resolve(body, self._root).get("properties", {}).get(key)
            name = key.replace("~", "~0").replace("/", "~1")
            if part is None or value is None:
                continue
            at = f"{pointer}/{name}"
            if isinstance(value, dict):
                if not isinstance(into.get(key), dict):
                    into[key] = empty(part, self._root)
                if isinstance(into[key], dict):
                    self.merge(into[key], value, resolve(part, self._root), at)
            elif isinstance(value, list):
                self._extend(into, key, value, resolve(part, self._root), at)
            elif into.get(key) is None:
                into[key] = self._kept(value, part, at)

    def _extend(
        self, into: Any, key: str, values: list[Any], body: Mapping[str, Any], pointer: str
    ) -> None:
        entries = into[key] if isinstance(into.get(key), list) else []
        into[key] = entries
        item = body.get("items", {})
        for value in values:
            at = f"{pointer}/{len(entries)}"
            if isinstance(value, dict):
                entry = empty(item, self._root)
                self.merge(entry, value, resolve(item, self._root), at)
                if any(pointer_.startswith(f"{at}/") for pointer_ in self._evidence):
                    entries.append(entry)
            elif (kept := self._kept(value, item, at)) is not None:
                entries.append(kept)

    def _kept(self, value: Any, body: Mapping[str, Any], pointer: str) -> Any:
        """The value if it stands on the page, else None and a note."""
        body = resolve(body, self._root)
        if isinstance(value, bool) or "enum" in body or "const" in body:
            self._note("judged", f"{pointer} is {value!r}, which no word on the page can prove")
            return value
        places = find_value(self._sheets, value)
        if not places:
            self._note("not-found", f"{pointer}: {str(value)[:80]!r} is not on the page")
            return None
        self._evidence[pointer] = places
        return value

    def _note(self, code: Any, message: str) -> None:
        self._notes.append(RecordNote(code, message, self._number))


def resolve(body: Mapping[str, Any], root: Mapping[str, Any]) -> Mapping[str, Any]:
    """A part of a schema with its reference followed, and of several choices the first real one."""
    for _ in range(16):
        if "$ref" in body:
            node: Any = root
            for name in str(body["$ref"]).removeprefix("#/").split("/"):
                node = node.get(name, {}) if isinstance(node, Mapping) else {}
            body = node
            continue
        choices = body.get("anyOf") or body.get("oneOf")
        real = [choice for choice in choices or () if choice.get("type") != "null"]
        if not real:
            break
        body = real[0]
    return body


def empty(body: Mapping[str, Any], root: Mapping[str, Any]) -> Any:
    """A value of the schema in which nothing is known."""
    body = resolve(body, root)
    kind = body.get("type")
    kind = next((k for k in kind if k != "null"), None) if isinstance(kind, list) else kind
    if kind == "object" or "properties" in body:
        return {name: empty(part, root) for name, part in body.get("properties", {}).items()}
    return [] if kind == "array" else None
