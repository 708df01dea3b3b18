"""The texts and images of one PDF page with their places, as pypdf sees them."""

from __future__ import annotations

import logging
import math
import struct
import time
import zlib
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from docparse.anchors.linear import PageElements, TextChunk
from docparse.anchors.merge import Box
from docparse.log import logger

if TYPE_CHECKING:
    import pypdf

# What pypdf raises on broken files, apart from its own errors.
BROKEN_FILE_ERRORS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
    struct.error,
    zlib.error,
)
# Pages beyond these give the elements found so far. The first is what stops a heavy drawing, at
# the same place each time; the second is for files made to hurt (forms that nest without end).
_MAX_WORK = 1_500_000
_MAX_SECONDS = 15.0
_WORK_PER_STRING = 5
# Points; beyond it a coordinate is a mistake (a page has at most 14,400).
_FARTHEST = 1e6

Matrix = tuple[float, float, float, float, float, float]
_IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)

# pypdf tells of every oddity by a warning; without a handler those would land on stderr.
logging.getLogger("pypdf").addHandler(logging.NullHandler())


class _EnoughError(Exception):
    """The page takes more work than we spend on it."""


def read_elements(page: pypdf.PageObject) -> PageElements:
    """All texts and images of a page in points of the page as it is seen.

    The origin is the lower left corner of the crop box after rotation. Where the page is cropped,
    what lies outside is left out. Content that cannot be read to its end, or that takes too much
    work, gives what came before; the result says so.
    """
    from pypdf.errors import DependencyError, PyPdfError

    media, crop = _boxes(page)
    frame = _Frame(crop, _rotation(page))
    collector = _Collector(page.get("/Resources"))
    is_damaged = is_cut = False
    try:
        page.extract_text(
            visitor_text=collector.see_text,
            visitor_operand_before=collector.see_operator,
            visitor_operand_after=collector.leave_operator,
        )
    except _EnoughError:
        is_cut = True
    except (*BROKEN_FILE_ERRORS, PyPdfError, DependencyError) as error:
        logger.debug("pypdf cannot read the page's content: %r", error)
        is_damaged = True
    texts = [frame.place_text(chunk) for chunk in collector.texts]
    images = [frame.place_box(box) for box in collector.images]
    if crop != media:
        texts = [chunk for chunk in texts if frame.shows(Box(chunk.x, chunk.y, chunk.x, chunk.y))]
        images = [box for box in images if frame.shows(box)]
    return PageElements(
        frame.width, frame.height, tuple(texts), tuple(images), is_damaged=is_damaged, is_cut=is_cut
    )


class _Frame:
    """From PDF user space to the page as it is seen: crop box cut out, rotation applied."""

    def __init__(self, crop: Box, rotation: int) -> None:
        self._left, self._bottom, self._rotation = crop.x0, crop.y0, rotation
        self._across, self._up = crop.x1 - crop.x0, crop.y1 - crop.y0
        sizes = (self._across, self._up)
        self.width, self.height = sizes if rotation % 180 == 0 else sizes[::-1]

    def place(self, x: float, y: float) -> tuple[float, float]:
        x, y = x - self._left, y - self._bottom
        if self._rotation == 90:
            return y, self._across - x
        if self._rotation == 180:
            return self._across - x, self._up - y
        if self._rotation == 270:
            return self._up - y, x
        return x, y

    def place_text(self, chunk: TextChunk) -> TextChunk:
        return TextChunk(chunk.text, *self.place(chunk.x, chunk.y))

    def place_box(self, box: Box) -> Box:
        return _box_around([self.place(box.x0, box.y0), self.place(box.x1, box.y1)])

    def shows(self, box: Box) -> bool:
        """Whether any of a box in this frame is on the page, with a point to spare."""
        is_across = box.x1 >= -1 and box.x0 <= self.width + 1
        return is_across and box.y1 >= -1 and box.y0 <= self.height + 1


