"""Kernels: functions over NumPy columns that Numba compiles once, to be stored on the disk.

A kernel stands in a module of its own beside its plain-Python meaning. Numba takes long to import,
so that is done through `load_kernels` alone, when the first block comes, and only where the code
has not been stored; where Numba is not to be had the plain meaning does the work.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from functools import cache, update_wrapper
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any, TypeVar, cast

if TYPE_CHECKING:
    from orderflow_core.plugin.base import Plugin

log = logging.getLogger(__name__)

COMPILING = "compiling kernels, once"
"""What is logged, as INFO, before a kernel is compiled that no cache holds."""

Function = TypeVar("Function", bound=Callable[..., Any])


@cache
def load_kernels(module: str) -> Any:
    """Return a module of kernels, or None, with a warning, where that cannot be.

    Their machine code is loaded where it has been stored; else Numba is imported, and it is stored.
    """
    return _stored(module) or _imported(module)


def _stored(module: str) -> Any:
    try:
        from orderflow_core.plugin import stored

        return stored.load(module)
    except Exception as error:  # whatever a file, or a library that is not there, leads to
        log.debug("the stored code of %s is not used: %s", module, error)
        return None


def _imported(module: str) -> Any:
    try:
        return _compiled(import_module(module))
    except Exception as error:  # a Numba that is there and does not load raises what it likes
        warn_once("plain Python does the work of compiled kernels, slower: %s", error)
        return None


def _compiled(module: Any) -> Any:
    try:
        from orderflow_core.plugin.storing import store

        return store(module)
    except Exception as error:  # Numba can call them, and has a cache of its own
        log.debug("the code of %s is not stored: %s", module.__name__, error)
    for each in kernels_of(module).values():
        each.compile()
    return module


def warm_kernels(users: Collection[Plugin]) -> None:
    """Import the kernels that plugins may load, before a row waits for it."""
    modules = {type(user).__module__ for user in users}
    for module in kernel_modules(modules, counted=any(user.order_counts for user in users)):
        load_kernels(module)


def kernel_modules(users: Collection[str], *, counted: bool) -> list[str]:
    """Return the modules of kernels that modules may load, which have been imported.

    They are those of their packages, and of the core's, whose names end with `kernel`; one named
    `orders_kernel` only where orders are `counted`.
    """
    packages = {__package__, *users, *(name.rpartition(".")[0] for name in users)}
    return [
        f"{name}.{module.name}"
        for name in sorted(filter(None, packages))
        for module in iter_modules(getattr(sys.modules.get(name), "__path__", ()))
        if module.name.endswith("kernel") and (counted or module.name != "orders_kernel")
    ]


def kernel(signature: Any) -> Callable[[Function], Function]:
    """Let Numba compile a function for one signature, once it is called or stored.

    Raises ImportError where Numba is told not to compile.
    """
    import numba

    if numba.config.DISABLE_JIT:
        raise ImportError("NUMBA_DISABLE_JIT is set")

    def made(function: Function) -> Function:
        result: Any = Kernel(function, signature)
        return cast("Function", result)

    return made


def kernel_part(**options: Any) -> Callable[[Function], Function]:
    """Let Numba compile a function that kernels call, for whatever they give it.

    `options` are those of `numba.njit`. It is compiled less what would let Python call it, which
    takes as long again: from Python it raises TypeError.
    """
    import numba

    from orderflow_core.plugin.compiling import PartCompiler

    made: Callable[[Function], Function] = numba.njit(
        no_cpython_wrapper=True, no_cfunc_wrapper=True, pipeline_class=PartCompiler, **options
    )
    return made


class Kernel:
    """A function and the signature for which Numba compiles it; the GIL is released in it."""

    def __init__(self, function: Callable[..., Any], signature: Any) -> None:
        self._function = function
        self._signature = signature
        self._called: Any = None
        update_wrapper(self, function)

    def __call__(self, *values: Any) -> Any:
        """Call what `compile` returns."""
        return self.compile()(*values)

    def compile(self) -> Any:
        """Return the kernel for Python to call, its machine code in Numba's cache.

        The code is kept beside the module where that may be written to, else in the user's cache
        folder, else nowhere. A cache that cannot be read is begun anew; where none can be kept, the
        function is compiled in every run.
        """
        if self._called is None:
            made = self._numbas()
            with _announced():
                try:
                    _compile_cached(made, self._signature)
                except Exception as error:  # whatever a disk, or what lies on it, leads to
                    warn_once("kernels are compiled in every run, no cache can be kept: %s", error)
                if not made.signatures:
                    made = self._numbas()
                    made.compile(self._signature)
            made.disable_compile()
            self._called = made
        return self._called

    def code(self) -> Any:
        """Compile it as far as LLVM's code, less what lets Python call it; return the result.

        It is for those who let Python call it in a way of their own, out of their own machine code.
        """
        from orderflow_core.plugin.compiling import KernelCompiler

        made = self._numbas(no_cpython_wrapper=True, pipeline_class=KernelCompiler)
        with _announced():
            made.compile(self._signature)
        [result] = made.overloads.values()
        return result

    def _numbas(self, **options: Any) -> Any:
        import numba

        return numba.njit(nogil=True, no_cfunc_wrapper=True, **options)(self._function)


def kernels_of(module: Any) -> dict[str, Kernel]:
    """Return the kernels of a module by their names."""
    return {name: each for name, each in vars(module).items() if isinstance(each, Kernel)}


def _compile_cached(made: Any, signature: Any) -> None:
    """Compile by way of the cache; it is emptied where it has something that cannot be read."""
    from orderflow_core.plugin.stored import key_of

    made.enable_caching()
    # of its own Numba looks at the one file of a kernel, and misses what that calls in others
    made._cache._cache_file._source_stamp = key_of(made.py_func.__module__)
    _load_quickly(made._cache)
    try:
        made.compile(signature)
    except Exception as error:
        if made.signatures:  # compiled, but not saved
            raise
        folder = made.stats.cache_path
        warn_once("the cache of kernels in %s is damaged and begun anew: %s", folder, error)
        made._cache.flush()
        made.compile(signature)


def _load_quickly(cache: Any) -> None:
    """Let a cache load code without what Numba sets up to compile, which takes it 0.2 s."""
    from numba.core.runtime import rtsys

    def load(signature: Any, target: Any) -> Any:
        rtsys.initialize(target)
        with cache._guard_against_spurious_io_errors():
            return cache._load_overload(signature, target)

    cache.load_overload = load


def warn_once(message: str, *values: object) -> None:
    """Log a warning, of each kind the first one."""
    if message not in _told:
        _told.add(message)
        log.warning(message, *values)


_told: set[str] = set()


def column(kind: Any) -> Any:
    """Return Numba's type of an event's column: an array `[n]` of a kind that is only read."""
    from numba import types

    return types.Array(kind, 1, "C", readonly=True)


def _announced() -> AbstractContextManager[None]:
    """Log `COMPILING` wherever Numba compiles meanwhile."""
    from numba.core.event import Listener, install_listener

    class Announcer(Listener):  # type: ignore[misc]
        def on_start(self, event: Any) -> None:
            log.info(COMPILING)

        def on_end(self, event: Any) -> None:
            pass

    listening: AbstractContextManager[None] = install_listener("numba:compile", Announcer())
    return listening
