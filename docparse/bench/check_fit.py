"""The weights of the maps from evidence to confidence, fitted on drawn pages."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from docparse.bench.check import FAMILIES, VARIANTS, Case, cases, units_right
from docparse.bench.drawn import Fonts
from docparse.bench.scripts import Script, script_of
from docparse.engines.readers import load_reader
from docparse.errors import MissingEngineError, UsageError
from docparse.evidence import weights as known
from docparse.evidence.align import align
from docparse.evidence.chances import chances_of
from docparse.evidence.confidence import features_of_reading, mapped
from docparse.evidence.weights import Shown
from docparse.profiles import PROFILES
from docparse.reading.replies import read_reply
from docparse.reading.scans import ScanReading
from docparse.types import Frame, Word

# Other pages than those that are measured, in other fonts (Debian's fonts-dejavu-core,
# fonts-liberation, fonts-ipafont-mincho, fonts-noto-cjk).
SEED = 10_000
FOLDER = Path("/usr/share/fonts")
FONTS = (
    ("truetype/dejavu/DejaVuSerif.ttf", "opentype/ipafont-mincho/ipam.ttf"),
    ("truetype/liberation/LiberationSans-Regular.ttf", "opentype/noto/NotoSansCJK-Regular.ttc"),
)
# How much weights are drawn to zero: one observation's worth.
PENALTY = 1.0

Samples = tuple[list[tuple[float, ...]], list[bool]]


def run_fit(pages: int, reader: str) -> str:
    """The module `docparse.evidence.weights` as it is to be.

    Of readers that are not at hand it keeps the weights.
    """
    lines_reader = load_reader(reader)
    if lines_reader is None:
        raise UsageError("maps are fitted with a reader", "leave out --reader off")
    fonts = tuple(Fonts(*map(_font, pair)) for pair in FONTS)
    scores: list[tuple[Sequence[float], str]] = []

    def record(letters: Sequence[float], source: str) -> float:
        scores.append((letters, source))
        return float(len(scores) - 1)

    # the confidence of a word is the number of its record
    found = list(cases(pages, SEED, fonts, ScanReading(lines_reader, record)))
    weights = _reader_weights(found, scores)
    words: dict[tuple[Shown, bool], Samples] = {}
    for case in found:
        lines = case.lines
        if case.is_read:
            lines = tuple(
                replace(line, words=tuple(_mapped(word, scores, weights) for word in line.words))
                for line in lines
            )
        for family in FAMILIES:
            for variant in VARIANTS[family]:
                script = script_of(case.drawn, variant, case.number)
                if variant != "removed":
                    _add(words, replace(case, lines=lines), script, family)
    maps = {name: _weights(*samples) for name, samples in sorted(words.items())}
    text = Path(known.__file__).read_text(encoding="utf-8")
    text = _with_rows(text, "WORDS", maps)
    return _with_rows(text, "READERS", known.READERS | weights).rstrip()


def _with_rows(text: str, name: str, rows: Mapping[Any, tuple[float, ...]]) -> str:
    """The module's text with other rows in one of its tables."""
    made = "".join(f"    {key!r}: {weights},\n" for key, weights in rows.items()).replace("'", '"')
    return re.sub(rf"(?ms)^({name}: [^=]* = {{\n).*?^}}", rf"\g<1>{made}}}", text)


def _reader_weights(
    found: Sequence[Case], scores: Sequence[tuple[Sequence[float], str]]
) -> dict[str, tuple[float, ...]]:
    readers: dict[str, Samples] = {}
    for case in found:
        if not case.is_read:
            continue
        for word, is_right in zip(_words(case), units_right(case.drawn, case.lines), strict=True):
            letters, source = scores[int(word.confidence)]
            features, right = readers.setdefault(source, ([], []))
            features.append(features_of_reading(letters))
            right.append(is_right)
    return {name: _weights(*samples) for name, samples in readers.items()}


def _font(name: str) -> str:
    path = FOLDER / name
    if not path.exists():
        raise MissingEngineError(
            f"{path} is missing, in which pages are drawn",
            "run `apt-get install fonts-dejavu-core fonts-liberation fonts-ipafont-mincho"
            " fonts-noto-cjk`",
        )
    return str(path)


def _words(case: Case) -> Iterator[Word]:
    return (word for line in case.lines for word in line.words)


def _mapped(
    word: Word,
    scores: Sequence[tuple[Sequence[float], str]],
    weights: Mapping[str, tuple[float, ...]],
) -> Word:
    letters, source = scores[int(word.confidence)]
    confidence = mapped(weights[source], features_of_reading(letters))
    return replace(word, confidence=confidence)


def _add(words: dict[tuple[Shown, bool], Samples], case: Case, script: Script, family: str) -> None:
    """Adds what is known of each word of a reply, with the page's words and without."""
    size = case.drawn.page.width, case.drawn.page.height
    frame = Frame(*size, *size, case.drawn.page.dpi)
    reply = script.reply(frame, family)
    page = read_reply(reply.text, frame, PROFILES[family].grammar, number=1).page
    page = replace(page, width=size[0], height=size[1])
    chances = chances_of(page.blocks, reply.text, reply.token_ends, reply.log_probabilities)
    for lines in (case.lines, ()):
        aligned = align(page, lines, chances)
        for part, (start, end) in zip(aligned.places.parts, aligned.places.spans, strict=True):
            wrong = script.wrong.get(part.text, set())
            for number, evidence in enumerate(aligned.evidence[start:end]):
                tells = evidence.chance is not None
                if evidence.shown or tells:
                    features, right = words.setdefault((evidence.shown, tells), ([], []))
                    features.append(evidence.features)
                    right.append(number not in wrong)


def _weights(features: Sequence[tuple[float, ...]], right: Sequence[bool]) -> tuple[float, ...]:
    found = logistic(np.array(features, dtype=np.float64), np.array(right, dtype=np.float64))
    return tuple(round(float(weight), 2) for weight in found)


def logistic(features: NDArray[np.float64], right: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weights [F] of the logistic map from features [N, F] to outcomes 0 or 1 [N].

    Newton's method on the likelihood with a small penalty (Hastie, Tibshirani and Friedman, The
    Elements of Statistical Learning, 4.4.1).
    """
    weights = np.zeros(features.shape[1])
    for _ in range(50):
        chance = 1 / (1 + np.exp(-np.clip(features @ weights, -30, 30)))
        gradient = features.T @ (right - chance) - PENALTY * weights
        curve = (features * (chance * (1 - chance))[:, None]).T @ features
        step = np.linalg.solve(curve + PENALTY * np.eye(len(weights)), gradient)
        weights = weights + step
        if float(np.abs(step).max()) < 1e-6:
            break
    return weights
