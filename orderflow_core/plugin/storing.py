"""The file of a module's compiled kernels, for `stored.py`."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
from llvmlite import binding, ir
from numba import types

from orderflow_core.plugin.kernels import Kernel, kernels_of, warn_once
from orderflow_core.plugin.machine_code import Layout, laid_out
from orderflow_core.plugin.stored import (
    NEVER_CALLED,
    SCALARS,
    Argument,
    kernels_in,
    key_of,
    places_of,
    read,
    target_machine,
)

log = logging.getLogger(__name__)

_POINTER, _WHOLE = ir.IntType(8).as_pointer(), ir.IntType(64)
_SCALARS = {
    "int64": _WHOLE,
    "float64": ir.DoubleType(),
    "bool": ir.IntType(8),
    "none": _POINTER,
}


def store(module: Any) -> Any:
    """Compile a module's kernels and return them as `stored.load` would, from now on.

    They are written to the first place that takes them; where none does, that is a warning. Raises
    ValueError where a kernel is none that can be stored, which is written too, or the file that
    there is cannot be used.
    """
    name = module.__name__
    if _is_kept(name):
        raise ValueError(f"{name} has been compiled, and cannot be called so")
    try:
        whole, told = _as_one(kernels_of(module))
    except ValueError:
        _keep(name, b"")
        raise
    code, layout = _laid_out(target_machine().emit_object(whole))
    content = json.dumps({**told, "layout": layout}).encode() + b"\n" + code
    _keep(name, content)
    return kernels_in(content)


def _is_kept(module: str) -> bool:
    try:
        return read(module) is not None
    except (OSError, ValueError):  # it is damaged
        return False


def _keep(module: str, content: bytes) -> None:
    key = {"key": key_of(module), "sha256": sha256(content).hexdigest()}
    refused: list[OSError] = []
    for path in places_of(module):
        try:
            _write(path, json.dumps(key).encode() + b"\n" + content)
        except OSError as error:
            refused.append(error)
        else:
            return
    warn_once("kernels are compiled in every run, no cache can be kept: %s", refused[0])


def _laid_out(code: bytes) -> tuple[bytes, Layout | None]:
    """Return code that is loaded without LLVM, else the object file as it is."""
    try:
        return laid_out(code)
    except ValueError as error:
        log.debug("LLVM will load the code: %s", error)
        return code, None


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f"{path.name}.{uuid4().hex}")  # others may write theirs at this moment
    try:
        new.write_bytes(content)
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)


def _as_one(kernels: Mapping[str, Kernel]) -> tuple[Any, dict[str, Any]]:
    """Return one module of LLVM's with all kernels, and what is to be known to call them."""
    whole, told = None, []
    for name, kernel in kernels.items():
        compiled = kernel.code()
        arguments = list(map(_argument, compiled.signature.args))
        entry = f"orderflow_{name}"
        symbol = compiled.fndesc.llvm_func_name
        made = compiled.library._get_module_for_linking().clone()  # Numba gives it no other way
        for function in made.functions:
            if not function.is_declaration and function.name != symbol:
                function.linkage = "internal"
        made.link_in(binding.parse_assembly(_entry(made, symbol, entry, arguments)))
        made.get_function(symbol).linkage = "internal"
        told.append((name, entry, arguments, *_results(compiled.signature.return_type)))
        if whole is None:
            whole = made
        else:
            whole.link_in(made)
    if whole is None:
        raise ValueError("there are no kernels")
    _leave_out_what_nothing_calls(whole)
    calls = [function.name for function in whole.functions if function.is_declaration]
    if any(call.startswith("NRT_") and call != NEVER_CALLED for call in calls):
        raise ValueError("a kernel allocates, for which it needs Numba")
    return whole, {
        "kernels": told,
        "calls": [call for call in calls if not call.startswith("llvm.")],
    }


def _leave_out_what_nothing_calls(module: Any) -> None:
    builder = binding.create_pass_builder(
        target_machine(), binding.create_pipeline_tuning_options()
    )
    passes = binding.create_new_module_pass_manager()
    passes.add_global_dead_code_eliminate_pass()
    passes.run(module, builder)


def _argument(kind: Any) -> Argument:
    if isinstance(kind, types.Array):
        return Argument(str(kind.dtype), kind.ndim, kind.layout == "C", kind.mutable)
    if str(kind) not in SCALARS:
        raise ValueError(f"a kernel takes {kind}")
    return Argument(str(kind))


def _results(kind: Any) -> tuple[str, int]:
    """Return the kind of what a kernel returns, and how many of it."""
    if kind == types.none:
        return "int64", 0
    one, count = (kind.dtype, kind.count) if isinstance(kind, types.UniTuple) else (kind, 1)
    if str(one) not in SCALARS:
        raise ValueError(f"a kernel returns {kind}")
    return str(one), count


def _entry(module: Any, symbol: str, name: str, arguments: Sequence[Argument]) -> str:
    """Return a function that takes arrays as Python objects and gives Numba's their parts.

    It reads an array's data, shape and strides where NumPy's C headers have them.
    """
    taken, given = [_POINTER], [_POINTER, _POINTER.as_pointer()]
    for dtype, dimensions, *_ in arguments:
        taken.append(_POINTER if dimensions else _SCALARS[dtype])
        parts = [_POINTER, _POINTER, _WHOLE, _WHOLE, _POINTER] + [_WHOLE] * (2 * dimensions)
        given += parts if dimensions else [_SCALARS[dtype]]
    made = ir.Module()
    made.triple, made.data_layout = module.triple, module.data_layout
    kernel = ir.Function(made, ir.FunctionType(ir.IntType(32), given), symbol)
    entry = ir.Function(made, ir.FunctionType(ir.IntType(32), taken), name)
    builder = ir.IRBuilder(entry.append_basic_block())
    values = [entry.args[0], builder.alloca(_POINTER)]
    for argument, (dtype, dimensions, *_) in zip(entry.args[1:], arguments, strict=True):
        values += _parts(builder, argument, dtype, dimensions) if dimensions else [argument]
    builder.ret(builder.call(kernel, values))
    return str(made)


def _parts(builder: Any, array: Any, dtype: str, dimensions: int) -> list[Any]:
    """Return an array as Numba takes it: no owner, items, their size, data, shape, strides."""
    null = ir.Constant(_POINTER, None)
    fields = builder.gep(array, [_WHOLE(object.__basicsize__)])

    def field(place: int, kind: Any) -> Any:
        address = builder.gep(fields, [_WHOLE(8 * place)])
        return builder.load(builder.bitcast(address, kind.as_pointer()))

    def whole_numbers(at: Any) -> list[Any]:
        return [builder.load(builder.gep(at, [_WHOLE(place)])) for place in range(dimensions)]

    data = field(0, _POINTER)
    shape, strides = (whole_numbers(field(place, _WHOLE.as_pointer())) for place in (2, 3))
    items = shape[0]
    for length in shape[1:]:
        items = builder.mul(items, length)
    return [null, null, items, _WHOLE(np.dtype(dtype).itemsize), data, *shape, *strides]
