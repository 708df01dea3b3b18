"""Words and sentences from the dictionaries and manual pages that Debian ships, by language."""

from __future__ import annotations

import gzip
import hashlib
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from docparse.errors import MissingEngineError

ENGLISH = Path("/usr/share/dict/american-english")
BRITISH = Path("/usr/share/dict/british-english")
IPADIC = Path("/usr/share/mecab/dic/ipadic")
EDICT = Path("/usr/share/edict/edict")
MANUALS_JA = Path("/usr/share/man/ja")
MANUALS_EN = Path("/usr/share/man")
PACKAGES = "apt-get install wamerican wbritish mecab-ipadic edict manpages-ja manpages"

# One word in so many is kept for testing and never trained on.
HELD_OUT_EVERY = 40
_GROFF = re.compile(r"\\f[A-Z]|\\f\(..|\\[&|^%:]|\\-|\\\(..|\\\*\(..|\\s[-+]?\d+|^\.\w+ ?", re.M)
_JAPANESE = re.compile(r"[ぁ-んァ-ヶ一-龠]")
_KANJI = re.compile("[一-龠]")
_COMPOUND = re.compile("[一-龠々]{2,4}")
_KATAKANA = re.compile("[ァ-ヺ][ァ-ヺー]{2,}")


@dataclass(frozen=True, slots=True)
class Words:
    """What lines are composed from; all of it either for training or held out.

    `common` to `particles` are Japanese, `nouns` and what follows by part of speech with the
    usual ones first, `sentences` whole ones of both languages from manual pages.
    """

    english: tuple[str, ...]
    common: tuple[str, ...]
    nouns: tuple[str, ...]
    names: tuple[str, ...]
    places: tuple[str, ...]
    verbs: tuple[str, ...]
    adjectives: tuple[str, ...]
    particles: tuple[str, ...]
    sentences: tuple[str, ...]


def load_words(*, held_out: bool) -> Words:
    """Reads the system's dictionaries. Raises MissingEngineError that names the packages."""
    missing = [str(p) for p in (ENGLISH, BRITISH, IPADIC, EDICT, MANUALS_JA) if not p.exists()]
    if missing:
        raise MissingEngineError(
            f"training text is not there: {', '.join(missing)}", hint=f"run `{PACKAGES}`"
        )

    def keep(words: Iterator[str]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(w for w in words if is_held_out(w) == held_out))

    return Words(
        english=keep(_lines(ENGLISH, "utf-8")),
        common=keep(_common()),
        nouns=keep(_ipadic("Noun", "Noun.verbal", "Noun.adverbal", "Noun.adjv")),
        names=keep(_ipadic("Noun.name")),
        places=keep(_ipadic("Noun.place", "Noun.org")),
        verbs=keep(_ipadic("Verb")),
        adjectives=keep(_ipadic("Adj", "Adverb", "Adnominal")),
        # there are so few that none can be spared
        particles=tuple(dict.fromkeys(_ipadic("Postp", "Auxil", "Conjunction"))),
        sentences=keep(_manuals(MANUALS_JA, "ja")) + keep(_manuals(MANUALS_EN / "man1", "en")),
    )


def pick(rng: random.Random, *pools: tuple[str, ...]) -> str:
    """A word of one of the pools, from the front of it more often."""
    pool = rng.choice(pools)
    return pool[int(len(pool) * rng.random() ** 2)]


def english_words() -> list[str]:
    """All English words of the system's list, sorted. Raises MissingEngineError without one."""
    if not ENGLISH.exists():
        raise MissingEngineError(f"there is no {ENGLISH}", f"run `{PACKAGES}`")
    return sorted(set(_lines(ENGLISH, "utf-8")))


def british_words() -> list[str]:
    """Words in British spelling, sorted; nothing is trained on those that are not American too."""
    return sorted(set(_lines(BRITISH, "utf-8")))


def katakana_words() -> list[str]:
    """All common nouns and places in katakana of the dictionary, sorted."""
    kinds = ("Noun", "Noun.verbal", "Noun.adjv", "Noun.place")
    return sorted({word for word in _ipadic(*kinds) if _KATAKANA.fullmatch(word)})


def kanji_words() -> list[str]:
    """All words and names of two to four kanji, and suffixes of one, of the dictionary, sorted."""
    kinds = (
        "Noun", "Noun.verbal", "Noun.adjv", "Noun.adverbal", "Noun.others", "Noun.name",
        "Noun.place", "Adverb",
    )  # fmt: skip
    words = {word for word in _ipadic(*kinds) if _COMPOUND.fullmatch(word)}
    suffixes = {suffix for suffix in _ipadic("Suffix") if _KANJI.fullmatch(suffix)}
    return sorted(words | suffixes)


def is_held_out(text: str) -> bool:
    """Whether a word or sentence belongs to the test side; the same on every machine."""
    digest = hashlib.blake2b(text.encode(), digest_size=4).digest()
    return int.from_bytes(digest, "big") % HELD_OUT_EVERY == 0


def _lines(path: Path, encoding: str) -> Iterator[str]:
    for line in path.read_text(encoding=encoding, errors="ignore").splitlines():
        if word := line.strip():
            yield word


def _ipadic(*names: str) -> Iterator[str]:
    """Words in the order of their cost, which is low for frequent ones."""
    rows = [
        line.split(",", 4) for name in names for line in _lines(IPADIC / f"{name}.csv", "euc_jp")
    ]
    for word, *_ in sorted(rows, key=lambda row: int(row[3])):
        yield word


def _common() -> Iterator[str]:
    """Words that the dictionary marks as common, such as `絵画 [かいが] /(n) picture/(P)/`."""
    for line in _lines(EDICT, "euc_jp"):
        if "/(P)/" in line:
            for spelling in line.split(" ", 1)[0].split(";"):
                yield spelling.split("(", 1)[0]


def _manuals(folder: Path, language: str) -> Iterator[str]:
    """Sentences of 8 to 120 characters, without markup."""
    for path in sorted(folder.rglob("*.gz")):
        text = gzip.decompress(path.read_bytes()).decode("utf-8", errors="ignore")
        if text.startswith(".so "):
            continue
        plain = re.sub(
            r"\s+", " ", _GROFF.sub("", re.sub(r'^\.(\\"|TH|SH).*$', "", text, flags=re.M))
        )
        for sentence in re.split(r"(?<=[。．.!?])\s*", plain):
            clean = sentence.strip()
            is_japanese = bool(_JAPANESE.search(clean))
            if 8 <= len(clean) <= 120 and is_japanese == (language == "ja") and "\\" not in clean:
                yield clean
