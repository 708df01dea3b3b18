"""Prints the table of `docparse/pages/letters.py`, from the message catalogues of a Debian system.

Run by hand: `python tests/pages/build_letters.py /usr/share/locale`. The catalogues (gettext .mo
files) hold the translated messages of free programs; only frequencies of letter pairs are kept.
"""

from __future__ import annotations

import gettext
import math
import re
import struct
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from docparse.pages.letters import ALPHABET, natural_words

LANGUAGES = (
    "en fr de es it pt_BR nl sv da nb fi pl cs hu ro tr vi id ca hr sk sl lt lv et eu ga cy eo gl"
    " sq af ms is oc"
)
_NO_PROSE = re.compile(r"%\S+|\\\w|<[^>]*>|--?[\w-]+|\S*[/_@=]\S*")


def texts(folder: Path, language: str) -> Iterator[str]:
    """The messages in a language; English ones are what the German catalogues translate."""
    source = "de" if language == "en" else language
    for path in sorted((folder / source / "LC_MESSAGES").glob("*.mo")):
        try:
            with path.open("rb") as file:
                catalogue = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
        except (OSError, UnicodeDecodeError, struct.error):
            continue
        for key, translated in catalogue.items():
            original = key[0] if isinstance(key, tuple) else key
            if language == "en":
                yield original
            elif translated != original:
                yield translated


def pair_shares(folder: Path, language: str) -> dict[str, float]:
    """How often each letter follows each other, as a share of what follows the first."""
    counts: Counter[str] = Counter()
    for text in texts(folder, language):
        line = "^" + "^".join(natural_words(_NO_PROSE.sub(" ", text))) + "^"
        counts.update(line[i : i + 2] for i in range(len(line) - 1))
    shares: dict[str, float] = {}
    for first in ALPHABET:
        total = sum(counts[first + second] for second in ALPHABET) + 0.5 * len(ALPHABET)
        for second in ALPHABET:
            shares[first + second] = (counts[first + second] + 0.5) / total
    return shares


def main(folder: Path) -> None:
    """Prints the mean over the languages in quarters of a bit, as printable characters."""
    languages = [pair_shares(folder, language) for language in LANGUAGES.split()]
    table = ""
    for first in ALPHABET:
        for second in ALPHABET:
            mean = sum(shares[first + second] for shares in languages) / len(languages)
            table += chr(48 + min(63, round(-4 * math.log2(mean))))
    for start in range(0, len(table), 81):
        print(f'    r"{table[start : start + 81]}"')


if __name__ == "__main__":
    main(Path(sys.argv[1]))
