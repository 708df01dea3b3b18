"""Pages read by an engine: a picture and a prompt in, blocks out, and retries where that fails."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Generic, TypeVar

from docparse import prompting
from docparse.anchors.boxed import LONGEST_SIDE, boxed_lines
from docparse.engines.base import Engine, Reply, Request, Usage
from docparse.errors import DocparseError
from docparse.evidence.chances import chances_of
from docparse.layout.turning import turn_block, turner
from docparse.log import logger
from docparse.profiles import Profile
from docparse.reading.drafts import draft_reply
from docparse.reading.failed import failed_page
from docparse.reading.formats import held_to
from docparse.reading.growing import Growing
from docparse.reading.halves import widest_gap
from docparse.reading.regions import around, put_in, to_ask
from docparse.reading.replies import Read, frame_box, read_reply
from docparse.reading.settling import Settled, Told, settle
from docparse.types import BBox, Frame, Line, Note, NoteCode, Page

if TYPE_CHECKING:
    import PIL.Image

    from docparse.pages.page import PageInput


Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One way to ask. `halves`: the page is cut in two at a gap and the replies are joined."""

    temperature: float = 0.0
    anchors: bool = True
    halves: bool = False


# Each step changes something that can have caused the failure: chance, the anchors, the length.
LADDER = (
    Attempt(),
    Attempt(temperature=0.3, anchors=False),
    Attempt(anchors=False, halves=True),
    Attempt(temperature=0.8, anchors=False),
)


# Tokens that a reply to few lines may have more than these have characters.
MARKUP = 128
# The step after all of them: what the reply left out is asked for.
REGIONS = len(LADDER)
# Notes on a text layer that say nothing of what a model reads from the picture.
OF_THE_LAYER: frozenset[NoteCode] = frozenset({"needs-reading", "unmapped-text"})


@dataclass(frozen=True, slots=True)
class _Part:
    """A page or a part of one, as it is asked about.

    `left`, `top`: its first column and row on the page's picture as it was turned. `unplaced`: the
    box there of what comes without one. `of`: how many parts the page is asked about in; `index`:
    which of them it is.
    """

    number: int
    frame: Frame
    left: int
    top: int
    unplaced: BBox
    of: int
    index: int


