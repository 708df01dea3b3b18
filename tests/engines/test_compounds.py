"""Kanji that the pixels leave open: words decide where they are more, and nothing else changes."""

from __future__ import annotations

import pytest

from docparse.engines.compounds import compounded
from docparse.engines.nano import FOLDER, SPELLING
from docparse.engines.spelling import Spelling, load_spelling
from docparse.model.ctc import CharRead
from docparse.train.bigrams import count_bigrams
from docparse.train.words import Words

CHARACTERS = "当談該会社借人入金安定化北百万円方株主名薄簿管理及びx"
SPELLING_OF = Spelling(
    frozenset(
        {
            "当該",
            "会社",
            "談会",
            "借入",
            "安定",
            "定北",
            "化",
            "円",
            "方円",
            "株主",
            "名簿",
            "管理",
            "人",
        }
    )
)
NONE = count_bigrams(Words(("社",), (), (), (), (), (), (), (), ("社会",)))


def read(text: str, rivals: dict[str, tuple[str, float]]) -> str:
    """What becomes of a text of which some characters may be others, as likely as is said."""
    chars = [
        CharRead(
            CHARACTERS.index(char) + 1,
            1 - rivals[char][1] if char in rivals else 1.0,
            2 * place,
            2 * place,
            ((CHARACTERS.index(rivals[char][0]) + 1, rivals[char][1]),) if char in rivals else (),
        )
        for place, char in enumerate(text)
    ]
    told = compounded(chars, CHARACTERS, NONE, SPELLING_OF)
    assert [char.first for char in told] == [char.first for char in chars]
    return "".join(CHARACTERS[char.number - 1] for char in told)


@pytest.mark.parametrize(
    ("text", "rivals", "told"),
    [
        ("当談会社", {"談": ("該", 0.2)}, "当該会社"),
        ("借人金", {"人": ("入", 0.3)}, "借入金"),
        ("株主名薄管理人", {"薄": ("簿", 0.1)}, "株主名簿管理人"),
        # far less likely by the pixels
        ("当談会社", {"談": ("該", 0.001)}, "当談会社"),
        # a suffix, and numerals, are as good as a word
        ("安定化", {"化": ("北", 0.4)}, "安定化"),
        ("百万円", {"万": ("方", 0.4)}, "百万円"),
        # not a kanji, or nothing else that it may be
        ("会x", {"x": ("社", 0.4)}, "会x"),
        ("当談会社", {}, "当談会社"),
    ],
)  # fmt: skip
def test_kanji_give_way_to_others_that_make_words(
    text: str, rivals: dict[str, tuple[str, float]], told: str
) -> None:
    assert read(text, rivals) == told


def test_the_words_that_ship_have_those_of_reports_and_the_places() -> None:
    """All of these were misread on real pages."""
    spelling = load_spelling(FOLDER / SPELLING)
    for word in (
        "当該",
        "借入",
        "維持",
        "名簿",
        "入院",
        "掲載",
        "新聞",
        "常勤",
        "静岡",
        "化",
        "円",
    ):
        assert spelling.has(word)
