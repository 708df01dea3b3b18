"""Which unit of the page each token of a reply stands for, whatever the order of either."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from rapidfuzz.distance import LCSseq, Levenshtein

from docparse.evidence.tokens import Token
from docparse.evidence.units import Unit

# Rounds of looking for what stands in the same order on both sides: each finds what the ones
# before passed over, such as another column or a block that was moved.
ROUNDS = 16
# Matches belong together when no more than so many tokens lie between them on either side.
NEAR = 4
# Together they must weigh so much, and be so large a part of what they stretch over.
LEAST_WEIGHT, LEAST_DENSE = 8, 0.5
# Products of lengths up to which sequences are compared in one go (bits of memory).
MOST_CELLS = 400_000_000
# A stretch that was misread is still so much like what stands there, if it is longer than this.
LEAST_ALIKE, SHORT_RUN = 0.5, 6
# Longer stretches than this between two matches are not looked through for misread words.
MOST_GAP = 400


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a unit, as shares of its length, that characters `start` to `end` of a token's
    key stand for."""

    unit: int
    low: float
    high: float
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Hit:
    """Where a token stands. `agreement`: 1 if to the letter, down to 0 where something else is."""

    pieces: tuple[Piece, ...]
    agreement: float


@dataclass(slots=True)
class Matching:
    """Tokens of a reply beside the units of a page.

    `hits`: for each token its Hit, or None. `owners`: for each unit the token that it was matched
    with, or -1.
    """

    tokens: Sequence[Token]
    units: Sequence[Unit]
    hits: list[Hit | None] = field(init=False)
    owners: list[int] = field(init=False)

    def __post_init__(self) -> None:
        self.hits = [None] * len(self.tokens)
        self.owners = [-1] * len(self.units)

    def take(self, token: int, unit: int) -> None:
        """Notes that a token stands at a unit, to the letter."""
        size = len(self.tokens[token].key)
        self.hits[token] = Hit((Piece(unit, 0.0, 1.0, 0, size),), 1.0)
        self.owners[unit] = token

    def drop(self, token: int) -> None:
        """Takes back what `take` noted."""
        hit = self.hits[token]
        for piece in hit.pieces if hit else ():
            self.owners[piece.unit] = -1
        self.hits[token] = None

    def unit_of(self, token: int) -> int | None:
        """The first unit of a token."""
        hit = self.hits[token] if 0 <= token < len(self.hits) else None
        return hit.pieces[0].unit if hit else None

    def last_unit_of(self, token: int) -> int | None:
        hit = self.hits[token] if 0 <= token < len(self.hits) else None
        return hit.pieces[-1].unit if hit else None


def match_in_order(matching: Matching) -> None:
    """Matches what stands to the letter in the same order on both sides, stretch by stretch."""
    for _ in range(ROUNDS):
        tokens = [i for i, hit in enumerate(matching.hits) if hit is None]
        units = [i for i, owner in enumerate(matching.owners) if owner < 0]
        found = 0
        for pairs in common(matching, tokens, units):
            for chain in _chains(pairs):
                if _is_believed(chain, matching):
                    found += len(chain)
                    for token, unit in chain:
                        matching.take(token, unit)
        if not found:
            break
    _pull(matching, 1)
    _pull(matching, -1)
    _exchange(matching, 1)
    _exchange(matching, -1)


def _exchange(matching: Matching, step: int) -> None:
    """Swaps the places of two stretches that say the same, where more of the text then goes on."""
    order = range(len(matching.tokens))
    for token in order if step > 0 else reversed(order):
        before = matching.last_unit_of(token - 1) if step > 0 else matching.unit_of(token + 1)
        unit = matching.unit_of(token)
        if before is None or unit is None or before + step == unit:
            continue
        size = _same_run(matching, token, before + step, step)
        if not size:
            continue
        other = matching.owners[before + step]
        ends = [token, token + step * size, other, other + step * size]
        joints = sum(_goes_on(matching, end, step) for end in ends)
        _swap(matching, token, other, step * size)
        if sum(_goes_on(matching, end, step) for end in ends) <= joints:
            _swap(matching, token, other, step * size)


def _same_run(matching: Matching, token: int, place: int, step: int) -> int:
    """How many tokens from `token` on, which stand at a run of units, could as well stand at those
    from `place` on, where another run of tokens that does not meet it stands."""
    unit, other = matching.unit_of(token), -1
    if 0 <= place < len(matching.units):
        other = matching.owners[place]
    if unit is None or other < 0:
        return 0
    size = 0
    while (
        0 <= place + step * size < len(matching.units)
        and matching.owners[place + step * size] == other + step * size
        and size < abs(other - token)
        and _stands(matching, token + step * size, unit + step * size)
        and _stands(matching, other + step * size, place + step * size)
        and matching.units[unit + step * size].key == matching.units[place + step * size].key
    ):
        size += 1
    return size


