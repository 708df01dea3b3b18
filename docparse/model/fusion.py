"""Characters that the CTC head leaves open, settled by head and decoder together."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from torch import Tensor

from docparse.model.branches import branch, branch_gains, read_start
from docparse.model.chat import PICTURE, Message, as_ids, render
from docparse.model.ctc import BLANK, CharRead
from docparse.model.load import Checkpoint
from docparse.model.positions import Item, locate
from docparse.model.prompt import Prompt

# How much the decoder counts beside the head.
WEIGHT = 0.35
# What the decoder was trained to be asked.
PROMPT = "Text:"
END = "<|im_end|>"
# A character as sure as this stands, and so does a blank.
SURE, SURE_BLANK = 0.97, 0.9
# At the most so many characters of a line are in doubt, with so many others for each, and so many
# that may be missing.
DOUBTS, OTHERS, MISSING = 8, 3, 4
# What the head finds less likely by more than this, as a natural logarithm, no decoder makes good.
LEAST_GAIN = -2.0
# So many tokens behind a change must go on from it.
AFTER = 1


@dataclass(frozen=True, slots=True)
class _Edit:
    """Character `number` in frame `frame`, or none for BLANK, in place of characters `start` to
    `end`; `gain`: how much likelier the head finds that, as a natural logarithm."""

    start: int
    end: int
    number: int
    frame: int
    gain: float


class Fusion:
    """The head's reading of lines changed where head and decoder together find another likelier
    (shallow fusion; Gulcehre et al. 2015)."""

    def __init__(self, checkpoint: Checkpoint, characters: str) -> None:
        """`characters`: what the head's numbers from 1 on stand for."""
        self._checkpoint, self._characters = checkpoint, characters
        self._prompt = lru_cache(maxsize=128)(self._make_prompt)
        self._start = read_start(checkpoint.model, self._prompt(1, False))

    def settle(
        self,
        lines: Sequence[list[CharRead]],
        logits_BFV: Tensor,
        seen_BGUD: Tensor,
        *,
        vertical: bool,
    ) -> list[list[CharRead]]:
        """The lines of a batch, from the head's scores and what the tower saw."""
        doubts = self._doubts(lines, logits_BFV)
        settled = list(lines)
        in_doubt = [number for number, edits in enumerate(doubts) if edits]
        if not in_doubt:
            return settled
        groups = seen_BGUD.shape[1]
        merged_ND = self._checkpoint.model.tower.merger(seen_BGUD[in_doubt].flatten(0, 1))
        texts = [self._tokens([char.number for char in lines[number]]) for number in in_doubt]
        branches = [
            [
                branch(text, self._tokens(_changed(lines[number], edit)), after=AFTER)
                for edit in doubts[number]
            ]
            for number, text in zip(in_doubt, texts, strict=True)
        ]
        gains = branch_gains(
            self._checkpoint.model,
            self._start,
            self._prompt(groups, vertical),
            merged_ND.view(len(in_doubt), groups, -1),
            texts,
            branches,
        )
        for number, told in zip(in_doubt, gains, strict=True):
            pairs = zip(doubts[number], told, strict=True)
            fused = [replace(edit, gain=edit.gain + WEIGHT * gain) for edit, gain in pairs]
            settled[number] = _applied(lines[number], fused)
        return settled

    def _doubts(self, lines: Sequence[list[CharRead]], logits_BFV: Tensor) -> list[list[_Edit]]:
        """What else each line may say."""
        missing = _missing(lines, logits_BFV)
        found: list[list[_Edit]] = []
        for chars, logits_FV, gaps in zip(lines, logits_BFV, missing, strict=True):
            weak = [place for place, char in enumerate(chars) if char.confidence < SURE]
            weak = sorted(weak, key=lambda place: chars[place].confidence)[:DOUBTS]
            numbers = {chars[place].number for place in weak}
            numbers |= {number for place in weak for number, _ in chars[place].rivals[:OTHERS]}
            scores = _Scores(logits_FV, numbers | {number for _, number in gaps})
            edits = [*_other_chars(chars, weak, scores), *_more_chars(chars, gaps, scores)]
            found.append([
                edit for edit in edits if edit.gain > LEAST_GAIN and self._may_be(chars, edit)
            ])  # fmt: skip
        return found

    def _may_be(self, chars: Sequence[CharRead], edit: _Edit) -> bool:
        """Figures are never made longer or shorter: that is for the pixels alone to say.

        One character in two frames in a row is told once.
        """
        before, after = chars[: edit.start][-1:], chars[edit.end : edit.end + 1]
        near = [
            *(char for char in before if edit.frame - char.last < 2),
            *(char for char in after if char.first - edit.frame < 2),
        ]
        if any(char.number == edit.number for char in near):
            return False
        if edit.number and edit.end > edit.start:
            return True
        number = edit.number or chars[edit.start].number
        return not self._characters[number - 1].isdecimal()

    def _tokens(self, numbers: Sequence[int]) -> list[int]:
        tokenizer = self._checkpoint.tokenizer
        text = "".join(self._characters[number - 1] for number in numbers)
        return [*tokenizer.encode(text), tokenizer.special(END)]

    def _make_prompt(self, groups: int, vertical: bool) -> Prompt:
        """The chat before the reply, for a picture of so many vision tokens."""
        config = self._checkpoint.config
        merge = config.vision.merge
        rows, columns = (groups, 1) if vertical else (1, groups)
        pieces = render([Message("user", (PICTURE, PROMPT))])
        ids = as_ids(pieces, self._checkpoint.tokenizer, sizes=[groups])
        positions = locate(
            ids,
            [Item((1, rows * merge, columns * merge))],
            image_token=config.image_token,
            video_token=config.video_token,
            merge=merge,
        )
        return Prompt(tuple(ids), (), positions)


