"""Characters that look alike: those beside them decide, unless the pixels are sure."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from docparse.engines.bigrams import EDGE, Bigrams, load_bigrams, settled
from docparse.errors import MissingEngineError
from docparse.model.ctc import CharRead
from docparse.train.bigrams import count_bigrams
from docparse.train.words import Words

CHARACTERS = "営言業語一二三丁目カ力1lプリン"


@pytest.fixture
def bigrams() -> Bigrams:
    return count_bigrams(
        Words((), ("営業", "営業", "二丁目", "プリン"), ("言語",), (), (), (), (), (), ())
    )


def read(*choices: tuple[str, float, str, float]) -> list[CharRead]:
    """Characters with what each may be instead."""
    return [
        CharRead(number(char), sure, at, at, ((number(other), less),) if other else ())
        for at, (char, sure, other, less) in enumerate(choices)
    ]


def number(char: str) -> int:
    return CHARACTERS.index(char) + 1


def text(chars: list[CharRead], bigrams: Bigrams) -> str:
    return "".join(CHARACTERS[c.number - 1] for c in settled(chars, CHARACTERS, bigrams))


def test_a_word_decides_between_characters_that_look_alike(bigrams: Bigrams) -> None:
    doubtful = read(("言", 0.5, "営", 0.4), ("業", 0.99, "", 0))
    assert text(doubtful, bigrams) == "営業"
    first, _ = settled(doubtful, CHARACTERS, bigrams)
    assert first.confidence == 0.4
    assert text(read(("言", 0.5, "営", 0.4), ("語", 0.99, "", 0)), bigrams) == "言語"


def test_sure_pixels_are_believed(bigrams: Bigrams) -> None:
    assert text(read(("言", 0.99, "営", 0.002), ("業", 0.99, "", 0)), bigrams) == "言業"


@pytest.mark.parametrize(
    "chars",
    [
        [("三", 0.5, "二", 0.49), ("丁", 0.9, "", 0), ("目", 0.9, "", 0)],
        [("1", 0.5, "l", 0.49), ("1", 0.5, "業", 0.49)],
    ],
)
def test_numbers_are_never_settled_by_words(
    bigrams: Bigrams, chars: list[tuple[str, float, str, float]]
) -> None:
    assert text(read(*chars), bigrams) == "".join(char for char, *_ in chars)


def test_a_line_of_nothing_stays_so(bigrams: Bigrams) -> None:
    assert settled([], CHARACTERS, bigrams) == []


def test_probabilities_add_up_to_one(bigrams: Bigrams) -> None:
    for before in bigrams.characters:
        shares = [math.exp(bigrams.log_probability(before, c)) for c in bigrams.characters]
        assert sum(shares) == pytest.approx(1, abs=0.02)
    assert bigrams.log_probability("営", "業") > bigrams.log_probability("営", "語")
    assert bigrams.log_probability("営", "鱗") == bigrams.log_probability("営", EDGE)


def test_they_are_read_back_as_they_were(bigrams: Bigrams, tmp_path: Path) -> None:
    path = tmp_path / "bigrams.npz"
    bigrams.save(path)
    again = load_bigrams(path)
    assert again.characters == bigrams.characters
    assert again.log_probability("営", "業") == bigrams.log_probability("営", "業")
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(MissingEngineError, match="cannot be read"):
        load_bigrams(path)
