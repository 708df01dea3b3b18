"""Words of a line put right by the dictionary, where the pixels allow it."""

from __future__ import annotations

from itertools import chain, pairwise, product
from pathlib import Path

import numpy as np
import pytest

from docparse.engines.spelling import LogProbs, load_spelling, respelt, save_spelling
from docparse.errors import MissingEngineError
from docparse.model.ctc import BLANK, CharRead, log_probability

CHARACTERS = (
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789' コピビーデタトナ用-=.、」ＪＫ"
)
NUMBERS = {char: place + 1 for place, char in enumerate(CHARACTERS)}
WORDS = ("returned", "information", "funding", "of", "yes", "if", "total", "the", "dad", "Kurt's")
WORDS += ("コピー", "データ", "データー")


def respell(
    tmp_path: Path, text: str, *, is_settled: bool = False, **others: dict[str, float]
) -> str:
    """A line of which each character is seen in one frame, a blank between them.

    `others`: by the number of a frame (_0, _1, ...), what else it may be and how likely;
    `is_settled`: something before has left nothing open.
    """
    path = tmp_path / "words.txt.gz"
    save_spelling(WORDS, path)
    rows, chars = [], []
    for place, char in enumerate(text):
        also = others.get(f"_{place}", {})
        row = np.full(len(CHARACTERS) + 1, 1e-6, dtype=np.float32)
        row[NUMBERS[char]] = sure = 0.99 - sum(also.values())
        for other, share in also.items():
            row[NUMBERS[other] if other else BLANK] = share
        blank = np.full(len(row), 1e-3 / len(row), dtype=np.float32)
        blank[BLANK] = 0.99
        rows += [blank, row]
        rivals = tuple((NUMBERS[o], p) for o, p in also.items() if o and not is_settled)
        chars.append(CharRead(NUMBERS[char], sure, 2 * place + 1, 2 * place + 1, rivals))
    scores = np.log(np.array(rows))

    def frames(first: int, last: int) -> LogProbs:
        return scores[first:last]

    made = respelt(chars, CHARACTERS, load_spelling(path), frames)
    assert all(a.first <= b.first for a, b in pairwise(made))
    return "".join(CHARACTERS[char.number - 1] for char in made)


def test_a_letter_that_the_pixels_leave_open_is_that_of_a_word(tmp_path: Path) -> None:
    assert respell(tmp_path, "thc", _2={"e": 0.3}) == "the"
    assert respell(tmp_path, "tbe", _1={"h": 0.3}) == "the"
    assert respell(tmp_path, "fiunding", _1={"": 0.4}) == "funding"
    assert respell(tmp_path, "Dadl yes", _3={"": 0.3}) == "Dad yes"


def test_a_letter_that_was_settled_without_a_dictionary_is_open_again(tmp_path: Path) -> None:
    """As `wecks` of eu-013.pdf, which head and decoder had agreed upon."""
    assert respell(tmp_path, "tofal", is_settled=True, _2={"t": 0.3}) == "total"


def test_a_nought_in_a_word_is_a_letter(tmp_path: Path) -> None:
    assert respell(tmp_path, "T0TAL", _1={"O": 0.01}) == "TOTAL"
    assert respell(tmp_path, "0F", _0={"O": 0.01}) == "0F"
    assert respell(tmp_path, "T0TAS", _1={"O": 0.01}) == "T0TAS"


def test_sure_pixels_are_believed(tmp_path: Path) -> None:
    assert respell(tmp_path, "thc", _0={"x": 0.1}) == "thc"
    assert respell(tmp_path, "fiunding") == "fiunding"


def test_words_that_are_known_stay_whatever_else_they_may_be(tmp_path: Path) -> None:
    assert respell(tmp_path, "if", _0={"o": 0.49}) == "if"
    assert respell(tmp_path, "Kurt's", _0={"t": 0.4}) == "Kurt's"


def test_a_hyphen_in_or_behind_a_word_is_no_sign_of_equality(tmp_path: Path) -> None:
    for text in ("total=the", "the total="):
        place = text.index("=")
        hyphen = text.replace("=", "-")
        assert respell(tmp_path, text, **{f"_{place}": {"-": 0.3}}) == hyphen
        assert respell(tmp_path, text, **{f"_{place}": {"-": 0.02}}) == text
    assert respell(tmp_path, "yes = 1", _4={"-": 0.3}) == "yes = 1"


