"""The fonts that lines are drawn with, and which characters each of them has."""

from __future__ import annotations

import functools
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from docparse.errors import MissingEngineError
from docparse.train.alphabet import ALPHABET, KANJI, PLAIN

FOLDER = Path("/usr/share/fonts")
# Debian packages that the released checkpoint was trained with.
PACKAGES = (
    "fonts-aoyagi-kouzan-t", "fonts-cabin", "fonts-cantarell", "fonts-comfortaa", "fonts-croscore",
    "fonts-crosextra-caladea", "fonts-crosextra-carlito", "fonts-dejavu", "fonts-ebgaramond",
    "fonts-firacode", "fonts-freefont-ttf", "fonts-gfs-didot", "fonts-hack", "fonts-horai-umefont",
    "fonts-inconsolata", "fonts-ipaexfont", "fonts-ipafont", "fonts-junicode", "fonts-komatuna",
    "fonts-konatu", "fonts-lato", "fonts-liberation", "fonts-linuxlibertine", "fonts-lmodern",
    "fonts-monapo", "fonts-motoya-l-cedar", "fonts-motoya-l-maruberi", "fonts-noto-cjk",
    "fonts-noto-core", "fonts-open-sans", "fonts-quattrocento", "fonts-roboto",
    "fonts-sawarabi-gothic", "fonts-sil-charis", "fonts-sil-gentium", "fonts-takao",
    "fonts-texgyre", "fonts-umeplus", "fonts-vlgothic",
)  # fmt: skip
# Never trained on: tests are drawn with these. Matched in the file name.
HELD_OUT = ("MTLmr3m", "umeplus-p-gothic", "TakaoPMincho", "Lato-Medium", "Carlito-", "Charis")
# Shapes that no printed document has, or scripts that we do not read.
LEFT_OUT = ("NotoSans", "NotoSerif", "NotoNaskh", "NotoKufi", "NotoNastaliq", "NotoRashi",
            "NotoTraditional", "NotoMusic", "NotoMath", "Sousyo", "mouhitsu", "HanaMin",
            "Symbol", "dingbats", "Icon", "Emoji", "lmmath", "-math")  # fmt: skip
KEPT_NOTO = ("NotoSans-", "NotoSerif-", "NotoSansMono-", "NotoSansDisplay-", "NotoSerifDisplay-",
             "NotoSansCJK", "NotoSerifCJK")  # fmt: skip


@dataclass(frozen=True)
class Face:
    """One font face: a file, its index in a collection, and its characters in our alphabet."""

    path: Path
    index: int
    chars: frozenset[str]

    @functools.cached_property
    def is_japanese(self) -> bool:
        return len(self.chars.intersection(KANJI)) > 2500


@functools.cache
def load_faces(*, held_out: bool) -> tuple[Face, ...]:
    """All usable faces of the system for one side. Raises MissingEngineError if too few."""
    paths = sorted({p.resolve() for p in FOLDER.rglob("*") if p.suffix in (".ttf", ".otf", ".ttc")})
    wanted = [p for p in paths if _is_wanted(p.name) and _is_held_out(p.name) == held_out]
    faces = tuple(face for path in wanted if (face := _load(path)))
    if sum(face.is_japanese for face in faces) < (1 if held_out else 8):
        raise MissingEngineError(
            "too few Japanese fonts to draw lines with",
            f"run `apt-get install {' '.join(PACKAGES)}`",
        )
    return faces


def pick_face(faces: Sequence[Face], text: str, rng: random.Random) -> Face | None:
    """A face that has every character of the text, Japanese ones only for Japanese; or None.

    Figures above or below the line may be made of plain ones.
    """
    needed = set(text.translate(PLAIN))
    for _ in range(30):
        face = rng.choice(faces)
        if needed <= face.chars:
            return face
    fitting = [face for face in faces if needed <= face.chars]
    return rng.choice(fitting) if fitting else None


def _is_wanted(name: str) -> bool:
    if name.startswith(KEPT_NOTO):
        return True
    return not any(part in name for part in LEFT_OUT)


def _is_held_out(name: str) -> bool:
    return any(part in name for part in HELD_OUT)


def _load(path: Path) -> Face | None:
    from fontTools.ttLib import TTCollection, TTFont, TTLibError

    try:
        is_collection = path.suffix == ".ttc"
        with TTCollection(path, lazy=True) if is_collection else TTFont(path, lazy=True) as file:
            font = file.fonts[0] if is_collection else file
            chars = frozenset(map(chr, font.getBestCmap() or ())) & frozenset(ALPHABET)
    except (TTLibError, OSError, AssertionError):
        return None
    return Face(path, 0, chars) if len(chars) > 90 else None
