"""A page whose blocks, cells, items and words have the boxes of what they stand for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from docparse.evidence.chances import Chances
from docparse.evidence.confidence import Evidence, confidence_of
from docparse.evidence.match import Hit, Matching, match_between, match_in_order
from docparse.evidence.place import Places
from docparse.evidence.tokens import Part, Token, parts_of, tokens_of
from docparse.evidence.units import Unit, units_of
from docparse.evidence.weights import Shown
from docparse.types import BBox, Block, Kind, Line, Note, Page, Provenance, Word, union_of

# Of a block's letters, so many must be found for its box to be believed, ...
ENOUGH = 0.5
# ... and so many to take theirs instead of the box that it came with.
MOST = 0.8
# Words that spread over so many times the area of the box they came in are not all its own.
SPREAD = 4.0
# Distinct words of a page from which on they say something about a reply.
ENOUGH_WORDS = 20
# Their texts describe, or are in a language of their own: they are not printed as they stand.
UNPRINTED: frozenset[Kind] = frozenset(
    {"figure", "chart", "formula", "music-sheet", "chemical-formula", "seal"}
)
# How wide a letter is set, in heights of its line, where nothing tells.
LETTER = 0.5


@dataclass(frozen=True, slots=True)
class Aligned:
    """A page's texts beside what it shows. `places`: where each of the tokens stands.

    `plain`: for each token whether it is text as it is printed, not LaTeX. `evidence`: what is
    known of it. `shown`: where what the page shows comes from, "read" if some of it was read.
    """

    page: Page
    places: Places
    plain: Sequence[bool]
    evidence: Sequence[Evidence]
    shown: Shown

    @property
    def matching(self) -> Matching:
        return self.places.matching


def share_said(page: Page, lines: Sequence[Line]) -> float:
    """The share of the lines' distinct words that the page's blocks say too; 1 for few words."""
    wanted = {t.key for line in lines for w in line.words for t in tokens_of(w.text) if t.weight}
    if len(wanted) < ENOUGH_WORDS:
        return 1.0
    parts = [part for number, block in enumerate(page.blocks) for part in parts_of(block, number)]
    said = {token.key for part in parts for token in tokens_of(part.text)}
    return len(wanted & said) / len(wanted)


def align(page: Page, lines: Sequence[Line], chances: Sequence[Chances] = ()) -> Aligned:
    """The page with the words of each block, tight around what they stand for among the lines.

    Cells and list items get boxes, and so do blocks without one of their own, which have that of
    the whole page; the boxes of text blocks are drawn tight around their words. A word that the
    lines say too is theirs; any other is the model's. What is not found stays as it is.
    `chances`: for each block those of its words.
    """
    whole = BBox(0, 0, page.width, page.height)
    parts = [
        part
        for number, block in enumerate(page.blocks)
        if block.kind not in UNPRINTED
        for part in parts_of(block, number)
    ]
    tokens: list[Token] = []
    spans: list[tuple[int, int]] = []
    plain: list[bool] = []
    for part in parts:
        found = tokens_of(part.text)
        spans.append((len(tokens), len(tokens) + len(found)))
        tokens += found
        plain += [not part.is_math(token) for token in found]
    matching = Matching(tokens, units_of(lines))
    places = Places(matching, parts, spans, page.blocks, whole)
    if matching.units:
        match_in_order(matching)
        places.confine()
        match_between(matching)
        places.fill()
        match_between(matching)
    is_read = any(word.is_read for line in lines for word in line.words)
    shown: Shown = "" if not matching.units else "read" if is_read else "layer"
    evidence = _evidence(places, shown, chances)
    page = _with_words(page, places, evidence) if matching.units else page
    return Aligned(page, places, plain, evidence, shown)


def _evidence(places: Places, shown: Shown, chances: Sequence[Chances]) -> Sequence[Evidence]:
    units = places.matching.units
    sizes: Counter[int] = Counter()
    for part, (start, end) in zip(places.parts, places.spans, strict=True):
        sizes[part.block] += end - start
    known: list[float | None] = []
    for block, size in sizes.items():
        own = chances[block] if block < len(chances) else ()
        known += own if len(own) == size else (None,) * size
    found = []
    for hit, chance in zip(places.matching.hits, known, strict=True):
        if hit is None:
            found.append(Evidence(shown, chance=chance))
        else:
            words = [units[piece.unit].word for piece in hit.pieces]
            seen = min(word.confidence for word in words)
            by: Shown = "read" if any(word.is_read for word in words) else "layer"
            found.append(Evidence(by, hit.agreement, seen, chance))
    return found


def _with_words(page: Page, places: Places, evidence: Sequence[Evidence]) -> Page:
    found: dict[int, list[int]] = {}
    for number, part in enumerate(places.parts):
        found.setdefault(part.block, []).append(number)
    blocks = tuple(
        _placed(block, [(places.parts[n], n) for n in found.get(number, ())], places, evidence)
        for number, block in enumerate(page.blocks)
    )
    lost = sum(block.bbox == places.whole for block in blocks)
    notes = tuple(note for note in page.notes if lost or note.code != "bad-box")
    if lost:
        some = "1 block was" if lost == 1 else f"{lost} blocks were"
        notes = (*notes, Note("bad-box", f"{some} not found in the page's text"))
    return replace(page, blocks=blocks, notes=notes)


def _placed(
    block: Block,
    parts: Sequence[tuple[Part, int]],
    places: Places,
    evidence: Sequence[Evidence],
) -> Block:
    """A block with its words, and the boxes that follow from them."""
    hits = [hit for _, number in parts for hit in _hits(places, number)]
    total = sum(
        token.weight
        for part, number in parts
        for token in _tokens(places, number)
        if not part.is_math(token)
    )
    weight = sum(token.weight for token, _ in hits)
    whole = places.whole
    if not hits or (block.bbox == whole and weight < ENOUGH * total):
        return block
    units = places.matching.units
    around = union_of(units[p.unit].part(p.low, p.high) for _, hit in hits for p in hit.pieces)
    bbox = block.bbox
    is_tight = weight >= MOST * total and around.area <= SPREAD * bbox.area
    if bbox == whole or (is_tight and block.table is None):
        bbox = around
    items, table = list(block.items), block.table
    cells = list(table.cells) if table else []
    words: list[Word] = []
    for part, number in parts:
        own = list(_words(part, number, places, evidence, bbox))
        words += own
        box = places.box_of(number)
        if part.kind == "item":
            items[part.index] = replace(items[part.index], bbox=box or items[part.index].bbox)
        elif part.kind == "cell":
            cells[part.index] = replace(cells[part.index], bbox=box or cells[part.index].bbox)
    if table:
        table = replace(table, cells=tuple(cells))
    return replace(
        block,
        bbox=bbox,
        words=tuple(words),
        items=tuple(items),
        table=table,
        confidence=mean_confidence(words),
    )


def mean_confidence(words: Sequence[Word]) -> float:
    """The mean over the letters of words; 1 for none."""
    letters = sum(len(word.text) for word in words)
    total = sum(word.confidence * len(word.text) for word in words)
    return round(total / letters, 3) if letters else 1.0


def _tokens(places: Places, number: int) -> Sequence[Token]:
    start, end = places.spans[number]
    return places.matching.tokens[start:end]


def _hits(places: Places, number: int) -> Iterator[tuple[Token, Hit]]:
    start, end = places.spans[number]
    for token, hit in zip(
        places.matching.tokens[start:end], places.matching.hits[start:end], strict=True
    ):
        if hit is not None:
            yield token, hit


def _words(
    part: Part, number: int, places: Places, evidence: Sequence[Evidence], area: BBox
) -> Iterator[Word]:
    """The words of a part in which something was found; what was not is put beside the others."""
    start, end = places.spans[number]
    matching = places.matching
    if not any(matching.hits[start:end]):
        return
    last: Word | None = None
    for i in range(start, end):
        token, hit = matching.tokens[i], matching.hits[i]
        if part.is_math(token):
            continue
        made = list(_found(part, token, hit, matching.units)) if hit else []
        if not made:
            after = next((h for h in matching.hits[i + 1 : end] if h), None)
            following = matching.units[after.pieces[0].unit].bbox if after else None
            text = part.text[token.start : token.end]
            box = _guessed(text, last, following, area)
            space = _has_space(part.text, token.end)
            made = [Word(text, box, source="model", space_after=space)]
        confidence = confidence_of(evidence[i])
        yield from (replace(word, confidence=confidence) for word in made)
        last = made[-1]


def _found(part: Part, token: Token, hit: Hit, units: Sequence[Unit]) -> Iterator[Word]:
    """The word of a token; two if it is broken at the end of a line."""
    runs = [list(run) for _, run in groupby(hit.pieces, key=lambda p: units[p.unit].line)]
    letters = _letters(part.text[token.start : token.end], len(token.key))
    cuts = [0, *(letters[run[0].start] for run in runs[1:]), token.end - token.start]
    for index, run in enumerate(runs):
        box = union_of(units[piece.unit].part(piece.low, piece.high) for piece in run)
        text = part.text[token.start + cuts[index] : token.start + cuts[index + 1]]
        if not text:
            continue
        first = units[run[0].unit].word
        is_theirs = hit.agreement == 1 and first.source == "text-layer"
        source: Provenance = "text-layer" if is_theirs else "model"
        space = index + 1 == len(runs) and _has_space(part.text, token.end)
        style = first.style if first.source == "text-layer" else None
        yield Word(text, box, source=source, style=style, space_after=space)


def _has_space(text: str, end: int) -> bool:
    return end == len(text) or text[end].isspace()


def _letters(text: str, count: int) -> list[int]:
    """Where in a text each of the `count` characters of its key stands, about."""
    alphanumeric = [i for i, char in enumerate(text) if char.isalnum()]
    if len(alphanumeric) == count:
        return alphanumeric
    return [i * len(text) // max(1, count) for i in range(count)]


def _guessed(text: str, last: Word | None, following: BBox | None, area: BBox) -> BBox:
    """Where a word that was not found may stand: after the last one or before the next."""
    if last is not None:
        box = last.bbox
        end, limit = box.x1 + round(LETTER * box.height * len(text)), max(area.x1, box.x1)
        if following and following.y0 < box.y1 and following.y1 > box.y0:
            limit = max(box.x1, min(limit, following.x0))
        return BBox(box.x1, box.y0, min(end, limit), box.y1)
    if following is not None:
        start = following.x0 - round(LETTER * following.height * len(text))
        start = max(min(area.x0, following.x0), start)
        return BBox(start, following.y0, following.x0, following.y1)
    return area
