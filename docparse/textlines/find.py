"""The lines of text on the picture of a page, and the picture of each line."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import cv2
import numpy as np
import PIL.Image

from docparse.geometry import BBox
from docparse.textlines.checks import find_check_boxes, within
from docparse.textlines.codes import find_codes, without_codes
from docparse.textlines.cut import cut_line, margins_of
from docparse.textlines.direction import is_downward
from docparse.textlines.glued import unglued
from docparse.textlines.group import Group, group_lines
from docparse.textlines.ink import flatten, ink_of
from docparse.textlines.leaders import with_leaders
from docparse.textlines.marks import Marks, find_marks, letter_height
from docparse.textlines.photos import find_photos
from docparse.textlines.ruby import mark_ruby
from docparse.textlines.rules import Rules, split_rules, with_faint_rules
from docparse.textlines.skew import find_skew, turning
from docparse.textlines.slanted import Slanted, find_slanted, set_frames_straight

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Grey = NDArray[np.uint8]
    Boxes = NDArray[np.int32]
    OnRules = Callable[[Grey, Rules, float, float], None]

# A larger page is looked at in a smaller picture, unless its letters would become too small.
MOST_PIXELS = 4_400_000
MOST_PIXELS_FINE = 16_000_000
LEAST_LETTER = 12.0
# Smaller pictures get more paper.
SMALLEST = 16
# With fewer marks, their size says nothing.
FEW = 30
# A mark higher and wider than so many letters is a drawing or a photograph.
LARGE = 9.0
# Larger marks with less ink than this share of their box are frames, drawings and signatures.
HOLLOW = 0.18
# The sides and corners of a frame round one line of text: higher than letters, and as thin.
SIDE_HEIGHT, SIDE_WIDTH = 1.25, 0.35


@dataclass(frozen=True, slots=True)
class TextLine:
    """One line: `bbox` in pixels of `Sheet.even`. `ruby`: small letters beside a line of others.

    `members`: indices of its marks in the sheet's `marks`. `ticked`: of a check box, which is a
    line of its own; None for text.
    """

    bbox: BBox
    vertical: bool
    ruby: bool
    members: tuple[int, ...]
    ticked: bool | None = None


@dataclass(frozen=True, eq=False)
class Sheet:
    """A page picture set straight, and what was found on it.

    `even`: the page with white ground and dark ink, without its lean. `scale`: its pixels per
    pixel of the picture given. `lean`: degrees clockwise that were taken out. `size`: width and
    height of the picture given. `letter`: height of most letters. `photos`: large dark parts of
    the page, photographs or panels, in pixels of `even`; `drawn`: marks that are too large, too
    hollow or too long for letters. `slanted`: stamps that were set straight.
    """

    even: Grey
    scale: float
    lean: float
    size: tuple[int, int]
    letter: float
    marks: Marks
    rules: Rules
    lines: tuple[TextLine, ...]
    photos: tuple[BBox, ...]
    drawn: tuple[BBox, ...]
    slanted: tuple[Slanted, ...]

    def picture(self, line: TextLine) -> PIL.Image.Image:
        """The picture of a line or of a part of one, as a LineReader wants it."""
        return PIL.Image.fromarray(
            cut_line(self.even, self.marks, line.bbox, line.members, vertical=line.vertical)
        )

    def along(self, line: TextLine, share: float) -> float:
        """A place along the picture of a line, 0 to 1, as pixels of `even` (down if vertical)."""
        across, down = margins_of(line.bbox, vertical=line.vertical)
        box = line.bbox
        if line.vertical:
            return box.y0 - down + share * (box.height + 2 * down)
        return box.x0 - across + share * (box.width + 2 * across)

    @cached_property
    def _back(self) -> NDArray[np.float64]:
        turn = turning(self.even.shape, self.lean)
        return np.asarray(cv2.invertAffineTransform(turn), dtype=np.float64)

    def to_page(self, box: BBox) -> BBox:
        """A box on `even` as the box around it on the picture given."""
        corners = np.array(
            [(x, y, 1.0) for x in (box.x0, box.x1) for y in (box.y0, box.y1)], dtype=np.float64
        )
        points = corners @ self._back.T if self.lean else corners[:, :2]
        for stamp in self.slanted:
            if stamp.holds(*points.mean(axis=0).tolist()):
                points = stamp.back(points)
        points /= self.scale
        low, high = points.min(axis=0), points.max(axis=0)
        around = BBox.around(float(low[0]), float(low[1]), float(high[0]), float(high[1]))
        return around.clip(*self.size)


def find_lines(grey: Grey, on_rules: OnRules | None = None) -> Sheet:
    """Looks at a page [H, W], 0 black to 255 white; it may lean by up to eight degrees.

    Text on its side is found as vertical lines: whether it is that, a reader has to say.
    `on_rules`: called with the `even`, `rules`, `scale` and `letter` of the sheet, once known.
    """
    missing = [max(0, SMALLEST - side) for side in grey.shape]
    if any(missing):
        grey = np.pad(grey, [(0, missing[0]), (0, missing[1])], constant_values=255)
    scale = min(1.0, math.sqrt(MOST_PIXELS / grey.size))
    sheet = _look(grey, scale, on_rules)
    if sheet.letter < LEAST_LETTER and len(sheet.marks.boxes) > FEW:
        most = math.sqrt(MOST_PIXELS_FINE / grey.size)
        finer = min(most, max(1.0, scale) * 1.5 * LEAST_LETTER / sheet.letter)
        if finer > 1.2 * scale:
            sheet = _look(grey, finer, on_rules)
    return sheet


def _look(grey: Grey, scale: float, on_rules: OnRules | None) -> Sheet:
    height, width = grey.shape
    page = grey
    if scale != 1.0:
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        page = cv2.resize(grey, size, interpolation=way).astype(np.uint8)
    with ThreadPoolExecutor(1, "codes") as beside:
        looking = beside.submit(find_codes, page)
        even = flatten(page)
        ink = ink_of(even)
        first = find_marks(ink)
        codes = looking.result()
    if codes is not None:
        ink = without_codes(ink, codes)
        first = find_marks(ink)
    letter = letter_height(first.boxes)
    lean = find_skew(first.boxes, letter)
    slanted = find_slanted(first, letter, lean)
    if slanted:
        even = set_frames_straight(even, slanted)
    if lean or slanted:
        even = _set_straight(even, lean, 255)
        ink = ink_of(even)
        if codes is not None:
            ink = without_codes(ink, _set_straight(codes, lean, 0))
    rules = split_rules(with_faint_rules(ink, even, letter), letter)
    scale = page.shape[1] / width
    if on_rules:
        on_rules(even, rules, scale, letter)
    marks = find_marks(rules.ink)
    cut = unglued(rules.ink, marks, letter)
    if cut is not None:
        marks = find_marks(cut)
    may_be_text = _may_be_text(marks, letter)
    drawn = tuple(BBox(*box) for box in marks.boxes[~may_be_text].tolist())
    marks = marks.take(may_be_text & ~_is_of_frame(marks, rules, letter))
    checks = find_check_boxes(rules.ink, marks, letter)
    lines = _lines(marks, rules, even.shape, checks)
    photos = find_photos(page, letter, lean)
    size = (width, height)
    return Sheet(even, scale, lean, size, letter, marks, rules, lines, photos, drawn, slanted)


def _set_straight(picture: Grey, lean: float, ground: int) -> Grey:
    if not lean:
        return picture
    height, width = picture.shape
    straight = cv2.warpAffine(
        picture,
        turning(picture.shape, lean),
        (width, height),
        flags=cv2.INTER_LINEAR,
        borderValue=(ground,),
    )
    return straight.astype(np.uint8)


def _may_be_text(marks: Marks, letter: float) -> NDArray[np.bool_]:
    """Not drawings, photographs, frames and the edges of the sheet."""
    w = marks.boxes[:, 2] - marks.boxes[:, 0]
    h = marks.boxes[:, 3] - marks.boxes[:, 1]
    large = (h > LARGE * letter) | (w > 4 * LARGE * letter)
    hollow = (h > 3 * letter) & (w > 3 * letter) | (np.maximum(w, h) > 6 * letter)
    hollow &= marks.area < HOLLOW * w * h
    long = (w > 12 * h) & (w > 4 * letter) | (h > 12 * w) & (h > 4 * letter)
    may: NDArray[np.bool_] = ~(large | hollow | long)
    return may


def _is_of_frame(marks: Marks, rules: Rules, letter: float) -> NDArray[np.bool_]:
    """Which marks are too short for rules of their own and hang on one."""
    w = marks.boxes[:, 2] - marks.boxes[:, 0]
    h = marks.boxes[:, 3] - marks.boxes[:, 1]
    thin = (w < SIDE_WIDTH * letter) | (marks.area < HOLLOW * w * h)
    found: NDArray[np.bool_] = (h > SIDE_HEIGHT * letter) & thin
    near = 3 + round(0.1 * letter)
    for i in np.flatnonzero(found).tolist():
        x0, y0, x1, y1 = marks.boxes[i].tolist()
        across = rules.across
        touches = (across[:, 0] - near < x1) & (across[:, 2] + near > x0)
        touches &= (across[:, 1] - near < y1) & (across[:, 3] + near > y0)
        found[i] = bool(touches.any())
    return found


def _lines(
    marks: Marks, rules: Rules, shape: Sequence[int], checks: dict[int, bool]
) -> tuple[TextLine, ...]:
    """`checks`: the marks that are check boxes, and whether they are ticked."""
    if not len(marks.boxes):
        return ()
    height, width = shape[0], shape[1]
    letter = letter_height(marks.boxes)
    downward = is_downward(marks.boxes, letter, (height, width))
    is_text = np.ones(len(marks.boxes), bool)
    found: list[TextLine] = []
    for number, ticked in checks.items():
        members = within(marks, number)
        is_text[members] = False
        box = BBox(*marks.boxes[number].tolist())
        found.append(TextLine(box, False, False, tuple(members), ticked))
    for vertical in (False, True):
        indices = np.flatnonzero((downward == vertical) & is_text)
        if not len(indices):
            continue
        boxes = marks.boxes[indices]
        if vertical:
            # The page on its other diagonal: top to bottom becomes left to right.
            groups = group_lines(
                boxes[:, [1, 0, 3, 2]], rules.across[:, [1, 0, 3, 2]], (width, height)
            )
        else:
            groups = group_lines(boxes, rules.down, (height, width))
            groups = with_leaders(boxes, groups, rules.down, (height, width))
        ruby = mark_ruby(groups, after=vertical)
        found += [
            _text_line(group, indices, vertical, small)
            for group, small in zip(groups, ruby, strict=True)
            if _is_line(group, letter)
        ]
    return tuple(found)


def _text_line(group: Group, indices: NDArray[np.int64], vertical: bool, ruby: bool) -> TextLine:
    x0, y0, x1, y1 = group.bbox
    box = BBox(y0, x0, y1, x1) if vertical else BBox(x0, y0, x1, y1)
    return TextLine(box, vertical, ruby, tuple(indices[group.members].tolist()))


def _is_line(group: Group, letter: float) -> bool:
    """Not a speck."""
    x0, y0, x1, y1 = group.bbox
    wide, high = x1 - x0, y1 - y0
    return max(wide, high) >= 0.35 * letter or (wide > 0.25 * letter and wide >= 2.5 * high)
