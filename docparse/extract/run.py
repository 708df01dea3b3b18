"""A file and a schema to a Record."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from docparse.extract.draft import empty_invoice
from docparse.extract.identity import Identity, identify, split
from docparse.extract.invoice import read_invoice
from docparse.extract.read import SheetRead, document_sheets, read_sheets
from docparse.extract.record import PageFacts, Record, RecordNote
from docparse.extract.sheet import Sheet
from docparse.log import at
from docparse.settings import ReadSettings


def extract_invoice(
    data: Path | bytes, settings: ReadSettings | None = None, *, name: str
) -> Record:
    """The invoice in a file, by rules; further ones of the same file in `more`.

    Raises a DocparseError if the file cannot be opened. Pages that cannot be read, and files that
    hold no invoice, are notes of the record.
    """
    from docparse.pages.open import open_source
    from docparse.pages.select import select_pages
    from docparse.reading.saved import read_saved

    settings = settings or ReadSettings()
    with (
        at(name),
        open_source(data, name=name, password=settings.password, dpi=settings.dpi) as source,
    ):
        if source.kind in ("document", "reply"):
            document = read_saved(source.text, source.name, source.kind)
            return to_record(list(document_sheets(document)), source=name)
        numbers = select_pages(settings.pages, source.num_pages)
        return to_record(list(read_sheets(source, numbers)), source=name)


def to_record(read: list[SheetRead], *, source: str) -> Record:
    """The record of pages that have been read, one for each invoice."""
    notes = tuple(r.note for r in read if r.note)
    facts = {r.facts.number: r.facts for r in read}
    sheets = [r.sheet for r in read if r.sheet.pieces]
    records: list[Record] = []
    for group in split(sheets):
        identity = identify(group)
        if identity.sure:
            record = read_invoice(group, identity, source=source)
            pages = tuple(facts[sheet.number] for sheet in group)
            records.append(
                replace(record, pages=pages, notes=(*record.notes, *_other(identity, group)))
            )
    all_facts = tuple(r.facts for r in read)
    if not records:
        return _nothing(source, notes, sheets, all_facts)
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
    if sheets:
        message = "no title, number and total of an invoice were found; nothing is taken from it"
        notes = (*notes, RecordNote("not-an-invoice", message))
    return Record(source, "invoice-jp", empty_invoice(), notes=notes, pages=facts)
