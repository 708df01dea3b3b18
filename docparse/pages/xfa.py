"""The fields of an XFA form, which only a few programs can draw: their labels and values."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from docparse.mupdf import pymupdf
from docparse.pages.clean import clean

if TYPE_CHECKING:
    from lxml.etree import _Element

# More bytes than this are no form that somebody filled in.
MAX_BYTES = 50_000_000
_UNSEEN = ("hidden", "invisible", "inactive")


def is_undrawn(document: pymupdf.Document) -> bool:
    """Whether the pages hold at most a placeholder for a form that is drawn by its program."""
    catalog = document.pdf_catalog()
    if catalog <= 0:
        return False
    if document.xref_get_key(catalog, "NeedsRendering") == ("bool", "true"):
        return True
    if document.xref_get_key(catalog, "AcroForm/XFA")[0] == "null":
        return False
    fields = document.xref_get_key(catalog, "AcroForm/Fields")
    return fields[0] == "array" and not fields[1].strip("[] ")


def read_values(document: pymupdf.Document) -> tuple[tuple[str, str], ...]:
    """Label and value of each field that is filled in and not hidden, in the order of the data."""
    form = _form(document)
    if form is None:
        return ()
    labels: dict[str, str] = {}
    for template in _inside(form, "template"):
        labels.update(_labels(template))
    found = []
    for entry in (entry for data in _inside(form, "datasets") for entry in data.iter()):
        value = "" if len(entry) else _tidy(entry.text or "")
        if value and _name(entry) in labels:
            found.append((labels[_name(entry)], value))
    return tuple(found)


def _form(document: pymupdf.Document) -> _Element | None:
    """The XML of the form, which may be cut into packets."""
    from lxml import etree

    kind, value = document.xref_get_key(document.pdf_catalog(), "AcroForm/XFA")
    if kind == "xref":
        # an object of its own may be the whole form, or the list of its packets
        xref = int(value.split()[0])
        value = value if document.xref_is_stream(xref) else document.xref_object(xref)
    packets = (document.xref_stream(int(xref)) for xref in re.findall(r"(\d+) 0 R", value))
    text = b"".join(packet or b"" for packet in packets)
    # nothing from outside, and no entity that grows without end
    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True)
    return etree.fromstring(text, parser) if 0 < len(text) < MAX_BYTES else None


def _labels(template: _Element) -> Iterator[tuple[str, str]]:
    """The name of each field that is shown in the data, and its caption."""
    for field in _inside(template, "field"):
        if any(a.get("presence") in _UNSEEN for a in (field, *field.iterancestors())):
            continue
        captions = [_tidy(" ".join(c.itertext("{*}*"))) for c in field if _name(c) == "caption"]
        refs = [c.get("ref", "") for c in field if _name(c) == "bind"]
        name = re.sub(r"\[.*?\]", "", "".join(refs)).rpartition(".")[2] or field.get("name", "")
        yield name, next(filter(None, captions), name)


def _inside(element: _Element, name: str) -> Iterator[_Element]:
    return (inner for inner in element.iter() if _name(inner) == name)


def _name(element: _Element) -> str:
    """The name of an element without its namespace, "" for a comment."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _tidy(text: str) -> str:
    return " ".join(clean(text).split())
