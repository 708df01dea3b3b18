"""Speed of our model beside that of transformers: the same weights, the same page, turn by turn."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median
from typing import Any

from docparse.bench import model_sides as sides
from docparse.bench.child import Child, ChildError
from docparse.bench.extras import demand
from docparse.bench.model_shapes import SHAPES, write_random
from docparse.bench.report import align
from docparse.errors import MissingEngineError, UsageError
from docparse.log import logger

MOST_SECONDS = 3600.0
GB = 1e9


@dataclass(frozen=True, slots=True)
class Size:
    """How much is timed: the page in pixels, and the tokens of a reply."""

    page: tuple[int, int] = (924, 1316)
    num_tokens: int = 64


SIZES = {"tiny": Size((224, 308), 32), "small": Size((1240, 1754)), "3b-layer": Size((644, 924))}
PARTS = ("tower", "decode", "packed", "drafts", "memory", "batch")
BATCH = 32


@dataclass(frozen=True, slots=True)
class Line:
    """One comparison: what is measured of each side, and how much more the first does."""

    name: str
    ours: str
    theirs: str
    ratio: float
    aim: float = 0.0
    cpu_ratio: float | None = None


@dataclass(frozen=True, slots=True)
class ModelSpeed:
    """All comparisons, and what they were made on."""

    model: str
    lines: tuple[Line, ...]
    remarks: tuple[str, ...]

    def to_text(self) -> str:
        """A table for a terminal or a text file, and remarks below it."""
        header = ["", "docparse", "against", "ratio", "by CPU time", "aim"]
        rows = [
            [
                line.name,
                line.ours,
                line.theirs,
                f"{line.ratio:.2f}",
                f"{line.cpu_ratio:.2f}" if line.cpu_ratio else "",
                f"{line.aim:.2f}" if line.aim else "",
            ]
            for line in self.lines
        ]
        table = align([header, *rows], left=1)
        return "\n\n".join([self.model, table, "\n".join(self.remarks)]) + "\n"


@dataclass(slots=True)
class _Bench:
    """Two warm processes, and the rounds in which they take turns."""

    folder: Path
    size: Size
    repeat: int
    ours: Child
    theirs: Child
    threads: int = 0
    remarks: list[str] = field(default_factory=list)

    def start(self) -> None:
        """Makes both processes keep to their threads."""
        for child in (self.ours, self.theirs) if self.threads else ():
            child.ask(sides.set_threads, self.threads, limit=MOST_SECONDS)

    def turns(self, *works: tuple[Child, Callable[..., Any], tuple[Any, ...]]) -> list[sides.Spell]:
        """The median spell of each work, in rounds; one round before is not counted."""
        spells: list[list[sides.Spell]] = [[] for _ in works]
        for number in range(self.repeat + 1):
            for place in range(len(works))[:: -1 if number % 2 else 1]:
                child, work, arguments = works[place]
                spell = child.ask(work, self.folder, *arguments, limit=MOST_SECONDS)
                logger.info(
                    "%s %s: %.3f s, CPU %.3f s", work.__name__, arguments, spell.seconds, spell.cpu
                )
                if number:
                    spells[place].append(spell)
        return [
            sides.Spell(
                median(s.seconds for s in own),
                median(s.cpu for s in own),
                own[0].tokens,
                own[0].passes,
            )
            for own in spells
        ]

    def tower(self, dtype: str) -> Iterator[Line]:
        arguments = dtype, self.size.page
        ours, theirs = self.turns(
            (self.ours, sides.look_ours, arguments), (self.theirs, sides.look_theirs, arguments)
        )
        times = f"{ours.seconds:.3f} s", f"{theirs.seconds:.3f} s"
        aim = 1.15 if dtype == "float32" else 1.5
        ratio, by_cpu = theirs.seconds / ours.seconds, theirs.cpu / ours.cpu
        yield Line(f"tower, {dtype}", *times, ratio, aim, by_cpu)

    def decode(self, dtype: str) -> Iterator[Line]:
        one, four, theirs = self.turns(
            self._ours(dtype),
            self._ours(dtype, pages=4),
            (self.theirs, sides.write_theirs, (dtype, *self._sizes)),
        )
        name = f"decode, {dtype}"
        yield self._line(f"{name}, one page", one, theirs, aim=1.25)
        yield self._line(f"{name}, four pages at once", four, theirs, pages=(4, 1), aim=3.0)
        self._compare(dtype, one.tokens, theirs.tokens)

    def batch(self, dtype: str) -> Iterator[Line]:
        ours, theirs = self.turns(
            self._ours(dtype, pages=BATCH),
            (self.theirs, sides.write_theirs, (dtype, *self._sizes, BATCH)),
        )
        name = f"decode, {dtype}, {BATCH} pages, both at once"
        yield self._line(name, ours, theirs, pages=(BATCH, BATCH), aim=1.0)

    def packed(self, dtype: str) -> Iterator[Line]:
        plain, int8, int4 = self.turns(
            self._ours(dtype), self._ours(dtype, bits="int8"), self._ours(dtype, bits="int4")
        )
        for bits, spell, aim in (("int8", int8, 1.0), ("int4", int4, 1.4)):
            name = f"decode, {bits} against our {dtype}"
            yield self._line(name, spell, plain, aim=aim)

    def drafts(self, dtype: str) -> Iterator[Line]:
        plain, agree, never = self.turns(
            self._ours(dtype), self._ours(dtype, drafts="agree"), self._ours(dtype, drafts="never")
        )
        if not plain.tokens == agree.tokens == never.tokens:
            logger.warning("drafts changed the reply in %s: near ties of random weights", dtype)
        steps = f"{agree.passes} steps", f"{plain.passes} steps"
        yield Line("drafts that are right, steps", *steps, plain.passes / agree.passes, 4.0)
        yield self._line("drafts that are right, speed", agree, plain, aim=1.0)
        yield self._line("drafts that are wrong, speed", never, plain, aim=0.95)

    def memory(self, dtype: str) -> Iterator[Line]:
        """What is read for a token against what memory gives."""
        limit = self.ours.ask(sides.read_speed, limit=MOST_SECONDS)
        for bits in ("", "int8", "int4"):
            read = self.ours.ask(
                sides.bytes_per_token, self.folder, dtype, bits, limit=MOST_SECONDS
            )
            (spell,) = self.turns(self._ours(dtype, bits=bits))
            bytes_read = read * self.size.num_tokens
            achieved, by_cpu = bytes_read / spell.seconds, bytes_read / spell.cpu
            speeds = f"{achieved / GB:.2f} GB/s", f"{limit.clock / GB:.2f} GB/s"
            name = f"memory read, {bits or dtype}"
            yield Line(name, *speeds, achieved / limit.clock, cpu_ratio=by_cpu / limit.cpu)

    def _compare(self, dtype: str, ours: tuple[int, ...], theirs: tuple[int, ...]) -> None:
        """Remarks whether both sides wrote the same and, if not, by how little they differ."""
        pairs = enumerate(zip(ours, theirs, strict=True))
        place = next((n for n, (one, other) in pairs if one != other), None)
        if place is None:
            self.remarks.append(f"{dtype}: all {len(ours)} tokens are the same on both sides")
            return
        said, rivals = ours[:place], (ours[place], theirs[place])
        asked = self.folder, dtype, self.size.page, said, rivals
        mine, yours = (
            child.ask(work, *asked, limit=MOST_SECONDS)
            for child, work in (
                (self.ours, sides.rivals_ours),
                (self.theirs, sides.rivals_theirs),
            )
        )
        self.remarks.append(
            f"{dtype}: the first {place} of {len(ours)} tokens are the same; then tokens {rivals} "
            f"have logits {mine} here and {yours} there"
        )

    def rest(self) -> None:
        """Ends both processes, so that no stage finds the weights of another in memory."""
        self.ours.close()
        self.theirs.close()

    @property
    def _sizes(self) -> tuple[tuple[int, int], int]:
        return self.size.page, self.size.num_tokens

    def _ours(
        self, dtype: str, *, pages: int = 1, bits: str = "", drafts: sides.Drafts = ""
    ) -> tuple[Child, Callable[..., Any], tuple[Any, ...]]:
        return self.ours, sides.write_ours, (dtype, *self._sizes, pages, bits, drafts)

    def _line(
        self,
        name: str,
        ours: sides.Spell,
        theirs: sides.Spell,
        *,
        pages: tuple[int, int] = (1, 1),
        aim: float,
    ) -> Line:
        sides_of = tuple(zip((ours, theirs), pages, strict=True))
        one, other = (num * self.size.num_tokens / spell.seconds for spell, num in sides_of)
        cpu_one, cpu_other = (num / spell.cpu for spell, num in sides_of)
        speeds = f"{one:.2f} tok/s", f"{other:.2f} tok/s"
        return Line(name, *speeds, one / other, aim, cpu_one / cpu_other)


def run_model_speed(
    model: str, *, repeat: int = 5, parts: Sequence[str] = (), tokens: int = 0, threads: int = 0
) -> ModelSpeed:
    """Times a checkpoint folder, or random weights of a named shape, by both sides.

    `parts` empty: all that this machine is quick enough for. `tokens` of a reply, 0 for as many as
    suit the model; `threads` of each side, 0 for torch's own choice.

    Raises UsageError for a model that is neither, MissingEngineError where a side
    cannot run it.
    """
    demand("transformers")
    if unknown := set(parts) - set(PARTS):
        raise UsageError(
            f"there is no part {', '.join(unknown)}", hint=f"use --part {' or '.join(PARTS)}"
        )
    size = SIZES.get(model, Size())
    size = replace(size, num_tokens=tokens or size.num_tokens)
    if model in SHAPES:
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place, model)
            _in_child(write_random, folder, model)
            return _run(folder, model, size=size, repeat=repeat, parts=parts, threads=threads)
    if not Path(model).is_dir():
        raise UsageError(
            f"there is no folder {model}", hint=f"use --model FOLDER or {', '.join(SHAPES)}"
        )
    return _run(
        Path(model).resolve(), model, size=size, repeat=repeat, parts=parts, threads=threads
    )


def _run(
    folder: Path, model: str, *, size: Size, repeat: int, parts: Sequence[str], threads: int
) -> ModelSpeed:
    bench = _Bench(folder, size, repeat, Child(), Child(), threads)
    try:
        lines = tuple(_lines(bench, parts))
    except ChildError as error:
        raise MissingEngineError(
            f"{model} could not be timed: {error}", hint="check the folder given with --model"
        ) from error
    finally:
        bench.rest()
    remarks = (
        f"page of {size.page[0]} x {size.page[1]} pixels, {size.num_tokens} tokens a reply, median "
        f"of {repeat} rounds in turn, {threads or 'all'} threads; {_in_child(sides.describe)}",
        "tok/s: tokens written after the first; transformers one page at a time",
        "by CPU time: the same ratio of CPU seconds, which other work on the machine changes less",
        "memory read: bytes of weights times tokens, against a sum over 1 GiB",
        *bench.remarks,
    )
    return ModelSpeed(model, lines, remarks)


def _lines(bench: _Bench, parts: Sequence[str]) -> Iterator[Line]:
    facts = _in_child(sides.facts, bench.folder)
    wanted = parts or PARTS[: None if facts.has_gpu else PARTS.index("batch")]
    dtypes = ("float32", "bfloat16")[not facts.fits_float32 :]
    if len(dtypes) == 1:
        bench.remarks.append("float32 is left out: both sides together do not fit into memory")
    for part in wanted:
        for dtype in dtypes if part in ("tower", "decode") else ("bfloat16",):
            bench.start()
            yield from getattr(bench, part)(dtype)
            bench.rest()


def _in_child(work: Callable[..., Any], *arguments: object) -> Any:
    """As `work(*arguments)`, with what it loads and prints kept out of this process."""
    child = Child()
    try:
        return child.ask(work, *arguments, limit=MOST_SECONDS)
    except ChildError as error:
        raise MissingEngineError(
            f"{work.__name__} failed: {error}", hint="run `docparse doctor`"
        ) from error
    finally:
        child.close()
