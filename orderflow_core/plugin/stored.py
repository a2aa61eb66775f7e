"""Kernels as machine code in a file, called without Numba, whose import costs more than they do.

`storing.py` makes the file once Numba has compiled a module of kernels. It is used by the very
sources, versions, processor and settings of Numba's for which it was made; whatever keeps it from
being used, Numba does the work.
"""

from __future__ import annotations

import ctypes
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import llvmlite
import numpy as np
from llvmlite import binding

SCALARS: Mapping[str, Any] = {
    "int64": ctypes.c_int64,
    "float64": ctypes.c_double,
    "bool": ctypes.c_bool,
    "none": ctypes.c_void_p,
}
NEVER_CALLED = "NRT_MemInfo_call_dtor"
"""Frees what a kernel has allocated, which is nothing: those that allocate are not stored."""
_LIBRARY = ("memcpy", "memmove", "memset")


class Argument(NamedTuple):
    """What a kernel takes: an array of so many dimensions, or with 0 of them a number."""

    dtype: str
    dimensions: int = 0
    contiguous: bool = False
    mutable: bool = False


def load(module: str) -> Any:
    """Return the kernels of a module as they were stored, None where they are not.

    Raises what a file leads to that is not as it was written.
    """
    key = key_of(module)
    for path in places_of(module):
        if path.is_file():
            said, _, code = path.read_bytes().partition(b"\n")
            told = json.loads(said)
            if told["key"] == key and told["sha256"] == sha256(code).hexdigest():
                return _linked(code, told["kernels"], told["calls"])
    return None


def places_of(module: str) -> Iterator[Path]:
    """Yield where the file may be, the best place first: beside the module, else the user's."""
    source = _source(module)
    chosen = os.environ.get("NUMBA_CACHE_DIR")
    if chosen:
        yield Path(chosen) / f"{module}.kernels"
        return
    yield source.parent / "__pycache__" / f"{source.stem}.kernels"
    yield Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / (
        f"orderflow/{module}.kernels"
    )


def key_of(module: str) -> str:
    """Return what differs wherever other code would be made, or called in another way.

    Numba's own cache looks at the one source of a kernel: the functions that it calls may stand in
    any other of the package.
    """
    folders = _source(module).parent, Path(__file__).parent
    return sha256("\n".join([*_here(), *map(_content, folders)]).encode()).hexdigest()


def target_machine() -> Any:
    """Return LLVM's description of this processor."""
    cpu, features = binding.get_host_cpu_name(), binding.get_host_cpu_features().flatten()
    target = binding.Target.from_default_triple()
    return target.create_target_machine(
        cpu=cpu, features=features, opt=3, reloc="default", codemodel="jitdefault", jit=True
    )


def _source(module: str) -> Path:
    found = find_spec(module)
    if found is None or found.origin is None:
        raise ImportError(f"{module} has no file")
    return Path(found.origin)


@cache
def _here() -> Sequence[str]:
    """Return what is the same for all modules: versions, processor, and settings of Numba's."""
    settings = [f"{name}={os.environ[name]}" for name in os.environ if name.startswith("NUMBA_")]
    numba = _source("numba").with_name("_version.py").read_text()  # Numba is not imported
    features = binding.get_host_cpu_features().flatten()
    return [
        *(numba, llvmlite.__version__, np.__version__, str(object.__basicsize__)),
        *(binding.get_host_cpu_name(), features, *sorted(settings)),
    ]


@cache
def _content(folder: Path) -> str:
    """Return what differs with the content of a folder's sources."""
    content = sha256()
    for path in sorted(folder.glob("*.py")):
        content.update(path.read_bytes())
    return content.hexdigest()


def _linked(code: bytes, kernels: Sequence[Any], calls: Sequence[str]) -> Any:
    """Return kernels that can be called; None where what they call themselves is not known."""
    binding.initialize_native_target()
    binding.initialize_native_asmprinter()
    library: Any = ctypes.CDLL(None)
    for name in _LIBRARY:
        binding.add_symbol(name, _address(getattr(library, name)))
    binding.add_symbol(NEVER_CALLED, _address(library.abort))
    if any(binding.address_of_symbol(name) is None for name in calls):
        return None
    engine = binding.create_mcjit_compiler(binding.parse_assembly(""), target_machine())
    engine.add_object_file(binding.ObjectFileRef.from_data(code))
    engine.finalize_object()
    return SimpleNamespace(**{kernel[0]: _Kernel(engine, *kernel) for kernel in kernels})


class _Kernel:
    """A kernel, to be called with arrays and numbers; Python's lock is released meanwhile."""

    def __init__(
        self,
        engine: Any,
        name: str,
        entry: str,
        arguments: Sequence[Any],
        result: str,
        results: int,
    ) -> None:
        self._engine = engine  # which holds the code
        self._name = name
        taken = [Argument(*argument) for argument in arguments]
        kinds = [ctypes.py_object if each.dimensions else SCALARS[each.dtype] for each in taken]
        make = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p, *kinds)
        self._function = make(engine.get_function_address(entry))
        self._count = len(kinds)
        self._arrays = [
            (place, np.dtype(each.dtype), each)
            for place, each in enumerate(taken)
            if each.dimensions
        ]
        self._results = results
        self._room = SCALARS[result] * max(1, results)

    def __call__(self, *values: Any) -> Any:
        if len(values) != self._count:
            raise TypeError(f"{self._name} takes {self._count} arguments, got {len(values)}")
        for place, dtype, wanted in self._arrays:
            value = values[place]
            if not (
                type(value) is np.ndarray
                and value.dtype == dtype
                and value.ndim == wanted.dimensions
                and (value.flags.c_contiguous or not wanted.contiguous)
                and (value.flags.writeable or not wanted.mutable)
            ):
                raise TypeError(f"{self._name} takes {wanted} as its argument {place}")
        room = self._room()
        if self._function(room, *values):
            raise RuntimeError(f"{self._name} failed")
        if self._results < 2:
            return room[0] if self._results else None
        return tuple(room)


def _address(function: Any) -> int:
    return ctypes.cast(function, ctypes.c_void_p).value or 0
