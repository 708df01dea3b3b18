"""A headless Chromium for tests, and pages to look at; skipped, saying so, where there is none."""

from __future__ import annotations

import io
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import PIL.Image
import pytest

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """A browser window of 1400 by 900 pixels that keeps what the console says."""
    browser = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    driver = shutil.which("chromedriver")
    if not browser or not driver:
        pytest.skip("no Chromium and chromedriver here: apt-get install chromium chromium-driver")
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = browser
    for argument in ("--headless=new", "--disable-gpu", "--hide-scrollbars"):
        options.add_argument(argument)
    if hasattr(os, "geteuid") and os.geteuid() == 0:  # as which its sandbox does not work
        options.add_argument("--no-sandbox")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    window = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    window.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": 1400, "height": 900, "deviceScaleFactor": 1, "mobile": False},
    )
    yield window
    window.quit()


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
