"""Sentences, headings and tables at random, in English and Japanese, for pages that are drawn."""

from __future__ import annotations

import random
from dataclasses import dataclass

NOUNS = (
    "harbour", "council", "budget", "ferry", "survey", "engineer", "market", "report", "library",
    "season", "turbine", "cargo", "district", "pilot", "archive", "bridge", "fishery", "ticket",
    "committee", "warehouse", "signal", "contract", "visitor", "channel", "lighthouse", "repair",
    "school", "timetable", "storm", "account", "quarry", "museum", "reservoir", "workshop",
    "garden", "inspector", "railway", "census", "orchard", "village", "estimate", "platform",
)  # fmt: skip
ADJECTIVES = (
    "quiet", "northern", "annual", "modest", "wooden", "careful", "early", "public", "narrow",
    "recent", "steady", "coastal", "temporary", "generous", "formal", "empty", "bright",
    "seasonal", "reliable", "shallow", "former", "local", "detailed", "late", "small", "uneven",
    "private",
)  # fmt: skip
VERBS = (
    "opened", "measured", "replaced", "described", "delayed", "financed", "visited", "repaired",
    "approved", "carried", "counted", "closed", "supported", "reached", "recorded", "widened",
    "inspected", "moved", "painted", "welcomed", "questioned", "completed", "signed", "removed",
)  # fmt: skip
LINKS = (
    "near the", "after the", "because of the", "along the", "without the", "during the",
    "in spite of the", "beside the", "together with the", "before the", "on behalf of the",
)  # fmt: skip
OPENINGS = (
    "In spring", "Two years later", "According to the minutes", "By contrast", "On Monday",
    "For the first time", "As expected", "In most cases", "Since then", "At the same time",
)  # fmt: skip
NOUNS_JA = (
    "港湾", "委員会", "予算案", "調査報告", "図書館", "漁業協同組合", "連絡船", "灯台", "観光客",
    "時刻表", "防波堤", "市場", "研究室", "契約書", "倉庫", "橋梁", "気象台", "住民", "博物館",
    "工場", "設備", "鉄道", "農園", "給水塔", "見積書", "記録簿", "学校", "展示室", "監査役",
    "補助金", "駐車場",
)  # fmt: skip
VERBS_JA = (
    "を開いた", "を測定した", "を交換した", "について説明した", "を延期した", "を承認した",
    "を修理した", "に到着した", "を記録した", "を広げた", "を点検した", "を移した", "を歓迎した",
    "を完成させた", "を閉鎖した", "と比べた",
)  # fmt: skip
OPENINGS_JA = (
    "昨年の春、", "議事録によると、", "これに対して、", "月曜日の朝、", "初めて、",
    "予想どおり、", "その後、", "多くの場合、", "同じころ、", "翌月の末に、",
)  # fmt: skip
LINKS_JA = (
    "の近くで", "のあとで", "のために", "に沿って", "を除いて", "の期間に", "とともに",
    "の代わりに",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Texts:
    """Texts from a random source; the same seed gives the same texts."""

    rng: random.Random
    is_japanese: bool

    def sentence(self) -> str:
        """A sentence of its own sense, with a number now and then."""
        return self._sentence_ja() if self.is_japanese else self._sentence_en()

    def _sentence_en(self) -> str:
        r = self.rng
        subject = f"the {r.choice(ADJECTIVES)} {r.choice(NOUNS)}"
        text = f"{subject} {r.choice(VERBS)} the {r.choice(ADJECTIVES)} {r.choice(NOUNS)}"
        if r.random() < 0.8:
            text += f" {r.choice(LINKS)} {r.choice(ADJECTIVES)} {r.choice(NOUNS)}"
        if r.random() < 0.3:
            text += f" in {r.randint(1950, 2024)}"
        if r.random() < 0.3:
            text += f", which cost {r.randint(12, 990)},{r.randint(100, 999)} dollars"
        if r.random() < 0.3:
            return f"{r.choice(OPENINGS)}, {text}."
        return text[0].upper() + text[1:] + "."

    def _sentence_ja(self) -> str:
        r = self.rng
        text = r.choice(OPENINGS_JA) if r.random() < 0.4 else ""
        text += f"{r.choice(NOUNS_JA)}は{r.choice(NOUNS_JA)}{r.choice(LINKS_JA)}"
        if r.random() < 0.4:
            text += f"{r.randint(1950, 2024)}年{r.randint(1, 12)}月に"
        text += f"{r.choice(NOUNS_JA)}{r.choice(VERBS_JA)}"
        if r.random() < 0.3:
            text += f"（費用は{r.randint(12, 990)}万円）"
        return text + "。"

    def paragraph(self, least: int = 2, most: int = 5) -> str:
        gap = "" if self.is_japanese else " "
        return gap.join(self.sentence() for _ in range(self.rng.randint(least, most)))

    def heading(self) -> str:
        r = self.rng
        if self.is_japanese:
            return f"{r.randint(1, 9)}．{r.choice(NOUNS_JA)}と{r.choice(NOUNS_JA)}の整備"
        return f"{r.randint(1, 9)}. The {r.choice(ADJECTIVES)} {r.choice(NOUNS)}"

    def item(self) -> str:
        r = self.rng
        if self.is_japanese:
            return f"{r.choice(NOUNS_JA)}の{r.choice(NOUNS_JA)}を{r.randint(2, 40)}日以内に確認する"
        return f"{r.choice(ADJECTIVES)} {r.choice(NOUNS)} {r.choice(LINKS)} {r.choice(NOUNS)}"

    def label(self) -> str:
        r = self.rng
        return (
            r.choice(NOUNS_JA) if self.is_japanese else f"{r.choice(ADJECTIVES)} {r.choice(NOUNS)}"
        )

    def amount(self) -> str:
        r = self.rng
        if r.random() < 0.3:
            return f"{r.uniform(0, 99):.1f} %"
        return (
            f"{r.randint(1, 99)},{r.randint(0, 999):03d}"
            if r.random() < 0.5
            else str(r.randint(0, 999))
        )
