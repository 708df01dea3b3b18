"""Synthetic invoices by seed: a layout drawn with facts, as PDF with its exact values and boxes."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from docparse.bench import invoice_held_out as h
from docparse.bench import invoice_layouts as a
from docparse.bench import invoice_layouts_b as b
from docparse.bench import invoice_layouts_c as c
from docparse.bench.invoice_canvas import Canvas, Place
from docparse.bench.invoice_facts import Facts

Draw = Callable[[random.Random, Canvas], Facts]
A4, A4_WIDE, A5_WIDE, ROLL = (595.0, 842.0), (842.0, 595.0), (595.0, 420.0), (230.0, 560.0)
LAYOUTS: dict[str, tuple[Draw, tuple[float, float]]] = {
    "classic": (a.classic, A4),
    "strip": (a.strip, A4),
    "monthly": (c.monthly, A4),
    "till": (c.till, ROLL),
    "freelancer": (b.freelancer, A4),
    "inclusive": (b.inclusive, A4),
    "returned": (b.returned, A4),
    "sections": (b.sections, A4),
    "wide": (b.wide, A4_WIDE),
    "formal-receipt": (c.formal_receipt, A5_WIDE),
}
HELD_OUT: dict[str, tuple[Draw, tuple[float, float]]] = {
    "works": (h.works, A4),
    "usage": (h.usage, A4),
    "shop": (h.shop, A4),
    "form": (h.form, A4),
}


@dataclass(frozen=True, slots=True)
class Invoice:
    """A synthetic invoice: its file, the data that is printed on it, and where."""

    layout: str
    seed: int
    pdf: bytes
    data: dict[str, Any]
    places: dict[str, list[Place]]
    numbers: int
    altered: str


def make_invoice(layout: str, seed: int, *, alter: int | None = None) -> Invoice:
    """The invoice of a layout and a seed; `alter`: index of a number that is printed wrong."""
    draw, (width, height) = (LAYOUTS | HELD_OUT)[layout]
    rng = random.Random(f"{layout}-{seed}")
    canvas = Canvas(width, height, alter=alter, rng=random.Random(f"wrong-{layout}-{seed}"))
    draw(rng, canvas)
    return Invoice(
        layout, seed, canvas.finish(), canvas.data, canvas.places, canvas.numbers, canvas.altered
    )