@dataclass(slots=True)
class PageReading(Generic[Key]):
    """Reads pages, of any number of documents, through an engine.

    `load` gives a page by its key; it is called anew for each attempt, so that no page is held.
    `anchors` gives a page's anchor text, or is None when none are wanted. `read_lines` gives
    what a page shows, to check its reply against; without it that is the text layer.
    `once`: what fails is not asked again, in no other way and for no region.
    `turns`: by how many degrees counter-clockwise pages were turned because their replies said so.
    `hold_format`: replies are held to the format of the profile. `with_chances`: engines that do
    not do so anyhow are asked for the log-probabilities of their tokens.
    """

    engine: Engine
    profile: Profile
    load: Callable[[Key], PageInput]
    max_pixels: int | None = None
    anchors: Callable[[PageInput], str] | None = None
    hold_format: bool = False
    with_chances: bool = False
    read_lines: Callable[[PageInput], tuple[Line, ...]] | None = None
    once: bool = False
    turns: dict[Key, int] = field(default_factory=dict)
    _lines: dict[Key, tuple[Line, ...]] = field(default_factory=dict)
    _settled: dict[Key, Settled] = field(default_factory=dict)

    def read(self, keys: Iterable[Key]) -> Iterator[tuple[Key, Page]]:
        """Each page once, as it is done; blank pages are never sent.

        Keys are pulled as the engine has room, and what is to be asked again goes first.
        """
        fresh = iter(keys)
        again: deque[tuple[Key, int]] = deque()
        best: dict[Key, Settled] = {}
        while True:
            for (key, step), found, rotation in self._ask(_asked_first(again, fresh)):
                if rotation and key not in self.turns:
                    self.turns[key] = rotation
                    again.append((key, step))
                    continue
                if found is not None:
                    best[key] = _better(best.get(key), found)
                is_done = self.once or (found is not None and found.page.complete)
                if not is_done and step + 1 < len(LADDER):
                    again.append((key, step + 1))
                    continue
                asks_more = step != REGIONS and not self.once
                if asks_more and best[key].missed and key not in self.turns:
                    self._settled[key] = best[key]
                    again.append((key, REGIONS))
                    continue
                self._settled.pop(key, None)
                self.turns.pop(key, None)
                self._lines.pop(key, None)
                yield key, best.pop(key).page
            if not again:
                return

    def _ask(
        self, keys: Iterable[tuple[Key, int]]
    ) -> Iterator[tuple[tuple[Key, int], Settled | None, int]]:
        """A page for each key and step, good or not, and by how much its reply wants it turned.

        None where the step has nothing to ask.
        """
        parts: dict[int, tuple[tuple[Key, int], _Part]] = {}
        unasked: deque[tuple[tuple[Key, int], Settled | None]] = deque()
        num_asked = 0

        def requests() -> Iterator[Request]:
            nonlocal num_asked
            for key, step in keys:
                asked = self._asked(key, step)
                if isinstance(asked, Page) or not asked:
                    found = Settled(asked) if isinstance(asked, Page) else None
                    unasked.append(((key, step), found))
                    continue
                for part, request in asked:
                    parts[num_asked] = ((key, step), part)
                    num_asked += 1
                    yield request

        done: dict[Key, dict[int, Told]] = {}
        for index, reply in self.engine.generate(requests()):
            tried, part = parts.pop(index)
            told, rotation = self._page(part, reply)
            done.setdefault(tried[0], {})[part.index] = told
            if len(done[tried[0]]) == part.of:
                found = [told for _, told in sorted(done.pop(tried[0]).items())]
                yield tried, self._settle(found, *tried), rotation
            while unasked:
                yield *unasked.popleft(), 0
        while unasked:
            yield *unasked.popleft(), 0

    def _asked(self, key: Key, step: int) -> list[tuple[_Part, Request]] | Page:
        """What to ask about a page, or the page itself where there is nothing to ask."""
        try:
            page = self.load(key)
            if page.layer == "blank":
                return _empty(page)
            if step == REGIONS:
                return list(self._region_requests(page, self._settled[key]))
            return list(self._requests(page, LADDER[step], self.turns.get(key, 0)))
        except DocparseError as error:  # must not cost the pages that are read beside it
            return failed_page(1, str(error))

    def _requests(
        self, page: PageInput, attempt: Attempt, turned: int
    ) -> Iterator[tuple[_Part, Request]]:
        from docparse.pages.native import render

        picture = render(page).rotate(turned, expand=True)
        cut = widest_gap(picture) if attempt.halves else None
        if attempt.halves and cut is None:
            return  # as it cannot be cut, this would ask again what was asked before
        rows = [0, cut, picture.height] if cut else [0, picture.height]
        whole = BBox(0, 0, *picture.size)
        boxes = [BBox(0, top, picture.width, bottom) for top, bottom in pairwise(rows)]
        for part, request in self._parts(page, picture, boxes, attempt, [whole] * len(boxes)):
            # A draft is of a whole page, and luck does not follow it.
            is_plain = self.engine.takes_drafts and not cut and not attempt.temperature
            draft = draft_reply(page, part.frame, self.profile.grammar) if is_plain else ""
            yield part, replace(request, draft=draft)

    def _region_requests(
        self, page: PageInput, settled: Settled
    ) -> Iterator[tuple[_Part, Request]]:
        from docparse.pages.native import render

        boxes = [
            around(region, width=page.width, height=page.height, dpi=page.dpi)
            for region in to_ask(settled)
        ]
        attempt = Attempt(anchors=False)
        yield from self._parts(page, render(page), boxes, attempt, boxes)

    def _parts(
        self,
        page: PageInput,
        picture: PIL.Image.Image,
        boxes: Sequence[BBox],
        attempt: Attempt,
        unplaced: Sequence[BBox],
    ) -> Iterator[tuple[_Part, Request]]:
        """A request for each box of the page's picture."""
        prompt = prompting.load(self.profile.prompt)
        schema, grammar = held_to(self.profile) if self.hold_format else (None, "")
        for index, box in enumerate(boxes):
            piece = picture.crop((box.x0, box.y0, box.x1, box.y1))
            size = self._size(piece)
            frame = Frame(
                piece.width,
                piece.height,
                1000 if self.profile.relative else size[0],
                1000 if self.profile.relative else size[1],
                page.dpi,
            )
            wanted = self.profile.anchors
            slots = {"anchors": self._anchor_text(page, attempt, box, frame)} if wanted else {}
            part = _Part(page.number, frame, box.x0, box.y0, unplaced[index], len(boxes), index)
            yield (
                part,
                Request(
                    prompting.fill(prompt, **slots),
                    piece.resize(size, resample=3),  # bicubic, as the processor's own
                    max_tokens=self._most_tokens(slots.get("anchors", "")),
                    temperature=attempt.temperature,
                    schema=schema,
                    grammar=grammar,
                    with_chances=self.with_chances,
                    on_text=Growing(page.number, frame, self.profile.grammar).push,
                ),
            )

    def _most_tokens(self, told: str) -> int:
        """A reply to lines that were told says these, and needs little more for its markup."""
        most = self.profile.max_tokens
        return min(most, MARKUP + len(told)) if self.profile.anchors == "boxed" and told else most

    def _anchor_text(self, page: PageInput, attempt: Attempt, box: BBox, frame: Frame) -> str:
        if page.layer != "good":
            return ""
        if self.profile.anchors == "boxed":
            return boxed_lines(page.lines, box, frame)
        return self.anchors(page) if self.anchors and attempt.anchors else ""

    def _size(self, picture: PIL.Image.Image) -> tuple[int, int]:
        width, height = picture.size
        longest = self.profile.longest_side
        if self.profile.anchors == "boxed":
            longest = min(LONGEST_SIDE, max(width, height))
        if longest:
            scale = longest / max(width, height)
            width, height = max(1, round(width * scale)), max(1, round(height * scale))
        return self.engine.size_for(width, height, max_pixels=self.max_pixels)

    def _page(self, part: _Part, reply: Reply) -> tuple[Told, int]:
        """A part as a page of its own, in pixels of the picture that was cut up."""
        read = read_reply(reply.text, part.frame, self.profile.grammar, number=part.number)
        _say_what_it_took(part.number, reply.usage)
        unplaced = frame_box(part.frame)

        def shift(box: BBox) -> BBox:
            if box == unplaced:
                return part.unplaced
            return box.moved(part.left, part.top)

        blocks = tuple(
            replace(turn_block(block, shift), source="model") for block in read.page.blocks
        )
        height = part.frame.height + part.top
        notes = _notes(reply, read)
        page = replace(read.page, blocks=blocks, notes=notes, height=height)
        chances = chances_of(blocks, reply.text, reply.token_ends, reply.log_probabilities)
        return Told(page, chances), read.rotation

    def _settle(self, found: Sequence[Told], key: Key, step: int) -> Settled:
        """The page in its own pixels, checked against what it shows."""
        source = self.load(key)
        if step == REGIONS:
            return put_in(self._settled[key], found, self._lines_of(source, key))
        told = _joined(found)
        page = told.page
        if turned := self.turns.get(key, 0):
            back = turner(page.width, page.height, turned)
            page = replace(page, blocks=tuple(turn_block(block, back) for block in page.blocks))
        page = replace(
            page,
            width=source.width,
            height=source.height,
            rotation=source.rotation,
            notes=(*(n for n in source.notes if n.code not in OF_THE_LAYER), *page.notes),
        )
        told = replace(told, page=page)
        return settle(told, source, self._lines_of(source, key), self.profile)

    def _lines_of(self, source: PageInput, key: Key) -> tuple[Line, ...]:
        """What the page shows, which is read once."""
        if self.read_lines is None:
            return source.lines
        if key not in self._lines:
            self._lines[key] = self.read_lines(source)
        return self._lines[key]


