"""The fonts that the samples are set in: where they lie, and which Debian package has them."""

from __future__ import annotations

from pathlib import Path

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

SYSTEM = Path("/usr/share/fonts/truetype")
PACKAGES = {
    "liberation2": "fonts-liberation2",
    "bizud-gothic": "fonts-morisawa-bizud-gothic",
    "bizud-mincho": "fonts-morisawa-bizud-mincho",
}


def font_file(folder: str, name: str) -> Path:
    """The path of a font; an exit with the package's name where it is not installed."""
    path = SYSTEM / folder / f"{name}.ttf"
    if not path.is_file():
        raise SystemExit(f"{path} is missing; install it with: apt install {PACKAGES[folder]}")
    return path


def register(folder: str, names: list[str]) -> None:
    """Makes fonts known to reportlab under their file names."""
    for name in names:
        pdfmetrics.registerFont(TTFont(name, str(font_file(folder, name))))