class _Scores:
    """The head's scores of some characters and the blank in all frames of a line.

    They are not normalised: only what says the same frames in two ways is compared.
    """

    def __init__(self, logits_FV: Tensor, numbers: set[int]) -> None:
        columns = [BLANK, *sorted(numbers)]
        self.length = len(logits_FV)
        self._column = {number: column for column, number in enumerate(columns)}
        self._scores = logits_FV[:, columns].double().numpy()

    def of(self, window: tuple[int, int], numbers: Sequence[int]) -> list[float]:
        """Of some characters, or of none for BLANK, in the frames from one to before another.

        One character stands in some frames in a row and blanks in all others, so that its
        likelihood is a sum over where it begins and ends.
        """
        frames_FV = self._scores[window[0] : window[1]]
        said_FN = np.cumsum(frames_FV[:, [self._column[number] for number in numbers]], axis=0)
        blank_F1 = np.cumsum(frames_FV[:, :1], axis=0)
        before_FN = np.zeros_like(said_FN)
        before_FN[1:] = (blank_F1 - said_FN)[:-1]
        begun_FN = np.logaddexp.accumulate(before_FN, axis=0)
        ended_FN = begun_FN + said_FN - blank_F1
        totals_N = np.logaddexp.reduce(ended_FN, axis=0) + blank_F1[-1]
        none = float(blank_F1[-1, 0])
        return [
            none if number == BLANK else total
            for number, total in zip(numbers, totals_N.tolist(), strict=True)
        ]


def _missing(lines: Sequence[list[CharRead]], logits_BFV: Tensor) -> list[list[tuple[int, int]]]:
    """Frames of each line that are blank without being sure of it, and the character that each may
    be; the likeliest ones."""
    total = logits_BFV.shape[1]
    rows = []
    for line, chars in enumerate(lines):
        taken = {frame for char in chars for frame in range(char.first, char.last + 1)}
        rows += [(line, frame) for frame in range(total) if frame not in taken]
    found: list[list[tuple[int, int]]] = [[] for _ in lines]
    if not rows:
        return found
    free_NV = logits_BFV[[line for line, _ in rows], [frame for _, frame in rows]]
    best = free_NV[:, BLANK + 1 :].max(-1)
    behind_N = (free_NV[:, BLANK] - best.values).tolist()
    numbers_N = (best.indices + BLANK + 1).tolist()
    least = math.log(SURE_BLANK / (1 - SURE_BLANK))
    for behind, number, (line, frame) in sorted(zip(behind_N, numbers_N, rows, strict=True)):
        if behind < least and len(found[line]) < MISSING:
            found[line].append((frame, number))
    return found


def _window(chars: Sequence[CharRead], start: int, end: int, total: int) -> tuple[int, int]:
    """The frames between the characters before `start` and from `end` on."""
    first = chars[start - 1].last + 1 if start else 0
    last = chars[end].first if end < len(chars) else total
    return first, last


def _other_chars(
    chars: Sequence[CharRead], weak: Sequence[int], scores: _Scores
) -> Iterator[_Edit]:
    """Characters in doubt as others, or as none."""
    for place in weak:
        char = chars[place]
        window = _window(chars, place, place + 1, scores.length)
        others = [BLANK, *(number for number, _ in char.rivals[:OTHERS])]
        now, *found = scores.of(window, [char.number, *others])
        for number, score in zip(others, found, strict=True):
            yield _Edit(place, place + 1, number, char.first, score - now)


def _more_chars(
    chars: Sequence[CharRead], missing: Sequence[tuple[int, int]], scores: _Scores
) -> Iterator[_Edit]:
    """Characters that may stand where none was read, given as frame and number."""
    for frame, number in missing:
        place = sum(char.first < frame for char in chars)
        window = _window(chars, place, place, scores.length)
        score, none = scores.of(window, [number, BLANK])
        yield _Edit(place, place, number, frame, score - none)


def _changed(chars: Sequence[CharRead], edit: _Edit) -> list[int]:
    numbers = [char.number for char in chars]
    numbers[edit.start : edit.end] = [edit.number] if edit.number else []
    return numbers


def _applied(chars: Sequence[CharRead], edits: Sequence[_Edit]) -> list[CharRead]:
    """The line with the likeliest edit in each place, where that is a gain.

    What stands in a place is as sure as it is likely among all that was tried there.
    """
    places: dict[tuple[int, int], list[_Edit]] = {}
    for edit in edits:
        places.setdefault((edit.start, edit.end), []).append(edit)
    settled = list(chars)
    for (start, end), some in sorted(places.items(), reverse=True):
        best = max(some, key=lambda edit: edit.gain)
        base = max(0.0, best.gain)
        total = math.exp(-base) + sum(math.exp(edit.gain - base) for edit in some)
        sure = 1 / total
        if best.gain > 0:
            others = [(edit.number, edit.gain) for edit in some if edit.number and edit is not best]
            others += [(char.number, 0.0) for char in chars[start:end]]
            rivals = [(number, math.exp(gain - base) / total) for number, gain in others]
            rivals.sort(key=lambda rival: -rival[1])
            new = CharRead(best.number, sure, best.frame, best.frame, tuple(rivals))
            settled[start:end] = [new] if best.number else []
        elif end > start:
            settled[start] = replace(chars[start], confidence=sure)
    return settled
