"""A headless Chromium for tests, and pages to look at; skipped, saying so, where there is none."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import PIL.Image
import pytest

from docparse.bench.chromium import open_chromium
from docparse.errors import MissingEngineError

# The tests already keep all cores busy: more threads would only wait for each other.
os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """A browser window of 1400 by 900 pixels that keeps what the console says."""
    with ExitStack() as stack:
        try:
            window = stack.enter_context(open_chromium())
        except MissingEngineError as error:
            pytest.skip(str(error))
        yield window


@pytest.fixture
def page(chromium: Any) -> Iterator[Any]:
    """The browser on an empty page, its console empty."""
    chromium.get("about:blank")
    chromium.get_log("browser")
    yield chromium


@pytest.fixture
def look(page: Any) -> Callable[[], PIL.Image.Image]:
    """What the window shows now."""

    def screenshot() -> PIL.Image.Image:
        return PIL.Image.open(io.BytesIO(page.get_screenshot_as_png())).convert("RGB")

    return screenshot


@pytest.fixture
def opened(page: Any, tmp_path: Path) -> Callable[..., Any]:
    """Opens HTML from disk."""

    def show(html: str, anchor: str = "") -> Any:
        path = tmp_path / "shown.html"
        path.write_text(html, encoding="utf-8")
        page.get("about:blank")
        page.get(f"{path.as_uri()}{anchor}")
        return page

    return show
