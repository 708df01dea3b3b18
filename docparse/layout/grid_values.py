"""Whether the text of a table cell is a value: a number, or a sign for a missing one."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_NUMBER = re.compile(
    r"[-–−+(\[<>≤≥≦≧~≈±$€£¥△▲\s]*\d[\d.,'’/:\s]*"
    r"(?:[%‰円株人名年月日件個倍点年台社万億千百兆ドル銭\s]{0,4}|[a-z]{1,2})[)\]*†‡%\s]*"
)
_NO_VALUE = re.compile(r"[-–—−―ー.…:*\s]+|n\.?/?a\.?", re.IGNORECASE)


@lru_cache(maxsize=10_000)
def is_value(text: str) -> bool:
    """Whether a text is a number with what belongs to it, or a sign for a missing one."""
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text)
    return bool(_NUMBER.fullmatch(plain) or _NO_VALUE.fullmatch(plain))