class _Collector:
    """Gathers texts and images in user space while pypdf walks through the operators.

    pypdf walks into form XObjects too, but starts each with an unmoved coordinate system and says
    neither when one begins nor whose names it uses: that is kept here. The form takes effect with
    its own first operator, because text that was pending before it is handed out in between.
    """

    def __init__(self, resources: Any) -> None:
        self.texts: list[TextChunk] = []
        self.images: list[Box] = []
        # For each open form, the page itself first: its matrix to user space, its resources.
        self._open: list[tuple[Matrix, Any]] = [(_IDENTITY, resources)]
        self._next: tuple[Matrix, Any] | None = None
        self._depths: list[int] = []
        self._work = 0
        self._stop_at = time.thread_time() + _MAX_SECONDS

    def see_text(self, text: str, cm: list[float], tm: list[float], *_: Any) -> None:
        if not text.strip():
            return
        x, y = self._to_user_space(_multiply(tm, cm)[4:])
        if max(abs(x), abs(y)) <= _FARTHEST:
            self.texts.append(TextChunk(text, x, y))

    def see_operator(self, operator: bytes, operands: Any, cm: list[float], _: Any) -> None:
        self._count(operator, operands)
        if self._next:
            self._open.append(self._next)
            self._next = None
        if operator == b"INLINE IMAGE":
            self._add_image(cm)
        elif operator == b"Do":
            self._depths.append(len(self._open))
            if operands:
                self._see_object(operands[0], cm)

    def leave_operator(self, operator: bytes, *_: Any) -> None:
        # Where the work limit is passed inside a form, pypdf holds the error back: raise it again.
        self._count(operator, ())
        if operator == b"Do":
            self._next = None
            del self._open[self._depths.pop() :]

    def _see_object(self, name: Any, cm: list[float]) -> None:
        matrix, resources = self._open[-1]
        found = _entry(_entry(resources, "/XObject"), name)
        subtype = _entry(found, "/Subtype")
        if subtype == "/Image":
            self._add_image(cm)
        elif subtype == "/Form":
            inner = _multiply(_matrix_of(found), _multiply(tuple(cm), matrix))
            self._next = (inner, _entry(found, "/Resources"))

    def _add_image(self, cm: list[float]) -> None:
        unit_square = [(0, 0), (1, 0), (0, 1), (1, 1)]
        corners = [self._to_user_space(_apply(cm, x, y)) for x, y in unit_square]
        box = _box_around(corners)
        if max(map(abs, (box.x0, box.y0, box.x1, box.y1))) <= _FARTHEST:
            self.images.append(box)

    def _to_user_space(self, point: Iterable[float]) -> tuple[float, float]:
        x, y = point
        # Outside of forms untouched: even adding zero would turn -0 into 0.
        return (x, y) if len(self._open) == 1 else _apply(self._open[-1][0], x, y)

    def _count(self, operator: bytes, operands: Any) -> None:
        self._work += 1
        if operator == b"TJ" and operands and isinstance(operands[0], list):
            self._work += _WORK_PER_STRING * len(operands[0])
        elif operator in (b"Tj", b"'", b'"'):
            self._work += _WORK_PER_STRING
        if self._work > _MAX_WORK or time.thread_time() > self._stop_at:
            raise _EnoughError


def _boxes(page: pypdf.PageObject) -> tuple[Box, Box]:
    """The media box and the visible part of it; a Letter page where the file gives none."""
    media = _rectangle(page, "mediabox") or Box(0.0, 0.0, 612.0, 792.0)
    crop = _rectangle(page, "cropbox") or media
    x0, y0 = max(media.x0, crop.x0), max(media.y0, crop.y0)
    x1, y1 = min(media.x1, crop.x1), min(media.y1, crop.y1)
    return media, (Box(x0, y0, x1, y1) if x0 < x1 and y0 < y1 else media)


def _rectangle(page: pypdf.PageObject, name: str) -> Box | None:
    from pypdf.errors import PyPdfError

    try:
        x0, y0, x1, y1 = (float(value) for value in getattr(page, name))
    except (*BROKEN_FILE_ERRORS, PyPdfError):
        return None
    box = _box_around([(x0, y0), (x1, y1)])
    is_sound = all(map(math.isfinite, (x0, y0, x1, y1))) and box.x0 < box.x1 and box.y0 < box.y1
    return box if is_sound else None


def _rotation(page: pypdf.PageObject) -> int:
    """Degrees clockwise: 0, 90, 180 or 270; anything else goes to the nearest, as viewers do."""
    try:
        return (round(float(page.rotation)) + 45) // 90 * 90 % 360
    except BROKEN_FILE_ERRORS:
        return 0


def _entry(holder: Any, name: Any) -> Any:
    """A dictionary's entry with references resolved; None for all that is missing or broken."""
    from pypdf.errors import PyPdfError
    from pypdf.generic import DictionaryObject

    try:
        holder = holder.get_object() if hasattr(holder, "get_object") else holder
        if not isinstance(holder, DictionaryObject) or not isinstance(name, str):
            return None
        value: Any = holder.get(name)
        return value.get_object() if hasattr(value, "get_object") else value
    except (*BROKEN_FILE_ERRORS, PyPdfError):
        return None


def _matrix_of(form: Any) -> Matrix:
    values = _entry(form, "/Matrix")
    try:
        a, b, c, d, e, f = (float(value) for value in values)
    except BROKEN_FILE_ERRORS:
        return _IDENTITY
    return a, b, c, d, e, f


def _multiply(m: Sequence[float], n: Sequence[float]) -> Matrix:
    """First m, then n (ISO 32000-1, 8.3.4)."""
    return (
        m[0] * n[0] + m[1] * n[2],
        m[0] * n[1] + m[1] * n[3],
        m[2] * n[0] + m[3] * n[2],
        m[2] * n[1] + m[3] * n[3],
        m[4] * n[0] + m[5] * n[2] + n[4],
        m[4] * n[1] + m[5] * n[3] + n[5],
    )


def _apply(m: Sequence[float], x: float, y: float) -> tuple[float, float]:
    return m[0] * x + m[2] * y + m[4], m[1] * x + m[3] * y + m[5]


def _box_around(points: Sequence[tuple[float, float]]) -> Box:
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return Box(min(xs), min(ys), max(xs), max(ys))
