"""Where QR codes and bar codes stand on a picture, for their ink is no text."""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Grey = NDArray[np.uint8]
    Corners = NDArray[np.float32]

# Smaller pictures hold no code.
SMALLEST = 21
# A QR code is a square with about as much ink as paper.
SQUARE, LEAST_INK, MOST_INK = 1.3, 0.3, 0.7
# Fewer bars, or lower ones for their distance, are letters that look like some.
LEAST_BARS, BAR_HEIGHT = 15, 3.0


def find_codes(grey: Grey) -> Grey | None:
    """A picture [H, W], 0 black, that is not 0 where a code stands; None where there is none."""
    if min(grey.shape) < SMALLEST:
        return None
    qr, bars = (_detected(detector, grey) for detector in _detectors())
    if not qr and not bars:
        return None
    dark = cv2.threshold(grey, 0, 255, cv2.THRESH_BINARY_INV | cv2.THRESH_OTSU)[1] > 0
    codes = [code for code in qr if _is_square(code) and _is_mixed(code, dark)]
    codes += [code for code in bars if _is_barred(code, dark)]
    places = np.zeros(grey.shape, dtype=np.uint8)
    for code in codes:
        cv2.fillConvexPoly(places, np.rint(code).astype(np.int32), (255,))
    return places if codes else None


def without_codes(ink: Grey, places: Grey) -> Grey:
    """Ink [H, W] without the marks of which most lies in `places`: bars reach out of them."""
    count, labels = cv2.connectedComponents(ink, connectivity=8)
    inside = np.bincount(labels[places > 0], minlength=count)
    gone = 2 * inside > np.bincount(labels.ravel(), minlength=count)
    gone[0] = False
    return np.where(gone[labels] | (places > 0), np.uint8(0), ink)


@cache
def _detectors() -> tuple[Any, Any]:
    # looking for corners as for ArUco's markers finds more codes in a tenth of the time
    qr = cv2.QRCodeDetectorAruco()
    windows = qr.getArucoParameters()
    # windows of 3 and 23 pixels; those of 13 take a third of the time and find no more
    windows.adaptiveThreshWinSizeStep = 20
    qr.setArucoParameters(windows)
    return qr, cv2.barcode.BarcodeDetector()


def _detected(detector: Any, grey: Grey) -> list[Corners]:
    found, corners = detector.detectMulti(grey)
    return [np.asarray(code, dtype=np.float32).reshape(4, 2) for code in corners] if found else []


def _is_square(code: Corners) -> bool:
    sides = np.linalg.norm(code - np.roll(code, 1, axis=0), axis=1)
    return bool(sides.max() < SQUARE * sides.min())


def _is_mixed(code: Corners, dark: NDArray[np.bool_]) -> bool:
    inside = np.zeros(dark.shape, dtype=np.uint8)
    cv2.fillConvexPoly(inside, np.rint(code).astype(np.int32), (1,))
    share = float(dark[inside > 0].mean()) if inside.any() else 0.0
    return LEAST_INK < share < MOST_INK


def _is_barred(code: Corners, dark: NDArray[np.bool_]) -> bool:
    """Whether many bars stand in it, much higher than they are apart: characters are not."""
    middles = (code + np.roll(code, 1, axis=0)) / 2
    ways = [(middles[0], middles[2]), (middles[1], middles[3])]
    lengths = [float(np.linalg.norm(b - a)) for a, b in ways]
    for (a, b), length, height in zip(ways, lengths, reversed(lengths), strict=True):
        steps = np.linspace(0, 1, max(2, int(length)))[:, None]
        x, y = np.rint(a + steps * (b - a)).astype(int).T
        line = dark[y.clip(0, dark.shape[0] - 1), x.clip(0, dark.shape[1] - 1)]
        num_bars = sum(not before and after for before, after in pairwise(line))
        if num_bars >= LEAST_BARS and height > BAR_HEIGHT * length / num_bars:
            return True
    return False
