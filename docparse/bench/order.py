"""Whether blocks come in the order of the ground truth, from 0 to 1."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from docparse.bench.edit import normalise
from docparse.bench.extras import require

# Shorter pieces stand in too many places to be found again.
SHORTEST = 12
# A piece counts as found where this share of it reads the same.
ALIKE = 90.0


def score_order(truth: Sequence[str], found: str) -> float | None:
    """1 - Levenshtein(true sequence, found sequence) / length of the true sequence.

    The reading-order edit distance of OmniDocBench (arXiv:2412.07626, section 4) turned round:
    pieces of the truth are looked up in the found text, and the sequence in which they stand there
    is compared with the true one. One difference: OmniDocBench leaves out pieces that were not
    found, here each is one error. Pieces that are short or not unique in the truth are left out;
    None if fewer than two remain.
    """
    pieces = distinct_pieces(truth)
    if len(pieces) < 2:
        return None
    places = locate(pieces, normalise(found))
    sequence = sorted(places, key=lambda i: (places[i], i))
    levenshtein = require("rapidfuzz.distance.Levenshtein")
    errors = int(levenshtein.distance(range(len(pieces)), sequence))
    return max(0.0, 1 - errors / len(pieces))


def distinct_pieces(truth: Sequence[str]) -> list[str]:
    """The normalised pieces that are long enough and stand in no other piece of the truth."""
    pieces = [piece for piece in map(normalise, truth) if len(piece) >= SHORTEST]
    counts = Counter(pieces)
    whole = "\n".join(pieces)
    return [piece for piece in pieces if counts[piece] == 1 and whole.count(piece) == 1]


def locate(pieces: Sequence[str], text: str) -> dict[int, int]:
    """Index of each piece that stands in a text, all normalised, to its place there.

    Pieces that stand there to the letter first; the others, if they are ALIKE to something in
    what is left, so that a missing piece does not take the place of one that resembles it.
    """
    fuzz = require("rapidfuzz.fuzz")
    places: dict[int, int] = {}
    for i, piece in enumerate(pieces):
        place = text.find(piece)
        if place >= 0:
            places[i] = place
            text = _blank(text, place, place + len(piece))
    for i, piece in enumerate(pieces):
        if i in places or len(text) < len(piece):
            continue
        match = fuzz.partial_ratio_alignment(piece, text, score_cutoff=ALIKE)
        if match is not None:
            places[i] = match.dest_start
            text = _blank(text, match.dest_start, match.dest_end)
    return places


def _blank(text: str, start: int, end: int) -> str:
    return text[:start] + "\0" * (end - start) + text[end:]
