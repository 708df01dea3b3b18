"""A headless Chromium window that a program drives."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from docparse.bench.extras import demand
from docparse.errors import MissingEngineError

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
WIDTH, HEIGHT = 1400, 900


@contextmanager
def open_chromium(*, waits: bool = True) -> Iterator[Any]:
    """A Selenium driver with a window of 1400 by 900 pixels that keeps what the console says.

    `waits`: opening an address takes until all of it is loaded; otherwise it returns at once.
    Raises MissingEngineError where there is no Chromium, chromedriver or selenium.
    """
    demand("selenium")
    browser = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    driver = shutil.which("chromedriver")
    if not browser or not driver:
        raise MissingEngineError(
            "there is no Chromium with its driver here",
            hint="run `apt-get install chromium chromium-driver`",
        )
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = browser
    options.page_load_strategy = "normal" if waits else "none"
    for argument in ("--headless=new", "--disable-gpu", "--hide-scrollbars"):
        options.add_argument(argument)
    if hasattr(os, "geteuid") and os.geteuid() == 0:  # as which its sandbox does not work
        options.add_argument("--no-sandbox")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    window = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    try:
        window.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": WIDTH, "height": HEIGHT, "deviceScaleFactor": 1, "mobile": False},
        )
        yield window
    finally:
        window.quit()
