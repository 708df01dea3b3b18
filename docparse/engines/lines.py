"""The seam between who finds lines of text on a picture and who reads them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    import PIL.Image

# A line picture that is more than so many times as high as wide is a vertical line.
VERTICAL_RATIO = 1.5


@dataclass(frozen=True, slots=True)
class LineText:
    """What one line picture says; empty where it holds no text.

    `text`: characters in reading order, spaces included. `confidence`: one number from 0 to 1 for
    each character. `spans`: where each character stands, as (start, end) fractions of the line
    picture's width, or of its height for a vertical line; ascending, 0 <= start <= end <= 1.
    """

    text: str
    confidence: tuple[float, ...]
    spans: tuple[tuple[float, float], ...]
    source: Literal["model", "ocr"]

    def __post_init__(self) -> None:
        if not len(self.text) == len(self.confidence) == len(self.spans):
            raise ValueError(
                f"{len(self.text)} characters have {len(self.confidence)} confidences"
                f" and {len(self.spans)} spans"
            )

    @property
    def mean_confidence(self) -> float:
        """The mean over the characters; 0 for a line without any."""
        return sum(self.confidence) / len(self.confidence) if self.confidence else 0.0


class LineReader(Protocol):
    """Reads pictures of single lines of text.

    A line picture is grey (mode "L"), upright, dark ink on light paper whatever the page has, at
    the page's own resolution (a reader scales it), cut a little wider than its ink; ruby, rules and
    neighbours are painted over. A vertical line (tategaki, characters below each other) is handed
    over as it stands on the page, not turned: whatever is more than VERTICAL_RATIO times as high
    as wide is read from top to bottom. Narrow glyphs of horizontal lines are padded with paper, so
    that they never look vertical.
    """

    @property
    def name(self) -> str:
        """What `docparse doctor` and the notes call it."""
        ...

    def read(self, pictures: Sequence[PIL.Image.Image]) -> list[LineText]:
        """A LineText for each picture, in the same order, whatever batches are made of them."""
        ...
