"""How soon a report of many pages is seen in a browser, and how its pages come when scrolled to."""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from docparse.bench.child import ChildError
from docparse.bench.chromium import open_chromium
from docparse.bench.commands import command_line
from docparse.bench.jobs import join
from docparse.errors import UnreadableInputError

REPEAT = 5
# Seconds that the browser gets for anything.
MOST = 60.0
# Runs before the file's own script: notes when the first page and its boxes have been painted.
WATCH = """
const look = () => {
  const picture = document.querySelector('.row img');
  if (!picture?.complete || !document.querySelector('.row rect')) requestAnimationFrame(look);
  else picture.decode().then(() => requestAnimationFrame(() => requestAnimationFrame(() => {
    window.firstView = performance.now();
  })));
};
look();
"""
SEEN = "return document.readyState === 'complete' && window.firstView"
LOADED = "return document.querySelectorAll('.paper img[src]').length"
# Goes to a page and calls back with the milliseconds until its picture has been painted.
GO = """
const [number, done] = arguments;
const row = document.querySelectorAll('.row')[number - 1];
const began = performance.now();
row.scrollIntoView();
const look = () => {
  const picture = row.querySelector('img');
  if (!picture?.src || !picture.complete || !row.querySelector('rect')) requestAnimationFrame(look);
  else picture.decode().then(() => requestAnimationFrame(() => requestAnimationFrame(() =>
    done(performance.now() - began))));
};
look();
"""


@dataclass(frozen=True, slots=True)
class ViewReport:
    """A report in a browser. `first`: seconds from its address to its first page and boxes, of
    each time it was opened. `jump`: seconds from there to the last page.

    `loaded`: pictures that were loaded at first, and after the jump. `facts`: what it says of
    itself.
    """

    num_pages: int
    size: int
    facts: str
    first: tuple[float, ...]
    jump: float
    loaded: tuple[int, int]

    def to_text(self) -> str:
        """Three lines for a terminal."""
        low, high = min(self.first), max(self.first)
        return (
            f"a report of {self.num_pages} pages, {self.size / 1e6:.1f} MB, "
            f"which says of itself: {self.facts}\n"
            f"first page with its boxes seen after {median(self.first):.2f} s "
            f"({low:.2f} to {high:.2f}, opened {len(self.first)} times); "
            f"pictures loaded by then: {self.loaded[0]}\n"
            f"last page seen {self.jump:.2f} s after going there; "
            f"pictures loaded: {self.loaded[1]}\n"
        )


def run_view(files: Sequence[Path], *, num_pages: int) -> ViewReport:
    """Makes a report of so many pages, those of the files again and again, and opens it.

    Raises UnreadableInputError for files that are no PDFs, ChildError if no report is written,
    MissingEngineError without Chromium or selenium.
    """
    with open_chromium(waits=False) as browser, tempfile.TemporaryDirectory() as name:
        source, report = Path(name, "long.pdf"), Path(name, "long.html")
        join(files, source, num_pages=num_pages)
        options = "convert", str(source), "-o", str(report), "--report", "--quiet"
        # exit codes may tell of failed pages, which is no matter here
        ended = subprocess.run(command_line(*options), check=False, stderr=subprocess.PIPE)
        if not report.is_file():
            raise ChildError(ended.stderr.decode(errors="replace").strip())
        return look_at(browser, report)


def look_at(browser: Any, report: Path) -> ViewReport:
    """Opens a report a few times, then goes to its last page."""
    browser.set_script_timeout(MOST)
    script = browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": WATCH})
    first = []
    for _ in range(REPEAT):
        browser.get("about:blank")
        _wait_for(browser, "return document.URL === 'about:blank'")
        browser.get(report.as_uri())
        first.append(_wait_for(browser, SEEN) / 1000)
    browser.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", script)
    before = browser.execute_script(LOADED)
    num_pages = browser.execute_script("return document.querySelectorAll('.row').length")
    jump = browser.execute_async_script(GO, num_pages) / 1000
    facts = browser.execute_script("return document.querySelector('.facts').textContent")
    loaded = before, browser.execute_script(LOADED)
    return ViewReport(num_pages, report.stat().st_size, facts, tuple(first), jump, loaded)


def _wait_for(browser: Any, script: str) -> float:
    """What a script returns as soon as that is not nothing."""
    deadline = time.monotonic() + MOST
    while time.monotonic() < deadline:
        if found := browser.execute_script(script):
            return float(found)
        time.sleep(0.1)
    raise UnreadableInputError(
        f"the report was not seen within {MOST:g} seconds",
        hint="name PDFs whose first page has text",
    )
