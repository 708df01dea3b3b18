"""Which pages a spec selects."""

from __future__ import annotations

import logging

import pytest

from docparse.errors import UsageError
from docparse.pages.select import select_pages

SELECTS = [
    # spec, number of pages, what is read
    ("", 3, (1, 2, 3)),
    ("  ", 3, (1, 2, 3)),
    ("2", 3, (2,)),
    ("1-3", 3, (1, 2, 3)),
    ("3-1", 3, (3, 2, 1)),
    ("end", 7, (7,)),
    ("r1", 7, (7,)),
    ("r7", 7, (1,)),
    ("5-end", 7, (5, 6, 7)),
    ("END-5", 7, (7, 6, 5)),
    ("r3-r1", 7, (5, 6, 7)),
    ("r1-r3", 7, (7, 6, 5)),
    ("r2-end", 7, (6, 7)),
    ("2-r2", 7, (2, 3, 4, 5, 6)),
    ("1-5,8,12-end,r3-r1", 20, (1, 2, 3, 4, 5, 8, 12, 13, 14, 15, 16, 17, 18, 19, 20)),
    (" 3 - 4 , 1 ", 5, (3, 4, 1)),
    ("08", 9, (8,)),
    ("1-1", 1, (1,)),
]
REFUSED = [
    "0",
    "6",
    "1-6",
    "r6",
    "r0",
    "-1",
    "1-",
    "-",
    "1--2",
    "1-2-3",
    "1,,2",
    ",",
    "1,",
    "a",
    "1.5",
    "1;2",
    "r-1",
    "rend",
    "endr1",
    "1 2",
    "٣",
    "99999999999999999999",
]


@pytest.mark.parametrize(("spec", "num_pages", "wanted"), SELECTS)
def test_selects(spec: str, num_pages: int, wanted: tuple[int, ...]) -> None:
    assert select_pages(spec, num_pages) == wanted


@pytest.mark.parametrize("spec", REFUSED)
def test_refuses_and_shows_the_syntax(spec: str) -> None:
    with pytest.raises(UsageError) as caught:
        select_pages(spec, 5)
    assert "5 pages" in caught.value.hint
    assert "1-5,8,12-end,r3-r1" in caught.value.hint
    assert "--pages" in caught.value.message


def test_a_page_named_twice_is_read_once(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, logger="docparse"):
        assert select_pages("2-3,1-end,3", 4) == (2, 3, 1, 4)
    assert "twice" in caplog.text


def test_no_warning_without_reason(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, logger="docparse"):
        select_pages("3,1-2", 3)
    assert not caplog.text
