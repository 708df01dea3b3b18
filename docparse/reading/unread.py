"""Notes on what of a page could not be read, or only hardly."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from docparse.engines.lines import LineText
from docparse.evidence.align import UNPRINTED
from docparse.types import BBox, Block, Line, Note, union_of

# More lines that were left out than this have one note, with the first of them: dirt, a drawing.
MOST_NOTED, FIRST_NOTED = 8, 3
# A page on which more of what looks like text cannot be read counts as not read.
MOST_UNREAD = 0.5
# Fewer letters that nobody can read, on a page without others, are folds and eyes in a drawing.
FEW_UNREAD = 5
# Lines are read with less certainty than this if they are handwritten, or in a script that the
# reader does not know: Hebrew with 0.74, Hindi with 0.76; poor scans of what it knows with 0.88.
# Fewer letters of a page than `ENOUGH` do not tell.
HARDLY, ENOUGH = 0.85, 20
_HARDLY = (
    "most of the page could hardly be read: it is a poor scan, handwritten, or in a script that the"
    " reader does not know (docparse-nano knows English and Japanese); name a --model"
)


@dataclass(frozen=True, slots=True)
class Unread:
    """A line that was left out, and where it stands."""

    text: str
    bbox: BBox


def notes_on_reading(
    lines: Sequence[Line],
    texts: Sequence[LineText],
    unread: Sequence[Unread],
    blocks: Sequence[Block],
) -> Iterator[Note]:
    """A Note on the whole page if most of it is not read, else on where text was left out.

    `lines`: those that were kept. `texts`: of all lines, as they were read. `blocks`: of the page,
    boxes as those of `unread`, which are of no interest in pictures.
    """
    num_read = sum(len(line.text) for line in lines)
    num_unread = sum(len(line.text) for line in unread)
    if num_unread > MOST_UNREAD * (num_read + num_unread) and (
        num_read or num_unread >= FEW_UNREAD
    ):
        yield Note("needs-reading", "most of what looks like text on the page could not be read")
    elif _is_hardly_read(texts):
        yield Note("needs-reading", _HARDLY)
    else:
        if not num_read:
            yield Note("no-text", "nothing on the page looks like text")
        yield from _left_out(unread, blocks)


def _is_hardly_read(texts: Sequence[LineText]) -> bool:
    sizes = [(len(text.text.replace(" ", "")), text.mean_confidence) for text in texts]
    num_letters = sum(letters for letters, _ in sizes)
    num_hardly = sum(letters for letters, certainty in sizes if certainty < HARDLY)
    return num_letters >= ENOUGH and num_hardly > MOST_UNREAD * num_letters


def _left_out(unread: Sequence[Unread], blocks: Sequence[Block]) -> Iterator[Note]:
    """Where lines were left out, unless they are part of a picture."""
    pictures = [block.bbox for block in blocks if block.kind in UNPRINTED]
    found = [
        line
        for line in unread
        if any(map(str.isalnum, line.text))
        and not any(line.bbox.overlap(picture) > 0.5 for picture in pictures)
    ]
    if len(found) > MOST_NOTED:
        first = ", ".join(repr(line.text) for line in found[:FIRST_NOTED])
        message = f"{len(found)} places may be text ({first}, ...), and were left out"
        yield Note("unclear-text", message, union_of(line.bbox for line in found))
        return
    for line in found:
        yield Note("unclear-text", f"this may say {line.text!r}, and was left out", line.bbox)
