"""Kernels: functions over NumPy columns that Numba compiles once and caches on the disk.

A kernel stands in a module of its own beside its plain-Python meaning. Numba takes half a second
to import, so that module is imported when the first block comes, through `load_kernels`; where
Numba is not to be had the plain meaning does the work.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any, TypeVar

log = logging.getLogger(__name__)

COMPILING = "compiling kernels, once"
"""What is logged, as INFO, before a kernel is compiled that no cache holds."""

Function = TypeVar("Function", bound=Callable[..., Any])


@cache
def load_kernels(module: str) -> Any:
    """Import a module of kernels, or return None, with a warning, where that cannot be."""
    try:
        return import_module(module)
    except ImportError as error:
        log.warning("plain Python does the work of %s, slower: %s", module, error)
        return None


def kernel(signature: Any) -> Callable[[Function], Function]:
    """Compile a function for one signature, its machine code cached, the GIL released.

    The code is kept beside the module where that may be written to, else in the user's cache
    folder, else nowhere.
    """
    import numba
    from numba.core.event import install_listener

    def compiled(function: Function) -> Function:
        try:
            return _compiled(function, cache=True)
        except RuntimeError:  # no folder for a cache may be written to
            log.warning("there is no folder to cache kernels in: they are compiled in every run")
            return _compiled(function, cache=False)

    def _compiled(function: Function, *, cache: bool) -> Function:
        with install_listener("numba:compile", _announcer()):
            made: Function = numba.njit(signature, cache=cache, nogil=True)(function)
        return made

    return compiled


def column(kind: Any) -> Any:
    """Return Numba's type of an event's column: an array `[n]` of a kind that is only read."""
    from numba import types

    return types.Array(kind, 1, "C", readonly=True)


def _announcer() -> Any:
    """Return a listener of Numba's that logs `COMPILING`."""
    from numba.core.event import Listener

    class Announcer(Listener):  # type: ignore[misc]
        def on_start(self, event: Any) -> None:
            log.info(COMPILING)

        def on_end(self, event: Any) -> None:
            pass

    return Announcer()
