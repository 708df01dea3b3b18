"""A file and a schema to a Record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docparse.errors import UsageError
from docparse.extraction.draft import empty_invoice
from docparse.extraction.identity import Identity, identify, split
from docparse.extraction.invoice import read_invoice
from docparse.extraction.read import SheetRead, document_sheets, read_sheets
from docparse.extraction.record import PageFacts, Record, RecordNote, leaves, value_at
from docparse.extraction.sheet import Sheet
from docparse.log import at
from docparse.schemas.load import Schema, load_schema
from docparse.settings import ReadSettings

if TYPE_CHECKING:
    from docparse.engines.base import Engine
    from docparse.pages.open import Source

SchemaLike = str | Path | type | Mapping[str, Any]


def extract(
    data: Path | str | bytes,
    schema: SchemaLike = "invoice-jp",
    settings: ReadSettings | None = None,
    *,
    name: str = "",
    compare: bool = False,
    engine: Engine | None = None,
) -> Record:
    """What a file says of a schema: a built-in one by name, a JSON Schema, or a pydantic class.

    `invoice-jp` is read by rules, further invoices of the file in `more`; with `settings.model`,
    or an `engine`, by the model, and every other schema needs one. `compare`: read in both ways,
    differences noted. Raises a DocparseError if the file cannot be opened; pages that cannot be
    read, and files that hold no invoice, are notes of the record.
    """
    from docparse.pages.lean import import_lean
    from docparse.pages.open import open_source

    import_lean()
    settings = settings or ReadSettings()
    found = load_schema(schema)
    source_data = data if isinstance(data, bytes) else Path(data)
    name = name or ("stdin" if isinstance(source_data, bytes) else source_data.name)
    engine = engine or (_load_engine(settings) if settings.model else None)
    by_rules = found.name == "invoice-jp"
    _check(found, by_rules=by_rules, has_engine=engine is not None, compare=compare)
    with (
        at(name),
        open_source(source_data, name=name, password=settings.password, dpi=settings.dpi) as source,
    ):
        read = _read(source, settings)
        record = to_record(read, source=name) if by_rules else None
        if engine is None and record is not None:
            return record
        assert engine is not None
        asked = _ask(engine, source, read, found, settings)
        return _compared(asked, record) if compare and record else asked


def _check(schema: Schema, *, by_rules: bool, has_engine: bool, compare: bool) -> None:
    if not has_engine and not by_rules:
        raise UsageError(
            f"schema {schema.name} cannot be read by rules", hint="name a model with --model"
        )
    if compare and not (has_engine and by_rules):
        raise UsageError(
            "there is nothing to compare", hint="use --schema invoice-jp together with --model"
        )


def _read(source: Source, settings: ReadSettings) -> list[SheetRead]:
    from docparse.pages.select import select_pages

    if source.kind in ("document", "reply"):
        from docparse.reading.saved import read_saved

        return list(document_sheets(read_saved(source.text, source.name, source.kind)))
    numbers = select_pages(settings.pages, source.num_pages)
    return list(read_sheets(source, numbers, settings.reader))


def _load_engine(settings: ReadSettings) -> Engine:
    from docparse.engines.local import LocalEngine, find_checkpoint

    folder = find_checkpoint(settings.model)
    return LocalEngine(folder, name=settings.model, bits=settings.quantize)


def _ask(
    engine: Engine, source: Source, read: list[SheetRead], schema: Schema, settings: ReadSettings
) -> Record:
    from docparse.extraction import model

    if source.kind in ("document", "reply"):
        raise UsageError(
            f"{source.name} has no page pictures for a model", hint="give the PDF or the image"
        )
    pages = [source.page(r.facts.number) for r in read if r.facts.width and not _is_blank(r)]
    replies = list(model.ask(engine, pages, schema, max_pixels=settings.max_pixels))
    record = model.to_record(replies, [r.sheet for r in read], schema, source=source.name)
    notes = tuple(r.note for r in read if r.note)
    facts = tuple(r.facts for r in read)
    return replace(record, notes=(*notes, *record.notes), pages=facts)


def _is_blank(read: SheetRead) -> bool:
    return read.note is not None and read.note.code == "blank"


def _compared(asked: Record, ruled: Record) -> Record:
    """The model's record, with a note for each value that the rules read otherwise."""
    notes: list[RecordNote] = []
    pointers = dict.fromkeys(p for record in (ruled, asked) for p, _ in leaves(record.data))
    for pointer in pointers:
        ours, theirs = value_at(ruled.data, pointer), value_at(asked.data, pointer)
        if ours != theirs:
            message = f"{pointer}: by rules {ours!r}, by the model {theirs!r}"
            notes.append(RecordNote("differs", message))
    return replace(asked, checks=ruled.checks, notes=(*asked.notes, *notes))


def to_record(read: list[SheetRead], *, source: str) -> Record:
    """The record of an invoice by rules, from pages that have been read."""
    notes = tuple(r.note for r in read if r.note)
    facts = {r.facts.number: r.facts for r in read}
    sheets = [r.sheet for r in read if r.sheet.pieces]
    records: list[Record] = []
    for group in split(sheets):
        identity = identify(group)
        if identity.sure:
            record = read_invoice(group, identity, source=source)
            pages = tuple(facts[sheet.number] for sheet in group)
            own = (*record.notes, *_other(identity, group))
            records.append(replace(record, pages=pages, notes=own))
    if not records:
        return _nothing(source, notes, sheets, tuple(facts.values()))
    first, *more = records
    if more:
        numbers = ", ".join(str(record.pages[0].number) for record in more)
        message = f"the file holds {len(records)} invoices; others begin on page {numbers}"
        notes = (*notes, RecordNote("several-invoices", message))
    return replace(first, notes=(*notes, *first.notes), more=tuple(more))


def _other(identity: Identity, group: list[Sheet]) -> tuple[RecordNote, ...]:
    if not identity.is_other or identity.kind is None or identity.title is None:
        return ()
    message = f"{identity.title.value} is no invoice ({identity.kind.value})"
    return (RecordNote("other-document", message, group[0].number),)


def _nothing(
    source: str, notes: tuple[RecordNote, ...], sheets: list[Sheet], facts: tuple[PageFacts, ...]
) -> Record:
    """The empty record of a file in which no invoice was found."""
    if sheets or not notes:
        message = "no title, number and total of an invoice were found; nothing is taken from it"
        notes = (*notes, RecordNote("not-an-invoice", message))
    return Record(source, "invoice-jp", empty_invoice(), notes=notes, pages=facts)
