"""Numbers checked: how many figures their picture shows, and what parts their thousands."""

from __future__ import annotations

import re

import cv2
import numpy as np
import numpy.typing as npt

# A number with its sign, its unit, and what it is called in a few letters: No. 86666, N=144, ¥445.
_NUMBER = re.compile(
    r"(?:[A-Za-z]{1,3}[.:=]? ?=? ?)?[-¥￥$€£△▲(（ ]{0,3}[0-9][0-9,. ]*[)）円% ]{0,3}"
)
# Yen of a million or more, which have no decimals.
_YEN = re.compile(
    r"(?<=[¥￥])[1-9][0-9]{0,2}(?:[.,][0-9]{3}){2,}(?![0-9])"
    r"|(?<![0-9.,])[1-9][0-9]{0,2}(?:[.,][0-9]{3}){2,}(?=円)"
)
# Signs as high as figures; commas, points and dashes are not.
_HIGH = frozenset("¥￥$€£△▲()（）円%")
# What is high, in heights of the highest quarter; smaller than so many pixels is dirt.
HIGH, HIGHER, DIRT = 0.6, 1.3, 8
# Marks that share so much of the narrower one's width are of one figure.
SHARED = 0.3


def with_commas(text: str) -> str:
    """The text with commas for points that part the thousands of yen."""
    return _YEN.sub(lambda found: found[0].replace(".", ","), text)


def num_high(text: str) -> int:
    """How many letters, figures and signs are as high as figures; 0 if `text` is no number."""
    if not _NUMBER.fullmatch(text):
        return 0
    return sum(char.isalnum() or char in _HIGH for char in text)


def count_high(grey: npt.NDArray[np.uint8]) -> int:
    """How many marks as high as figures the picture of a number [H, W] shows.

    What touches the edge of the picture, or is higher than others, is a rule or a stamp.
    """
    dark = grey if np.median(grey) > 127 else 255 - grey
    _, ink = cv2.threshold(dark, 0, 255, cv2.THRESH_BINARY_INV | cv2.THRESH_OTSU)
    _, _, stats, _ = cv2.connectedComponentsWithStats(ink.astype(np.uint8), connectivity=8)
    marks = sorted(
        (x, x + w, h)
        for x, _, w, h, area in stats[1:].tolist()
        if area > DIRT and x > 0 and x + w < grey.shape[1]
    )
    if not marks:
        return 0
    heights = sorted(height for *_, height in marks)
    usual = heights[-max(1, len(heights) // 4)]
    ends: list[int] = []
    for left, right, height in marks:
        if not HIGH * usual <= height <= HIGHER * usual:
            continue
        if ends and left < ends[-1] - SHARED * (right - left):
            ends[-1] = max(ends[-1], right)
        else:
            ends.append(right)
    return len(ends)
