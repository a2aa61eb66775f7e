"""Loads from addresses and single instructions, for kernels that read texts."""

from __future__ import annotations

from functools import partial
from typing import Any

from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

WORD = ir.IntType(64)

part: Any = partial(njit, no_cpython_wrapper=True, no_cfunc_wrapper=True, error_model="numpy")
"""Compile a part of a kernel, less what would let Python call it, which takes as long again."""


@intrinsic
def byte(context: Any, address: Any) -> Any:
    """Load the byte at an address."""

    def generate(_: Any, builder: Any, __: Any, arguments: Any) -> Any:
        return builder.zext(loaded(builder, arguments[0], ir.IntType(8)), WORD)

    return types.int64(types.int64), generate


@intrinsic
def eight_bytes(context: Any, address: Any) -> Any:
    """Load eight bytes, the first one lowest."""

    def generate(_: Any, builder: Any, __: Any, arguments: Any) -> Any:
        return loaded(builder, arguments[0], WORD)

    return types.uint64(types.int64), generate


@intrinsic
def trailing_zeros(context: Any, word: Any) -> Any:
    """Count the zero bits below the lowest one, 64 where there is none."""

    def generate(_: Any, builder: Any, __: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 0))

    return types.int64(types.uint64), generate


def loaded(builder: Any, address: Any, kind: Any) -> Any:
    """Build the load of a value that stands at any address."""
    value = builder.load(builder.inttoptr(address, kind.as_pointer()))
    value.align = 1
    return value
