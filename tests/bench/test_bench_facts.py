"""Facts about a page, one case a line."""

from __future__ import annotations

import pytest

from docparse.bench.facts import Fact, holds, spread
from docparse.bench.flow import read_markdown
from docparse.bench.grid import Grid, GridCell

PAGE = "# The Report\n\nFirst part, then **second** part.\n\n売上高は\n増加した。\n\nEnd."
TABLE = "|Item|2023|2024|\n|---|---|---|\n|Sales|10|20|\n|Cost|5|7|"


@pytest.mark.parametrize(
    ("fact", "markdown", "answer"),
    [
        (Fact("present", 1, "then second part"), PAGE, True),
        (Fact("present", 1, "then secend part"), PAGE, False),
        (Fact("present", 1, "then secend part", slips=1), PAGE, True),
        (Fact("present", 1, "the report"), PAGE, False),
        (Fact("present", 1, "the report", case_sensitive=False), PAGE, True),
        (Fact("present", 1, "売上高は増加した"), PAGE, True),
        (Fact("present", 1, "The Report", last_n=10), PAGE, False),
        (Fact("present", 1, "The Report", first_n=20), PAGE, True),
        (Fact("present", 1, ""), PAGE, False),
        # the short-output inversion of the original: almost nothing "contains" everything
        (Fact("present", 1, "then second part", slips=2), "e", False),
        (Fact("present", 1, "then second part", slips=2), "\n", False),
        (Fact("absent", 1, "page 7 of 9"), PAGE, True),
        (Fact("absent", 1, "The Report"), PAGE, False),
        (Fact("order", 1, "First part", after="End."), PAGE, True),
        (Fact("order", 1, "End.", after="First part"), PAGE, False),
        (Fact("order", 1, "First part", after="not there"), PAGE, False),
        (Fact("order", 1, "Forst part", after="End.", slips=1), PAGE, True),
        (Fact("order", 1, "part", after="part"), PAGE, True),
        (Fact("baseline", 1), PAGE, True),
        (Fact("baseline", 1), "請求書", True),
        (Fact("baseline", 1), "", False),
        (Fact("baseline", 1), "---\n\n***", False),
        (Fact("baseline", 1), "fine, then " + "ab" * 40, False),
        (Fact("baseline", 1), "\ue001\ue002\ue003\ue004 7", False),
        (Fact("table", 1, "20", around=(("left", "10"), ("up", "2024"))), TABLE, True),
        (Fact("table", 1, "20", around=(("left", "2023"),)), TABLE, False),
        (Fact("table", 1, "7", around=(("top_heading", "2024"),)), TABLE, True),
        (Fact("table", 1, "7", around=(("left_heading", "Cost"),)), TABLE, True),
        (Fact("table", 1, "7", around=(("left_heading", "Sales"),)), TABLE, False),
        (Fact("table", 1, "Sales", around=(("down", "Cost"), ("right", "10"))), TABLE, True),
        (Fact("table", 1, "Sales"), PAGE, False),
    ],
)
def test_facts(fact: Fact, markdown: str, answer: bool) -> None:
    assert holds(fact, read_markdown(markdown)) is answer


def test_spans_are_spread() -> None:
    grid = Grid(
        (
            (GridCell("a", rowspan=2), GridCell("b", colspan=2)),
            (GridCell("c"), GridCell("d")),
            (GridCell("e", rowspan=9),),
        )
    )
    assert spread(grid) == [["a", "b", "b"], ["a", "c", "d"], ["e"]]
