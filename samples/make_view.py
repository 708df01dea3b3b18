"""Takes the picture of a report in README: `python samples/make_view.py`, with the test extra."""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import PIL.Image
from selenium import webdriver

SAMPLES = Path(__file__).parent
SIZE = (1280, 800)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.html"
        command = [sys.executable, "-c", "from docparse.cli.main import run; run()"]
        command += [str(SAMPLES / "report.pdf"), "-o", str(report), "--report"]
        subprocess.run(command, check=True)
        options = webdriver.ChromeOptions()
        for argument in ("--headless=new", "--no-sandbox", "--hide-scrollbars"):
            options.add_argument(argument)
        browser = webdriver.Chrome(options, webdriver.ChromeService(shutil.which("chromedriver")))
        width, height = SIZE
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        browser.get(f"{report.as_uri()}#p1b5")
        browser.execute_async_script("setTimeout(arguments[0], 1000)")
        picture = PIL.Image.open(io.BytesIO(browser.get_screenshot_as_png())).convert("RGB")
        browser.quit()
    few = picture.quantize(256, PIL.Image.Quantize.FASTOCTREE)
    few.save(SAMPLES / "out" / "report_view.png", optimize=True)


if __name__ == "__main__":
    main()
