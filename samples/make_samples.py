"""Makes the sample files of this folder, the same bytes each time.

    pip install -e '.[test]' fonttools && python samples/make_samples.py

The made files are kept beside this script, so this is needed only to change them. It wants a few
free fonts; where one is missing, the error names the Debian package. All names, numbers and
findings in the samples are invented.
"""

from __future__ import annotations

from pathlib import Path

from make_invoice import make_invoice
from make_report import make_report
from make_scan import make_scan
from make_vertical import make_vertical

FOLDER = Path(__file__).parent


def main() -> None:
    """Writes every sample and says how large it became."""
    made = {
        "report.pdf": make_report(),
        "invoice-ja.pdf": make_invoice(),
        "vertical-ja.pdf": make_vertical(),
        **make_scan(),
    }
    for name, data in made.items():
        (FOLDER / name).write_bytes(data)
        print(f"{name}: {len(data):,} bytes")


if __name__ == "__main__":
    main()
