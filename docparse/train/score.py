"""How well a checkpoint reads lines of fonts and words that it never saw, by kind."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import numpy as np
import PIL.Image
from rapidfuzz.distance import Levenshtein

from docparse.engines.nano import NanoReader
from docparse.train.fonts import load_faces, pick_face
from docparse.train.lines import LineSample, Look, draw_line, upright
from docparse.train.texts import Texts
from docparse.train.words import Words, load_words

CONFUSED = 15  # pairs that are shown


@dataclass(slots=True)
class LineScore:
    """Errors on lines of one kind; `wrong` and `right` in characters."""

    name: str
    lines: int = 0
    whole: int = 0  # lines without an error
    wrong: int = 0
    right: int = 0
    confused: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, truth: str, read: str) -> None:
        self.lines += 1
        self.whole += truth == read
        self.right += len(truth)
        for edit in Levenshtein.editops(truth, read):
            self.wrong += 1
            was = "" if edit.tag == "insert" else truth[edit.src_pos]
            became = "" if edit.tag == "delete" else read[edit.dest_pos]
            self.confused[was, became] += 1

    @property
    def rate(self) -> float:
        """The character error rate."""
        return self.wrong / max(1, self.right)


def score_lines(folder: Path, *, lines: int, seed: int = 7) -> list[LineScore]:
    """Scores of the checkpoint in `folder` on `lines` held-out lines of each kind."""
    reader, words = NanoReader(folder), load_words(held_out=True)
    plain, signs = Texts.line, Texts.signs
    kinds: list[tuple[str, Callable[[Texts], str], bool, bool, Look]] = [
        ("English, clean", plain, False, False, "clean"),
        ("English, scanned", plain, False, False, "scanned"),
        ("Japanese, clean", plain, True, False, "clean"),
        ("Japanese, scanned", plain, True, False, "scanned"),
        ("Japanese, vertical", plain, True, True, "clean"),
        ("English, signs", signs, False, False, "clean"),
        ("Japanese, signs", signs, True, False, "clean"),
    ]
    scores = []
    for name, draw, japanese, vertical, look in kinds:
        held_out = _held_out(words, seed, draw, japanese=japanese, vertical=vertical, look=look)
        samples = list(islice(held_out, lines))
        read = reader.read([PIL.Image.fromarray(sample.picture) for sample in samples])
        score = LineScore(name)
        for sample, line in zip(samples, read, strict=True):
            score.add(sample.text, line.text)
        scores.append(score)
    return scores


def to_text(scores: Sequence[LineScore]) -> str:
    """A table, and the characters that are most often taken for others."""
    rows = [f"{'held-out lines':22}{'lines':>7}{'CER':>9}{'whole lines':>13}"]
    rows += [
        f"{s.name:22}{s.lines:7}{s.rate:9.2%}{s.whole / max(1, s.lines):13.1%}" for s in scores
    ]
    confused = sum((score.confused for score in scores), Counter[tuple[str, str]]())
    pairs = "  ".join(
        f"{was or '∅'}→{now or '∅'} {n}" for (was, now), n in confused.most_common(CONFUSED)
    )
    return "\n".join([*rows, f"most confused: {pairs}"])


def _held_out(
    words: Words,
    seed: int,
    draw: Callable[[Texts], str],
    *,
    japanese: bool,
    vertical: bool,
    look: Look,
) -> Iterator[LineSample]:
    """Lines of words and fonts that no stage trains on."""
    rng, noise = random.Random(seed), np.random.default_rng(seed)
    texts, faces = Texts(words, rng), load_faces(held_out=True)
    while True:
        text = draw(texts)
        is_japanese = any("ぁ" <= char <= "龠" for char in text)
        face = pick_face(faces, upright(text) if vertical else text, rng)
        if face is None or is_japanese != japanese:
            continue
        sample = draw_line(
            upright(text) if vertical else text, face, rng, noise, vertical=vertical, look=look
        )
        if sample is not None:
            yield sample
