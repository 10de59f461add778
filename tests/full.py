"""How long a test may take: `script/test` tries a few cases, `script/test --full` (YICHUANG_FULL=1) many."""

import os
from typing import TypeVar

T = TypeVar("T")
FULL = os.environ.get("YICHUANG_FULL") == "1"


def full(short: T, long: T) -> T:
    return long if FULL else short