def _stands(matching: Matching, token: int, unit: int) -> bool:
    return matching.unit_of(token) == unit == matching.last_unit_of(token)


def _goes_on(matching: Matching, token: int, step: int) -> bool:
    """Whether a token stands next to the one before it, in the direction of `step`."""
    if step > 0:
        before, unit = matching.last_unit_of(token - 1), matching.unit_of(token)
    else:
        before, unit = matching.unit_of(token + 1), matching.last_unit_of(token)
    return before is not None and unit == before + step


def _swap(matching: Matching, one: int, other: int, size: int) -> None:
    for at in range(0, size, 1 if size > 0 else -1):
        first, second = matching.unit_of(one + at), matching.unit_of(other + at)
        if first is not None and second is not None:
            matching.take(one + at, second)
            matching.take(other + at, first)


def _pull(matching: Matching, step: int) -> None:
    """Moves tokens to the unit next to that of their neighbour, where the same stands as well.

    Of two places for a small word the common subsequence may have taken the one that is far off.
    """
    order = range(len(matching.tokens))
    for token in order if step > 0 else reversed(order):
        near = matching.last_unit_of(token - 1) if step > 0 else matching.unit_of(token + 1)
        unit = -1 if near is None else near + step
        if not 0 <= unit < len(matching.units) or matching.unit_of(token) == unit:
            continue
        owner = matching.owners[unit]
        is_free = owner < 0 or (
            matching.unit_of(owner + 1) != unit + 1 and matching.last_unit_of(owner - 1) != unit - 1
        )
        if is_free and matching.units[unit].key == matching.tokens[token].key:
            if owner >= 0:
                matching.drop(owner)
            matching.drop(token)
            matching.take(token, unit)


