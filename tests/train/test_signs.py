"""Signs in the texts of lines: every pattern draws, and what print uses is drawn often enough."""

from __future__ import annotations

import random
from collections import Counter

from docparse.train.alphabet import ALPHABET
from docparse.train.texts import Texts
from docparse.train.typeset import read_as
from docparse.train.words import Words

WORDS = Words(
    english=("noise", "John's", "assess", "study", "Rug", "theme"),
    common=("会社", "提出"),
    nouns=("書類", "戦略"),
    names=("髙橋", "山崎"),
    places=("東京", "大阪"),
    verbs=("読む",),
    adjectives=("新しい",),
    particles=("は", "を"),
    sentences=("This is one.", "これは文です。"),
)
# the weights before had hardly seen these: "R&D" was read as "R8D"
NEEDED = "&@#€£°±§©™|\\^{}[]<>~*“”‘’–—…＆＠＃％［］「」※é⁴⁷₂"


def test_signs_are_in_the_texts_that_lines_are_drawn_from() -> None:
    texts = Texts(WORDS, random.Random(1))
    lines = [texts.line() for _ in range(20_000)]
    assert all(set(read_as(line)) <= set(ALPHABET) for line in lines)
    seen = Counter(char for line in lines for char in set(line))
    assert {char: seen[char] for char in NEEDED if seen[char] < 15} == {}


def test_the_same_seed_draws_the_same_signs() -> None:
    assert Texts(WORDS, random.Random(2)).signs() == Texts(WORDS, random.Random(2)).signs()
