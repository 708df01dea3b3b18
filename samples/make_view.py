"""Takes the picture of a report in README: `python samples/make_view.py`, with the test extra."""

from __future__ import annotations

import io
import subprocess
import sys
import tempfile
from pathlib import Path

import PIL.Image

from docparse.bench.chromium import open_chromium

SAMPLES = Path(__file__).parent
SIZE = (1280, 800)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.html"
        command = [sys.executable, "-c", "from docparse.cli.main import run; run()"]
        command += [str(SAMPLES / "report.pdf"), "-o", str(report), "--report"]
        subprocess.run(command, check=True)
        with open_chromium() as browser:
            width, height = SIZE
            metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
            browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
            browser.get(f"{report.as_uri()}#p1b5")
            browser.execute_async_script("setTimeout(arguments[0], 1000)")
            picture = PIL.Image.open(io.BytesIO(browser.get_screenshot_as_png())).convert("RGB")
    few = picture.quantize(256, PIL.Image.Quantize.FASTOCTREE)
    few.save(SAMPLES / "out" / "report_view.png", optimize=True)


if __name__ == "__main__":
    main()