def common(
    matching: Matching, tokens: Sequence[int], units: Sequence[int]
) -> Iterator[list[tuple[int, int]]]:
    """The longest common subsequence as pairs (token, unit); of a huge page part by part."""
    said = [matching.tokens[i].key for i in tokens]
    shown = [matching.units[i].key for i in units]
    known = set(said) & set(shown)
    tokens = [i for i, key in zip(tokens, said, strict=True) if key in known]
    units = [i for i, key in zip(units, shown, strict=True) if key in known]
    if not known:
        return
    numbers = {key: number for number, key in enumerate(known)}
    rows = [numbers[matching.tokens[i].key] for i in tokens]
    columns = [numbers[matching.units[i].key] for i in units]
    step = max(1, MOST_CELLS // len(columns))
    taken: set[int] = set()
    for start in range(0, len(rows), step):
        blocks = LCSseq.opcodes(rows[start : start + step], columns).as_matching_blocks()
        pairs = [
            (tokens[start + block.a + i], units[block.b + i])
            for block in blocks
            for i in range(block.size)
        ]
        yield [(token, unit) for token, unit in pairs if unit not in taken]
        taken.update(unit for _, unit in pairs)


def _chains(pairs: Sequence[tuple[int, int]]) -> Iterator[list[tuple[int, int]]]:
    """Pairs that lie close together on both sides."""
    chain: list[tuple[int, int]] = []
    for token, unit in pairs:
        if chain and (token - chain[-1][0] > NEAR + 1 or unit - chain[-1][1] > NEAR + 1):
            yield chain
            chain = []
        chain.append((token, unit))
    if chain:
        yield chain


def _is_believed(chain: Sequence[tuple[int, int]], matching: Matching) -> bool:
    weight = sum(matching.tokens[token].weight for token, _ in chain)
    if weight < LEAST_WEIGHT:
        return False
    first, last = chain[0], chain[-1]
    said = sum(t.weight for t in matching.tokens[first[0] : last[0] + 1])
    shown = sum(u.token.weight for u in matching.units[first[1] : last[1] + 1])
    return weight >= LEAST_DENSE * max(said, shown)


def match_between(matching: Matching) -> None:
    """Matches what is left by its letters with what is left beside or between its neighbours."""
    left = [i for i, hit in enumerate(matching.hits) if hit is None]
    for _, run in groupby(enumerate(left), key=lambda pair: pair[1] - pair[0]):
        tokens = [token for _, token in run]
        units = _between(matching, tokens[0], tokens[-1])
        if units:
            match_letters(matching, tokens, units)


def _between(matching: Matching, first: int, last: int) -> list[int]:
    """Units without an owner that lie where the tokens `first` to `last` should stand."""
    before, after = matching.last_unit_of(first - 1), matching.unit_of(last + 1)
    if before is not None and after is not None and before < after <= before + MOST_GAP:
        return [i for i in range(before + 1, after) if matching.owners[i] < 0]
    size = sum(len(token.key) for token in matching.tokens[first : last + 1])
    found: list[int] = []
    if before is not None:
        found += _free(matching, range(before + 1, len(matching.units)), size)
    if after is not None:
        back = _free(matching, range(after - 1, -1, -1), size)
        found += [i for i in reversed(back) if i not in found]
    return found


def _free(matching: Matching, numbers: range, size: int) -> list[int]:
    """Units without an owner that follow each other, of about so many letters together."""
    found: list[int] = []
    length = 0
    for i in numbers:
        if matching.owners[i] >= 0 or length > 1.3 * size:
            break
        found.append(i)
        length += len(matching.units[i].key)
    return found


def match_letters(matching: Matching, tokens: Sequence[int], units: Sequence[int]) -> None:
    """Matches tokens with units letter by letter, unless they have too little in common."""
    said, whose = _letters([matching.tokens[i].key for i in tokens])
    shown, places = _letters([matching.units[i].key for i in units])
    same, instead = _steps(said, shown)
    if not _is_alike(same, len(said), len(shown)):
        return
    stands = [a if a is not None else b for a, b in zip(same, instead, strict=True)]
    shares: dict[int, list[_Share]] = {}
    for number, token in enumerate(tokens):
        for share in _shares(token, whose[number], stands, places):
            shares.setdefault(share.unit, []).append(share)
    pieces: dict[int, list[Piece]] = {}
    sizes: Counter[int] = Counter()
    for number, found in shares.items():
        size = places[number][1] - places[number][0]
        # what nobody stands at belongs to who stands before it
        ends = [*(share.low for share in found[1:]), size]
        for share, low, end in zip(found, [0, *ends], ends, strict=False):
            piece = Piece(units[number], low / size, end / size, share.start, share.end)
            pieces.setdefault(share.token, []).append(piece)
            sizes[share.token] += end - low
    for number, token in enumerate(tokens):
        start, end = whose[number]
        matched = sum(place is not None for place in same[start:end])
        if token not in pieces or (2 * matched < end - start and end - start > 2):
            continue  # one letter in common is chance
        agreement = matched / max(end - start, sizes[token])
        matching.hits[token] = Hit(tuple(pieces[token]), agreement)
        for piece in pieces[token]:
            matching.owners[piece.unit] = token


def _steps(said: str, shown: str) -> tuple[list[int | None], list[int | None]]:
    """For each letter said, where the same is shown, and where another one is in its place."""
    same: list[int | None] = [None] * len(said)
    instead: list[int | None] = [None] * len(said)
    for step in Levenshtein.opcodes(said, shown):
        found = {"equal": same, "replace": instead}.get(step.tag)
        if found is not None:
            found[step.src_start : step.src_end] = range(step.dest_start, step.dest_end)
    return same, instead


def _is_alike(same: Sequence[int | None], num_said: int, num_shown: int) -> bool:
    used = [place for place in same if place is not None]
    if max(num_said, num_shown) <= SHORT_RUN:
        return bool(used) or num_said == num_shown
    span = max(used) - min(used) + 1 if used else 0
    return bool(used) and len(used) >= LEAST_ALIKE * max(num_said, span)


@dataclass(frozen=True, slots=True)
class _Share:
    """Letters `low` on of the unit `unit` of a stretch are those `start` to `end` of a token."""

    token: int
    unit: int
    low: int
    start: int
    end: int


def _shares(
    token: int,
    letters: tuple[int, int],
    stands: Sequence[int | None],
    places: Sequence[tuple[int, int]],
) -> Iterator[_Share]:
    """The units that the letters of a token stand in, in order."""
    starts = [start for start, _ in places]
    placed = [
        (bisect_right(starts, place) - 1, place, i - letters[0])
        for i in range(*letters)
        if (place := stands[i]) is not None
    ]
    for number, inside in groupby(placed, key=lambda entry: entry[0]):
        entries = list(inside)
        low = entries[0][1] - starts[number]
        yield _Share(token, number, low, entries[0][2], entries[-1][2] + 1)


def _letters(keys: Sequence[str]) -> tuple[str, list[tuple[int, int]]]:
    """The keys as one text, and where in it each of them lies."""
    spans: list[tuple[int, int]] = []
    start = 0
    for key in keys:
        spans.append((start, start + len(key)))
        start += len(key)
    return "".join(keys), spans
