"""How likely a word is right, from what is known of it: the model's chances, and what is shown.

Logistic maps over few features, fitted by `docparse bench check --fit` on drawn pages; of words
with a confidence of 0.9, nine in ten are right there.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from docparse.evidence.weights import READERS, WORDS, Shown

# Chances nearer to 0 or 1 say no more.
LEAST_CHANCE = 0.002


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of a word that a model said.

    `shown`: where the page's own words come from, "" if nothing of it is known. `agreement`: how
    far they say the same where it should stand, 0 to 1; 0 where they say nothing. `seen`: how
    likely a reader read them right. `chance`: what the model gave its tokens, if it tells.
    """

    shown: Shown
    agreement: float = 0.0
    seen: float = 1.0
    chance: float | None = None

    @property
    def features(self) -> tuple[float, ...]:
        """What the map weighs: a constant, whether both say the same, the reader's certainty where
        they do and where they do not, and the model's."""
        is_same = self.agreement == 1.0
        seen = logit(self.seen) if self.shown == "read" else 0.0
        return (
            1.0,
            float(is_same),
            seen if is_same else 0.0,
            0.0 if is_same else seen,
            0.0 if self.chance is None else logit(self.chance),
        )


def logit(chance: float) -> float:
    chance = min(max(chance, LEAST_CHANCE), 1 - LEAST_CHANCE)
    return math.log(chance / (1 - chance))


def confidence_of(evidence: Evidence) -> float:
    """From 0 to 1; 1 where nothing is known."""
    weights = WORDS.get((evidence.shown, evidence.chance is not None))
    return 1.0 if weights is None else mapped(weights, evidence.features)


def features_of_reading(scores: Sequence[float]) -> tuple[float, ...]:
    """Of the letters of a word, at least one, as a reader scores them, 0 to 1."""
    return 1.0, logit(math.prod(scores))


def confidence_of_reading(scores: Sequence[float], source: str) -> float:
    """How likely all the letters of a word, or a CJK character, were read right."""
    return mapped(READERS[source], features_of_reading(scores))


def mapped(weights: Sequence[float], features: Sequence[float]) -> float:
    """The logistic map with some weights."""
    total = sum(w * x for w, x in zip(weights, features, strict=True))
    return round(1 / (1 + math.exp(-max(-30.0, min(30.0, total)))), 3)
