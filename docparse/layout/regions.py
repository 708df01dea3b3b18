"""Regions of a page with a kind each, as PyMuPDF's layout model sees them."""

from __future__ import annotations

from dataclasses import dataclass

from docparse.types import BBox, Kind


@dataclass(frozen=True, slots=True)
class GridCell:
    """A cell that the table-grid model proposes."""

    row: int
    col: int
    rowspan: int
    colspan: int
    bbox: BBox


@dataclass(frozen=True, slots=True)
class Region:
    """An area that holds one element; `grid` only where the kind is table and a grid was seen."""

    kind: Kind
    bbox: BBox
    grid: tuple[GridCell, ...] = ()
