"""Kernels as machine code in a file, called without Numba, whose import costs more than they do.

`storing.py` makes the file when Numba has compiled a module of kernels. It is used by the very
sources, versions, processor and settings of Numba's for which it was made; whatever keeps it from
being used, Numba does the work. Where `machine_code.py` can lay it out, LLVM is not loaded either.
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

import numpy as np

from orderflow_core.plugin.machine_code import Layout, put

SCALARS: Mapping[str, Any] = {
    "int64": ctypes.c_int64,
    "float64": ctypes.c_double,
    "bool": ctypes.c_bool,
    "none": ctypes.c_void_p,
}
NEVER_CALLED = "NRT_MemInfo_call_dtor"
"""Frees what a kernel has allocated, which is nothing: those that allocate are not stored."""
_LIBRARY = ("memcpy", "memmove", "memset")
_OF_A_PROCESSOR = ("vendor_id", "cpu family", "model", "flags", "CPU ", "Features")
_engines: list[Any] = []  # of LLVM's, which hold what they have loaded


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
    content = read(module)
    return kernels_in(content) if content else None


def read(module: str) -> bytes | None:
    """Return what is stored of a module, nothing if it is none that can be; None: no file is.

    Raises what a file leads to that is not as it was written.
    """
    key = key_of(module)
    for path in places_of(module):
        if path.is_file():
            told, _, content = path.read_bytes().partition(b"\n")
            if json.loads(told) == {"key": key, "sha256": sha256(content).hexdigest()}:
                return content
    return None


def kernels_in(content: bytes) -> Any:
    """Return kernels out of what is stored of them: a line about the code, and that."""
    words, _, code = content.partition(b"\n")
    return _callable(code, **json.loads(words))


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
    from llvmlite import binding

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
    compilers = [  # which are not imported
        _source(name).with_name("_version.py").read_text() for name in ("numba", "llvmlite")
    ]
    versions = [*compilers, np.__version__, str(object.__basicsize__)]
    return [*versions, *_processor(), *sorted(settings)]


def _processor() -> Sequence[str]:
    """Return what tells this processor from others for which other code is made."""
    try:
        with Path("/proc/cpuinfo").open("rb", buffering=0) as file:
            first, _, _ = file.read(1 << 14).partition(b"\n\n")
    except OSError:  # another system than Linux
        from llvmlite import binding

        return [binding.get_host_cpu_name(), binding.get_host_cpu_features().flatten()]
    lines = first.decode("utf-8", "replace").splitlines()
    return [line for line in lines if line.startswith(_OF_A_PROCESSOR)]


@cache
def _content(folder: Path) -> str:
    """Return what differs with the content of a folder's sources."""
    content = sha256()
    for path in sorted(folder.glob("*.py")):
        content.update(path.read_bytes())
    return content.hexdigest()


def _callable(
    code: bytes, kernels: Sequence[Any], calls: Sequence[str], layout: Sequence[Any] | None
) -> Any:
    """Return kernels that can be called; raises AttributeError where one calls what is unknown."""
    if layout is None:
        entries = _linked(code, [entry for _, entry, *_ in kernels], calls)
    else:
        entries = put(code, Layout(*layout), _address_of)
    return SimpleNamespace(
        **{name: _Kernel(name, entries[entry], *rest) for name, entry, *rest in kernels}
    )


def _linked(code: bytes, entries: Sequence[str], calls: Sequence[str]) -> dict[str, int]:
    """Let LLVM load an object file; return the addresses of these of its functions."""
    from llvmlite import binding

    binding.initialize_native_target()
    binding.initialize_native_asmprinter()
    for name in (*_LIBRARY, *calls):
        binding.add_symbol(name, _address_of(name))
    engine = binding.create_mcjit_compiler(binding.parse_assembly(""), target_machine())
    engine.add_object_file(binding.ObjectFileRef.from_data(code))
    engine.finalize_object()
    _engines.append(engine)
    return {name: engine.get_function_address(name) for name in entries}


def _address_of(name: str) -> int:
    """Return where a function is that kernels call; raises AttributeError where there is none."""
    known: Any = ctypes.CDLL(None)
    function = getattr(known, "abort" if name == NEVER_CALLED else name)
    return ctypes.cast(function, ctypes.c_void_p).value or 0


class _Kernel:
    """A kernel, to be called with arrays and numbers; Python's lock is released meanwhile."""

    def __init__(
        self,
        name: str,
        entry: int,
        arguments: Sequence[Any],
        result: str,
        results: int,
    ) -> None:
        self._name = name
        taken = [Argument(*argument) for argument in arguments]
        kinds = [ctypes.py_object if each.dimensions else SCALARS[each.dtype] for each in taken]
        make = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p, *kinds)
        self._function = make(entry)
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
