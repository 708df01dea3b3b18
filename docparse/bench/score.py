"""Accuracy of docparse beside that of a peer: the same files, the same scorer, one run."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from docparse.bench import ours, peer
from docparse.bench.cases import COUNTS, Case, Score, Trust
from docparse.bench.child import Child, ChildError
from docparse.bench.extras import demand
from docparse.bench.reading import Reading
from docparse.bench.report import align
from docparse.bench.truth import find_cases
from docparse.errors import UnreadableInputError
from docparse.log import logger

Reader = Callable[[Path], dict[str, Reading]]
# Each runs in a process of its own and gives the readings of one or more sides.
READERS: dict[Reader, tuple[str, ...]] = {
    ours.read_ours: (ours.NAME,),
    peer.read_peer: (peer.DEFAULTS, peer.NO_HEADERS),
    peer.read_peer_html: (peer.HTML_TABLES,),
}
SIDES = tuple(name for names in READERS.values() for name in names)
# A file that takes longer is given up; it then scores 0.
SECONDS_PER_FILE = 300.0


@dataclass(frozen=True, slots=True)
class Row:
    """One metric on one set: the mean score of each side, over `weight` questions in all."""

    set_name: str
    trust: Trust
    metric: str
    num_files: int
    weight: float
    means: Mapping[str, float]

    @property
    def difference(self) -> float:
        """Ours less the peer's with its defaults."""
        return self.means[ours.NAME] - self.means[peer.DEFAULTS]

    @property
    def winner(self) -> str:
        """Ours or the best of the peer's; "-" where we are level with it or nothing is won."""
        peers = {name: mean for name, mean in self.means.items() if name != ours.NAME}
        if self.metric in COUNTS or not peers or ours.NAME not in self.means:
            return "-"
        best = max(peers, key=lambda name: peers[name])
        lead = round(self.means[ours.NAME] - peers[best], 6)
        return "-" if lead == 0 else ours.NAME if lead > 0 else best


@dataclass(frozen=True, slots=True)
class ScoreReport:
    """Scores by set and metric, and the files that a side failed on (those score 0)."""

    rows: tuple[Row, ...]
    totals: tuple[Row, ...]
    failures: tuple[tuple[str, str, str], ...]
    num_files: int

    def to_text(self) -> str:
        """Tables for a terminal or a text file."""
        parts = [
            f"{self.num_files} files. Scores from 0 to 1, more is better. diff: {ours.NAME} less "
            f"{peer.DEFAULTS} with its defaults.\n"
            f"headers off: {peer.DEFAULTS} with header=False, footer=False; "
            f"HTML tables: with table_output='html'.\n"
            "hint: the truth is what another tool made of the file, not checked by people.",
            _table(self.rows),
            "mean over the labelled sets",
            _table(self.totals),
        ]
        parts += [f"failed: {side}: {file}: {why}" for side, file, why in self.failures]
        return "\n\n".join(parts) + "\n"

    def to_dict(self) -> dict[str, object]:
        """The same as plain data."""
        return {
            "num_files": self.num_files,
            "rows": [_row_to_dict(row) for row in self.rows],
            "totals": [_row_to_dict(row) for row in self.totals],
            "failures": [list(failure) for failure in self.failures],
        }


def run_score(data: Path, *, limit: int = 0, readers: Sequence[Reader] = ()) -> ScoreReport:
    """Reads every file below `data` that has ground truth, on all sides, and scores the readings.

    A folder further down scores that set alone.

    `limit`: at most this many files of each set, 0 for all. `readers`: some of READERS, all by
    default. Raises UnreadableInputError if there is no ground truth, MissingEngineError if a
    package is missing.
    """
    demand("rapidfuzz", "apted", "markdown_it", "pymupdf4llm")
    cases = list(_limited(find_cases(data), limit))
    if not cases:
        raise UnreadableInputError(
            f"no ground truth lies below {data}",
            hint="name the folder that holds documents and their truth (docparse bench score DIR)",
        )
    files = sorted({case.file for case in cases})
    readings = _read_on_all_sides(list(readers or READERS), files)
    rows = tuple(_rows(cases, readings))
    failures = tuple(
        (side, file.name, reading.failure)
        for side, by_file in readings.items()
        for file, reading in by_file.items()
        if reading.failure
    )
    return ScoreReport(rows, tuple(_totals(rows)), failures, len(files))


