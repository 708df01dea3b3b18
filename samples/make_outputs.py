"""Converts every sample to `samples/out/`: `python samples/make_outputs.py`, docparse installed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SAMPLES = Path(__file__).parent
OUT = SAMPLES / "out"
NAMES = ("report.pdf", "invoice-ja.pdf", "vertical-ja.pdf")


def docparse(*args: str) -> None:
    """Runs the command, which has to succeed."""
    code = "from docparse.cli.main import run; run()"
    done = subprocess.run([sys.executable, "-c", code, *args], cwd=SAMPLES, check=False)
    if done.returncode:
        raise SystemExit(f"docparse {' '.join(args)} ended with {done.returncode}")


def main() -> None:
    for name in NAMES:
        docparse(name, "-o", "out/", "-f", "html", "-f", "md", "-f", "json")
    # As right after install, without the extra reader.
    docparse("scan.pdf", "--reader", "nano", "-o", "out/", "-f", "html", "-f", "md", "-f", "json")
    docparse("report.pdf", "--dpi", "100", "-o", "out/report.md", "--overlay", "out/report_boxes")
    docparse("report.pdf", "-o", "out/report.md")


if __name__ == "__main__":
    main()
