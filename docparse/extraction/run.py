"""A file and a schema to a Record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docparse.errors import UsageError
from docparse.extraction import model
from docparse.extraction.draft import empty_invoice
from docparse.extraction.identity import Identity, identify, split
from docparse.extraction.invoice import read_invoice
from docparse.extraction.read import PageText, read_text, text_of
from docparse.extraction.record import PageFacts, Record, RecordNote, leaves, value_at
from docparse.extraction.sheet import Sheet
from docparse.log import at
from docparse.schemas.load import RULED, Schema, load_schema
from docparse.settings import NANO, ReadSettings

if TYPE_CHECKING:
    from docparse.engines.base import Engine
    from docparse.pages.open import Source

SchemaLike = str | Path | type | Mapping[str, Any]


def extract(
    data: Path | str | bytes,
    schema: SchemaLike = RULED,
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
    from docparse.pages.open import open_source

    settings = settings or ReadSettings()
    found = load_schema(schema)
    source_data = data if isinstance(data, bytes) else Path(data)
    name = name or ("stdin" if isinstance(source_data, bytes) else source_data.name)
    check_wish(found, settings, has_engine=engine is not None, compare=compare)
    if engine is None and settings.model:
        from docparse.engines.load import load_engine

        engine, _ = load_engine(settings)
    with (
        at(name),
        open_source(source_data, name=name, password=settings.password, dpi=settings.dpi) as source,
    ):
        texts = _read(source, settings, has_engine=engine is not None)
        if engine is not None:
            texts = list(model.ask(engine, source, texts, found, max_pixels=settings.max_pixels))
        return to_record(texts, found, source=name, asked=engine is not None, compare=compare)


def check_wish(
    schema: Schema, settings: ReadSettings, *, has_engine: bool = False, compare: bool
) -> None:
    """Raises UsageError for what cannot be done without a model, or not with docparse-nano."""
    if settings.model == NANO:
        raise UsageError(
            "docparse-nano reads pages and answers no schema", hint="leave out --reading page"
        )
    has_engine = has_engine or bool(settings.model)
    by_rules = schema.name == RULED
    if not has_engine and not by_rules:
        raise UsageError(
            f"schema {schema.name} cannot be read by rules", hint="name a model with --model"
        )
    if compare and not (has_engine and by_rules):
        raise UsageError(
            "there is nothing to compare", hint="use --schema invoice-jp together with --model"
        )


def _read(source: Source, settings: ReadSettings, *, has_engine: bool) -> list[PageText]:
    if source.kind in ("document", "reply"):
        from docparse.reading.saved import read_saved

        if has_engine:
            raise no_pictures(source.name)
        return [text_of(page) for page in read_saved(source.text, source.name, source.kind).pages]
    from docparse.pages.select import select_pages

    numbers = select_pages(settings.pages, source.num_pages)
    return [read_text(source, number, settings.reader) for number in numbers]


def no_pictures(name: str) -> UsageError:
    """A model is to look at pages of which there are words only."""
    return UsageError(f"{name} has no page pictures for a model", hint="give the PDF or the image")


def to_record(
    texts: Sequence[PageText], schema: Schema, *, source: str, asked: bool, compare: bool = False
) -> Record:
    """The record of a document: of what a model replied where it was `asked`, else by rules."""
    if not asked:
        return by_rules(texts, source=source)
    record = model.to_record(texts, schema, source=source)
    return _compared(record, by_rules(texts, source=source)) if compare else record


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


def by_rules(texts: Sequence[PageText], *, source: str) -> Record:
    """The record of an invoice by rules; further invoices are in `more`."""
    notes = tuple(text.note for text in texts if text.note)
    facts = {text.facts.number: text.facts for text in texts}
    sheets = [sheet for sheet in (text.sheet for text in texts) if sheet.pieces]
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
    return Record(source, RULED, empty_invoice(), notes=notes, pages=facts)
