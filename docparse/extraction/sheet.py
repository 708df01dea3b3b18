"""A page as the rules see it: pieces, and who stands beside, above and below whom."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from docparse.extraction.pieces import Piece, level


@dataclass(frozen=True)
class Sheet:
    """The pieces of one page; `taken`: those that line items have claimed.

    `known`: what was found by how many were taken, since the same is asked several times.
    """

    number: int
    width: int
    height: int
    pieces: list[Piece]
    taken: set[int] = field(default_factory=set)
    known: dict[int, list[Any]] = field(default_factory=dict)

    def free(self) -> list[Piece]:
        return [piece for piece in self.pieces if id(piece) not in self.taken]

    def right_of(self, piece: Piece, *, reach: float = 1e9) -> list[Piece]:
        """Pieces on the same line that begin behind the piece, nearest first."""
        found = [
            other
            for other in self.pieces
            if other is not piece
            and other.x0 >= piece.x1 - 0.3 * piece.size
            and other.x0 - piece.x1 <= reach
            and level(piece, other)
        ]
        return sorted(found, key=lambda other: other.x0)

    def left_of(self, piece: Piece, *, reach: float = 1e9) -> list[Piece]:
        """Pieces on the same line that end before the piece, nearest first."""
        found = [
            other
            for other in self.pieces
            if other is not piece
            and other.x1 <= piece.x0 + 0.3 * piece.size
            and piece.x0 - other.x1 <= reach
            and level(piece, other)
        ]
        return sorted(found, key=lambda other: -other.x1)

    def below(self, piece: Piece, *, reach: float) -> list[Piece]:
        """Pieces under the piece that share some of its width, nearest first."""
        found = [
            other
            for other in self.pieces
            if other is not piece
            and other.yc - piece.yc > 0
            and other.y0 - piece.y1 <= reach
            and not level(piece, other)
            and shared_width(piece, other) > 0
        ]
        return sorted(found, key=lambda other: (other.yc, abs(other.xc - piece.xc)))

    def above(self, piece: Piece, *, reach: float, x0: float | None = None) -> list[Piece]:
        """Pieces over the piece that share some of its width (from `x0` on), nearest first."""
        left = piece.x0 if x0 is None else x0
        found = [
            other
            for other in self.pieces
            if other is not piece
            and piece.yc - other.yc > 0
            and piece.y0 - other.y1 <= reach
            and not level(piece, other)
            and min(piece.x1, other.x1) > max(left, other.x0)
        ]
        return sorted(found, key=lambda other: (-other.yc, abs(other.xc - piece.xc)))


def shared_width(a: Piece, b: Piece) -> float:
    return min(a.x1, b.x1) - max(a.x0, b.x0)


def rows_of(pieces: list[Piece]) -> list[list[Piece]]:
    """Pieces by line, from top to bottom, each from left to right."""
    rows: list[list[Piece]] = []
    for piece in sorted(pieces, key=lambda p: p.yc):
        for row in reversed(rows[-3:]):
            if abs(row[0].yc - piece.yc) <= 0.45 * min(row[0].size, piece.size):
                row.append(piece)
                break
        else:
            rows.append([piece])
    return [sorted(row, key=lambda p: p.x0) for row in rows]