def _limited(cases: Sequence[Case], limit: int) -> Iterator[Case]:
    """The cases of the first `limit` files of each set."""
    seen: dict[str, set[Path]] = {}
    for case in cases:
        files = seen.setdefault(case.set_name, set())
        if not limit or case.file in files or len(files) < limit:
            files.add(case.file)
            yield case


def _read_on_all_sides(
    readers: Sequence[Reader], files: Sequence[Path]
) -> dict[str, dict[Path, Reading]]:
    stop = threading.Event()
    with ThreadPoolExecutor(len(readers)) as threads:
        try:
            parts = list(threads.map(lambda reader: read_all(reader, files, stop), readers))
        finally:  # after Ctrl-C the threads end with the file that they are at
            stop.set()
    return {side: by_file for part in parts for side, by_file in part.items()}


def read_all(
    reader: Reader, files: Sequence[Path], stop: threading.Event
) -> dict[str, dict[Path, Reading]]:
    """The readings of each side that a reader gives, by file; a failure is a Reading too."""
    by_side: dict[str, dict[Path, Reading]] = {name: {} for name in READERS[reader]}
    child = Child()
    try:
        for number, file in enumerate(files, start=1):
            if stop.is_set():
                break
            logger.info("%s: %s (%d of %d)", reader.__name__, file.name, number, len(files))
            try:
                readings = child.ask(reader, file, limit=SECONDS_PER_FILE)
            except ChildError as error:
                readings = {name: Reading(failure=str(error)) for name in by_side}
            for name in by_side:
                by_side[name][file] = readings[name]
    finally:
        child.close()
    return by_side


def _rows(cases: Sequence[Case], readings: Mapping[str, Mapping[Path, Reading]]) -> Iterator[Row]:
    sums: dict[tuple[str, Trust, str], dict[str, list[Score]]] = {}
    for case in cases:
        for side, by_file in readings.items():
            for metric, score in case.score(by_file[case.file]).items():
                by_name = sums.setdefault((case.set_name, case.trust, metric), {})
                by_name.setdefault(side, []).append(score)
    for (set_name, trust, metric), by_name in sums.items():
        first = next(iter(by_name.values()))
        yield Row(
            set_name,
            trust,
            metric,
            num_files=len(first),
            weight=sum(score.weight for score in first),
            means={side: _mean(scores, metric) for side, scores in by_name.items()},
        )


def _mean(scores: Sequence[Score], metric: str) -> float:
    total = sum(score.total for score in scores)
    return total if metric in COUNTS else total / sum(score.weight for score in scores)


def _totals(rows: Sequence[Row]) -> Iterator[Row]:
    """For each metric the mean over its labelled sets, every set counting the same."""
    for metric in dict.fromkeys(row.metric for row in rows):
        some = [row for row in rows if row.metric == metric and row.trust == "labelled"]
        if some and metric not in COUNTS:
            yield Row(
                set_name=f"{len(some)} set{'s' * (len(some) > 1)}",
                trust="labelled",
                metric=metric,
                num_files=sum(row.num_files for row in some),
                weight=sum(row.weight for row in some),
                means={
                    side: sum(row.means[side] for row in some) / len(some) for side in some[0].means
                },
            )


def _table(rows: Sequence[Row]) -> str:
    sides = list(rows[0].means) if rows else []
    header = ["set", "metric", "files", "of", *sides, "diff", "ahead"]
    lines = []
    for row in rows:
        form = "{:.0f}" if row.metric in COUNTS else "{:.4f}"
        has_both = ours.NAME in row.means and peer.DEFAULTS in row.means
        lines.append(
            [
                row.set_name + (" (hint)" if row.trust == "hint" else ""),
                row.metric,
                str(row.num_files),
                f"{row.weight:g}",
                *(form.format(row.means[side]) for side in sides),
                ("+" * (row.difference >= 0) + form.format(row.difference)) if has_both else "",
                row.winner,
            ]
        )
    return align([header, *lines], left=2)


def _row_to_dict(row: Row) -> dict[str, object]:
    return {
        "set": row.set_name,
        "trust": row.trust,
        "metric": row.metric,
        "files": row.num_files,
        "of": row.weight,
        "means": dict(row.means),
        "ahead": row.winner,
    }
