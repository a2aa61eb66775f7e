"""Loads from addresses, calls of addresses, and single instructions, for kernels."""

from __future__ import annotations

from functools import partial
from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from orderflow_core import kernel_part

WORD = ir.IntType(64)

part: Any = partial(kernel_part, error_model="numpy")
"""Make a function part of a kernel, where a division by zero is no error."""


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


def calling(result: Any, *taken: Any) -> Any:
    """Return what calls the C function at an address with such arguments, for such a result."""

    @intrinsic
    def call(context: Any, address: Any, arguments: Any) -> Any:
        def generate(target: Any, builder: Any, _: Any, values: Any) -> Any:
            kinds = [target.get_value_type(kind) for kind in taken]
            kind = ir.FunctionType(target.get_value_type(result), kinds)
            function = builder.inttoptr(values[0], kind.as_pointer())
            return builder.call(
                function, [builder.extract_value(values[1], n) for n in range(len(taken))]
            )

        return result(types.int64, types.Tuple(taken)), generate

    return call


def loaded(builder: Any, address: Any, kind: Any) -> Any:
    """Build the load of a value that stands at any address."""
    value = builder.load(builder.inttoptr(address, kind.as_pointer()))
    value.align = 1
    return value
