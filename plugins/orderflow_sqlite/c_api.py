"""SQLite's C functions: of apsw's library, or of the one that Python's own `sqlite3` has loaded.

A Python that has SQLite within itself hides the functions; the package apsw brings a library that
always shows them. Two copies of SQLite in one process do not see each other's locks, so whatever is
locked while it is read is read by way of one of them, Python's own where that can be.
"""

from __future__ import annotations

import _sqlite3
import ctypes
import sqlite3
from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from orderflow_core import Ints

OPEN_READONLY, OPEN_URI, OPEN_NOMUTEX = 0x1, 0x40, 0x8000
NO_MEMORY, ROW, DONE = 7, 100, 101

_POINTER, _TEXT, _INT = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int
_OUT = ctypes.POINTER(ctypes.c_void_p)
_SIGNATURES: Mapping[str, tuple[Any, ...]] = {
    "libversion": (_TEXT,),
    "open_v2": (_INT, _TEXT, _OUT, _INT, _TEXT),
    "close_v2": (_INT, _POINTER),
    "prepare_v2": (_INT, _POINTER, _TEXT, _INT, _OUT, _POINTER),
    "bind_int64": (_INT, _POINTER, _INT, ctypes.c_int64),
    "step": (_INT, _POINTER),
    "column_count": (_INT, _POINTER),
    "column_type": (_INT, _POINTER, _INT),
    "column_int64": (ctypes.c_int64, _POINTER, _INT),
    "column_double": (ctypes.c_double, _POINTER, _INT),
    "column_text": (_POINTER, _POINTER, _INT),
    "column_blob": (_POINTER, _POINTER, _INT),
    "column_bytes": (_INT, _POINTER, _INT),
    "reset": (_INT, _POINTER),
    "finalize": (_INT, _POINTER),
    "errmsg": (_TEXT, _POINTER),
}
STEPPING = (
    *("step", "column_value", "value_type", "value_int64", "value_double"),
    *("value_text", "value_blob", "value_bytes"),
)
"""What the kernel that fetches rows calls."""


class CApi:
    """The functions, by their names without `sqlite3_`.

    Raises AttributeError where the library hides one.
    """

    def __init__(self, library: ctypes.CDLL) -> None:
        self.call: dict[str, Any] = {}
        for name, (result, *arguments) in _SIGNATURES.items():
            function = getattr(library, f"sqlite3_{name}")
            function.restype, function.argtypes = result, arguments
            self.call[name] = function
        stepping = [_address(getattr(library, f"sqlite3_{name}")) for name in STEPPING]
        self.stepping: Ints = np.array(stepping, np.int64)


@cache
def find_c_api(*, locked: bool) -> CApi | None:
    """Return the C functions, or None where no library shows them.

    For a file that is `locked` while it is read they are those of Python's own copy if that can be,
    as the process may have it open by way of that; else those of apsw's, which reads a seventh
    faster than a distribution's of some years ago.
    """
    found = [_of_python, _of_apsw] if locked else [_of_apsw, _of_python]
    return next(filter(None, (find() for find in found)), None)


def _of_python() -> CApi | None:
    own = _of(getattr(_sqlite3, "__file__", None))
    return own if own and own.call["libversion"]().decode() == sqlite3.sqlite_version else None


def _of_apsw() -> CApi | None:
    """Return the functions of apsw's library, if what they call of each other is its own."""
    if hasattr(ctypes.CDLL(None), "sqlite3_libversion"):
        return None
    return next(filter(None, map(_of, _libraries_of_apsw())), None)


def _of(path: str | None) -> CApi | None:
    """Return the functions of a library, without a path of the program itself, if it shows them."""
    try:
        return CApi(ctypes.CDLL(path))
    except (OSError, AttributeError, TypeError):
        return None


def _libraries_of_apsw() -> list[str]:
    found = find_spec("apsw")
    folders = map(Path, found.submodule_search_locations or ()) if found else ()
    return [
        str(path) for each in folders for path in each.glob("sqlite_extra_binaries/*sqlite3_tool*")
    ]


def _address(function: Any) -> int:
    return ctypes.cast(function, ctypes.c_void_p).value or 0
