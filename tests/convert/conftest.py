"""Makes the document strategies of the omni tests importable here: one list of nasty documents."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "omni"))
