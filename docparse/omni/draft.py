"""Drafts: blocks of a reply as they are found, before boxes and repetitions are settled."""

from __future__ import annotations

from dataclasses import dataclass

from docparse.types import BBox, Block, Kind, ListItem, Span, Table


@dataclass(slots=True, eq=False)
class Draft:
    """A block to be; `bbox` is None where the reply states none, `target` is another draft.

    `is_lone_item`: an entry that came without its list.
    """

    kind: Kind
    bbox: BBox | None
    text: str = ""
    level: int = 0
    spans: tuple[Span, ...] = ()
    table: Table | None = None
    items: tuple[ListItem, ...] = ()
    label: str = ""
    target: Draft | None = None
    confidence: float = 1.0
    is_lone_item: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing in it to read; a picture is something to see."""
        has_content = self.text or self.table or self.items or self.label
        return not has_content and self.kind in ("paragraph", "heading", "title", "caption")

    def to_block(self, bbox: BBox, target: int | None) -> Block:
        return Block(
            self.kind,
            bbox,
            self.text,
            level=self.level,
            spans=self.spans,
            table=self.table,
            items=self.items,
            label=self.label,
            target=target,
            confidence=self.confidence,
            source="model",
        )