def layer_anchors(page: PageInput) -> str:
    """olmOCR's anchor text for a page of a PDF."""
    from docparse.anchors.report import anchor_text

    if page.pdf_page is None:
        return ""
    unlocked = page.pdf_page.parent.tobytes(encryption=1)  # PDF_ENCRYPT_NONE
    return anchor_text(unlocked, page.number)


def _say_what_it_took(number: int, usage: Usage) -> None:
    drafts = ", ".join(
        f"{name} {right} of {proposed}" for name, (proposed, right) in usage.drafts.items()
    )
    logger.info(
        "p. %d: %d tokens in %d steps; draft tokens that were right: %s",
        number,
        usage.new_tokens,
        usage.passes,
        drafts or "none proposed",
    )


def _notes(reply: Reply, read: Read) -> tuple[Note, ...]:
    """What is to be said of a reply, the way in which it ended included."""
    if reply.finish == "failed":
        return (Note("page-failed", reply.problem or "the engine gave no reply"),)
    if not read.page.blocks:
        return (Note("page-failed", "the reply holds nothing that could be read"),)
    notes = read.page.notes
    known = {note.code for note in notes}
    if reply.finish == "length" and "truncated" not in known:
        return (*notes, Note("truncated", "the reply stopped at the limit of its length"))
    if reply.finish == "repeat" and "repeated-tail" not in known:
        return (*notes, Note("repeated-tail", "the reply ended in a loop, which was cut"))
    return notes


def _asked_first(again: deque[tuple[Key, int]], fresh: Iterator[Key]) -> Iterator[tuple[Key, int]]:
    """Keys with the step of the ladder that they are at; what is asked again is never kept waiting.

    It ends when neither has any more; another one goes on where this one ended.
    """
    while True:
        while again:
            yield again.popleft()
        key = next(fresh, None)
        if key is None:
            return
        yield key, 0


def _better(one: Settled | None, other: Settled) -> Settled:
    """A complete page, or of two incomplete ones the one that says more."""
    if other.page.complete or one is None:
        return other
    return max((one, other), key=lambda s: sum(len(block.text) for block in s.page.blocks))


def _joined(parts: Sequence[Told]) -> Told:
    """Parts of one page, top first, as one page."""
    pages = [told.page for told in parts]
    page = replace(
        pages[-1],
        blocks=tuple(block for page in pages for block in page.blocks),
        notes=tuple(dict.fromkeys(note for page in pages for note in page.notes)),
    )
    return Told(page, tuple(chances for told in parts for chances in told.chances))


def _empty(page: PageInput) -> Page:
    return Page(page.number, page.width, page.height, page.dpi, page.rotation, notes=page.notes)
