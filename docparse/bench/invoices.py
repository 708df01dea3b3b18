"""How well invoices are read: synthetic ones of known values, table by field, altered numbers."""

from __future__ import annotations

import random
import time
from collections import defaultdict
from dataclasses import dataclass, field

from docparse.bench.invoice_make import HELD_OUT, LAYOUTS, Invoice, make_invoice
from docparse.bench.invoice_match import Mark, mark
from docparse.extraction.record import leaves
from docparse.extraction.run import extract
from docparse.settings import ReadSettings

# Seeds of the figures; the rules were written with those below.
FIRST_SEED = 5000
ARITHMETIC = frozenset(
    {
        "line-amount", "line-gross", "line-tax", "group-sum", "line-sum", "rate-sum", "tax",
        "rate-gross", "rounding", "tax-sum", "base-sum", "total", "carry-over", "amount-due",
        "repeated-value", "withholding",
    }
)  # fmt: skip


@dataclass(slots=True)
class Counts:
    """Values of one field: right, found at all, printed, and with their evidence in place."""

    right: int = 0
    found: int = 0
    printed: int = 0
    hits: int = 0

    def add(self, one: Mark) -> None:
        self.right += one.right
        self.found += one.found is not None
        self.printed += one.truth is not None
        self.hits += bool(one.hit)

    @property
    def f1(self) -> float:
        total = self.found + self.printed
        return 2 * self.right / total if total else 1.0

    @property
    def hit_rate(self) -> float:
        return self.hits / self.right if self.right else 1.0


@dataclass(slots=True)
class InvoiceScore:
    """All counts of a run. `invented`: values where none is printed, or that are on no page."""

    name: str
    fields: dict[str, Counts] = field(default_factory=lambda: defaultdict(Counts))
    invoices: int = 0
    invented: list[str] = field(default_factory=list)
    alarms: list[str] = field(default_factory=list)
    altered: int = 0
    missed: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def total(self, *, lines: bool) -> Counts:
        """The counts of all line items, or of all other fields, together."""
        whole = Counts()
        for name, counts in self.fields.items():
            if name.startswith("line_items/") == lines:
                for part in ("right", "found", "printed", "hits"):
                    setattr(whole, part, getattr(whole, part) + getattr(counts, part))
        return whole

    def to_text(self) -> str:
        rows = [f"{self.name}: {self.invoices} invoices", ""]
        rows.append(f"{'field':32}{'precision':>10}{'recall':>8}{'F1':>8}{'evidence':>10}{'n':>7}")
        named = [*sorted(self.fields.items())]
        named += [
            ("all fields", self.total(lines=False)),
            ("all line items", self.total(lines=True)),
        ]
        for name, c in named:
            precision, recall = c.right / (c.found or 1), c.right / (c.printed or 1)
            rows.append(
                f"{name:32}{precision:10.3f}{recall:8.3f}{c.f1:8.3f}{c.hit_rate:10.3f}{c.printed:7}"
            )
        rows += ["", f"values invented: {len(self.invented)} {' '.join(self.invented[:5])}"]
        rows.append(f"false alarms: {len(self.alarms)} of {self.invoices} {self.alarms[:5]}")
        caught = self.altered - len(self.missed)
        rows.append(f"altered numbers caught: {caught} of {self.altered} {self.missed[:5]}")
        rows.append(f"seconds per invoice: {self.seconds / max(self.invoices, 1):.3f}")
        return "\n".join(rows)


def run_invoices(
    *,
    count: int,
    layouts: str = "held-out",
    scans: bool = False,
    alter: bool = True,
    reader: str = "auto",
) -> InvoiceScore:
    """Scores `count` invoices, spread over the layouts: `held-out`, `known` or `all`.

    Each is then drawn again with one of its numbers altered, which a check must catch. `reader`:
    what reads the scans, as `--reader` of the command takes it.
    """
    chosen = {"held-out": HELD_OUT, "known": LAYOUTS, "all": LAYOUTS | HELD_OUT}[layouts]
    by = f", scans read by {reader}" if scans else ""
    score = InvoiceScore(f"{layouts} layouts ({', '.join(chosen)}){by}")
    names = list(chosen)
    for number in range(count):
        name, seed = names[number % len(names)], FIRST_SEED + number
        _score_one(score, make_invoice(name, seed), scans=scans, reader=reader)
        if alter and not scans:
            _score_altered(score, name, seed)
    return score


def _score_one(score: InvoiceScore, invoice: Invoice, *, scans: bool, reader: str) -> None:
    name = f"{invoice.layout}-{invoice.seed}"
    pdf, places = invoice.pdf, invoice.places
    if scans:
        from docparse.bench.invoice_scan import to_scan

        pdf, places = to_scan(pdf, places, invoice.seed)
    start = time.perf_counter()
    record = extract(pdf, settings=ReadSettings(reader=reader), name=name)
    score.seconds += time.perf_counter() - start
    score.invoices += 1
    for one in mark(invoice.data, places, record):
        score.fields[one.field].add(one)
        if one.truth is None:
            score.invented.append(f"{name}:{one.field}={one.found}")
    for pointer, _ in leaves(record.data):
        if not record.evidence.get(pointer):
            score.invented.append(f"{name}:{pointer} without evidence")
    if not scans and any(_is_alarm(check.code, check.verdict) for check in record.checks):
        codes = [c.code for c in record.checks if _is_alarm(c.code, c.verdict)]
        score.alarms.append(f"{name}:{codes[0]}")


def _is_alarm(code: str, verdict: str) -> bool:
    return code in ARITHMETIC and verdict in ("fail", "warning")


def _score_altered(score: InvoiceScore, name: str, seed: int) -> None:
    numbers = make_invoice(name, seed).numbers
    which = random.Random(f"alter-{name}-{seed}").randrange(numbers)
    altered = make_invoice(name, seed, alter=which)
    record = extract(altered.pdf, name=name)
    score.altered += 1
    if not any(_is_alarm(check.code, check.verdict) for check in record.checks):
        score.missed.append(f"{name}-{seed}:{altered.altered}")