def test_behind_the_number_of_a_japanese_head_a_wide_point_is_no_comma(tmp_path: Path) -> None:
    assert respell(tmp_path, "4、コピー", _1={".": 0.05}) == "4.コピー"
    assert respell(tmp_path, "12 、用", _3={".": 0.02}) == "12.用"
    assert respell(tmp_path, "4、コピー", _1={".": 0.005}) == "4、コピー"
    assert respell(tmp_path, "用4、用", _2={".": 0.3}) == "用4、用"
    assert respell(tmp_path, "4、5 of", _1={".": 0.3}) == "4、5 of"


def test_no_line_begins_with_a_closing_bracket(tmp_path: Path) -> None:
    assert respell(tmp_path, "」Kコ", _0={"J": 0.02}) == "JKコ"
    assert respell(tmp_path, "」Ｋコ", _0={"Ｊ": 0.02}) == "ＪＫコ"
    assert respell(tmp_path, "」コ", _0={"J": 0.3}) == "」コ"


def test_the_number_behind_a_capital_has_noughts(tmp_path: Path) -> None:
    assert respell(tmp_path, "EOO816", _1={"0": 0.2}, _2={"0": 0.2}) == "E00816"
    assert respell(tmp_path, "CO2", _1={"0": 0.4}) == "CO2"


def test_capitals_of_one_word_agree(tmp_path: Path) -> None:
    assert respell(tmp_path, "ToTAL", _1={"O": 0.3}) == "TOTAL"


def test_a_katakana_word_has_the_marks_of_one_that_is_known(tmp_path: Path) -> None:
    assert respell(tmp_path, "コビー用", _1={"ピ": 0.1}) == "コピー用"
    assert respell(tmp_path, "コビ-用", _1={"ピ": 0.1}, _2={"ー": 0.4}) == "コピー用"
    assert respell(tmp_path, "コビー") == "コビー"
    assert respell(tmp_path, "トナー", _0={"コ": 0.4}) == "トナー"
    assert respell(tmp_path, "データ-1", _3={"ー": 0.4}) == "データ-1"


def test_an_abbreviation_is_not_made_a_word(tmp_path: Path) -> None:
    assert respell(tmp_path, "DADX", _3={"": 0.45}) == "DADX"


def test_letters_among_figures_are_figures(tmp_path: Path) -> None:
    assert respell(tmp_path, "I0 lst", _0={"1": 0.2}, _3={"1": 0.2}) == "10 1st"
    assert respell(tmp_path, "A1O", _2={"0": 0.3}) == "A1O"


def test_the_probability_of_a_text_is_the_sum_over_all_its_paths() -> None:
    rng = np.random.default_rng(2)
    shares = rng.dirichlet(np.ones(3), size=4).astype(np.float32)
    for numbers in ([1], [1, 2], [1, 1], [2, 1, 2]):
        total = 0.0
        for path in product(range(3), repeat=4):
            joined = [a for a, b in pairwise(chain(path, [-1])) if a != b]
            if [n for n in joined if n != BLANK] == numbers:
                total += float(np.prod([shares[f, n] for f, n in enumerate(path)]))
        assert np.exp(log_probability(np.log(shares), numbers)) == pytest.approx(total, rel=1e-4)


def test_a_damaged_list_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "words.txt.gz").write_bytes(b"no gzip")
    with pytest.raises(MissingEngineError, match="install docparse again"):
        load_spelling(tmp_path / "words.txt.gz")


def test_what_is_one_stroke_is_that_of_a_word_even_if_it_was_sure(tmp_path: Path) -> None:
    assert respell(tmp_path, "lnformation", _0={"I": 1e-3}) == "Information"
    assert respell(tmp_path, "totaI", _4={"l": 1e-3}) == "total"
    assert respell(tmp_path, "if l yes", _3={"1": 1e-3}) == "if 1 yes"
    assert respell(tmp_path, "lst", _0={"1": 1e-3}) == "1st"
    assert respell(tmp_path, "Iibx", _0={"l": 1e-3}) == "Iibx"
