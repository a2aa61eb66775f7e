"""The memory of a worker, kept from one unit to the next."""

from __future__ import annotations

import ctypes
import sys
from functools import cache

_MMAP_THRESHOLD, _TRIM_THRESHOLD = -3, -1
_LARGEST, _KEPT = 32 << 20, 128 << 20
"""Bytes of the largest array that is kept, and of all that is kept free."""


@cache
def keep_memory() -> None:
    """Let the memory that one unit has let go of be that of the next, where glibc is told so.

    Else it goes back to the system, and is got again page by page.
    """
    if sys.platform == "linux":
        tell = getattr(ctypes.CDLL(None), "mallopt", None)  # other C libraries have none
        if tell is not None:
            tell(_MMAP_THRESHOLD, _LARGEST)
            tell(_TRIM_THRESHOLD, _KEPT)
