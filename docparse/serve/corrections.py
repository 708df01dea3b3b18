"""What a person put right in a document: kept as they said it, and applied to what was read."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, TypeVar, get_args

from docparse.files import write_whole
from docparse.types import BBox, Block, Cell, Document, Kind, ListItem, Page, Word

_KINDS: frozenset[str] = frozenset(get_args(Kind))
MOST_TEXT = 100_000
_LARGEST = 1_000_000


@dataclass(frozen=True, slots=True)
class Correction:
    """One change; None leaves a thing as it is.

    `block`: index in its page. `part`: index of a table's cell or a list's item, whose text and
    box are then meant. A ValueError says what is wrong with a value.
    """

    page: int
    block: int
    part: int | None = None
    text: str | None = None
    kind: Kind | None = None
    bbox: tuple[int, int, int, int] | None = None

    def __post_init__(self) -> None:
        if self.kind is not None and self.kind not in _KINDS:
            raise ValueError(f"no kind is called {self.kind}")
        if self.text is not None and len(self.text) > MOST_TEXT:
            raise ValueError(f"a text has at most {MOST_TEXT} characters")
        if self.bbox is not None:
            x0, y0, x1, y1 = self.bbox
            if not (0 <= x0 < x1 <= _LARGEST and 0 <= y0 < y1 <= _LARGEST):
                raise ValueError("a box is x0 y0 x1 y1 in pixels, not inside out")

    @property
    def place(self) -> tuple[int, int, int]:
        return self.page, self.block, -1 if self.part is None else self.part


def load(path: Path) -> list[Correction]:
    """The corrections in a file, none if there is no file."""
    if not path.exists():
        return []
    return [_from_data(entry) for entry in json.loads(path.read_text(encoding="utf-8"))]


def _from_data(entry: dict[str, Any]) -> Correction:
    bbox = entry.get("bbox")
    return Correction(**{**entry, "bbox": None if bbox is None else tuple(bbox)})


def save(path: Path, corrections: Iterable[Correction]) -> None:
    """Writes the corrections as JSON."""
    data = [asdict(correction) for correction in corrections]
    write_whole(path, json.dumps(data, ensure_ascii=False, indent=1).encode("utf-8"))


def merge(corrections: Sequence[Correction], new: Correction) -> list[Correction]:
    """The corrections with a new one, which goes on from an earlier one of the same place."""
    kept = [one for one in corrections if one.place != new.place]
    for one in corrections:
        if one.place == new.place:
            new = replace(
                new,
                text=one.text if new.text is None else new.text,
                kind=new.kind or one.kind,
                bbox=new.bbox or one.bbox,
            )
    return [*kept, new]


def correct(document: Document, corrections: Iterable[Correction]) -> Document:
    """The document with the corrections; IndexError for one that is about nothing there is."""
    pages = {page.number: page for page in document.pages}
    for correction in corrections:
        if correction.page not in pages:
            raise IndexError(f"there is no page {correction.page}")
        pages[correction.page] = _correct_page(pages[correction.page], correction)
    return replace(document, pages=tuple(pages[page.number] for page in document.pages))


def _correct_page(page: Page, correction: Correction) -> Page:
    if not 0 <= correction.block < len(page.blocks):
        raise IndexError(f"page {page.number} has no block {correction.block}")
    blocks = list(page.blocks)
    blocks[correction.block] = _correct_block(blocks[correction.block], correction)
    return replace(page, blocks=tuple(blocks))


def _correct_block(block: Block, correction: Correction) -> Block:
    if correction.part is not None:
        return _correct_part(block, correction.part, correction)
    if correction.text is not None and correction.text != block.text:
        if block.table or block.items:
            raise IndexError("the text of a table or a list is that of its parts")
        block = replace(
            block,
            text=correction.text,
            spans=(),
            words=_rewrite(block.words, correction.text),
            confidence=1.0,
        )
    if correction.kind and correction.kind != block.kind:
        level = (block.level or 2) if correction.kind == "heading" else 0
        block = replace(block, kind=correction.kind, level=level)
    if correction.bbox:
        block = replace(block, bbox=BBox(*correction.bbox))
    return block


def _rewrite(words: Sequence[Word], text: str) -> tuple[Word, ...]:
    """The words with new texts where each keeps its place, else none: their boxes tell nothing."""
    parts = text.split()
    old = "".join(word.text + " " * word.space_after for word in words).split()
    if len(parts) != len(words) or len(old) != len(words):
        return ()
    return tuple(
        replace(word, text=part, confidence=1.0) if word.text != part else word
        for word, part in zip(words, parts, strict=True)
    )


def _correct_part(block: Block, part: int, correction: Correction) -> Block:
    if block.table is not None and 0 <= part < len(block.table.cells):
        cells = list(block.table.cells)
        cells[part] = _changed(cells[part], correction)
        return replace(block, table=replace(block.table, cells=tuple(cells)), words=())
    if 0 <= part < len(block.items):
        items = list(block.items)
        items[part] = _changed(items[part], correction)
        return replace(block, items=tuple(items), words=())
    raise IndexError(f"block {correction.block} has no part {part}")


_Part = TypeVar("_Part", Cell, ListItem)


def _changed(part: _Part, correction: Correction) -> _Part:
    if correction.text is not None and correction.text != part.text:
        part = replace(part, text=correction.text, spans=())
    if correction.bbox:
        part = replace(part, bbox=BBox(*correction.bbox))
    return part
