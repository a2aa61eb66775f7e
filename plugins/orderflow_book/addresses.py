"""Values at addresses for the kernel: the place of one among others of its kind, 8 bytes each.

Numba asks of each index of an array whether it counts from the end, and counts references to the
array, which would take longer than what the kernel does with most of them.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

_ITEM = 8
_KINDS = {types.float64: ir.DoubleType(), types.int64: ir.IntType(64)}
_memmove = types.ExternalFunction("memmove", types.intp(types.intp, types.intp, types.uintp))


def _pointer(builder: Any, address: Any, place: Any, kind: Any) -> Any:
    return builder.gep(builder.inttoptr(address, _KINDS[kind].as_pointer()), [place])


def _loading(kind: Any) -> Any:
    def typed(context: Any, address: Any, place: Any) -> Any:
        def generate(_: Any, builder: Any, __: Any, arguments: Any) -> Any:
            address, place = arguments
            return builder.load(_pointer(builder, address, place, kind))

        return kind(types.int64, types.int64), generate

    return intrinsic(typed)


whole, floating = _loading(types.int64), _loading(types.float64)
"""Return the integer, or the float, at a place."""


@intrinsic
def put(context: Any, address: Any, place: Any, value: Any) -> Any:
    """Store an integer or a float at a place."""

    def generate(target: Any, builder: Any, _: Any, arguments: Any) -> Any:
        address, place, stored = arguments
        builder.store(stored, _pointer(builder, address, place, value))
        return target.get_dummy_value()

    return types.void(types.int64, types.int64, value), generate


@intrinsic
def either(context: Any, first: Any, one: Any, other: Any) -> Any:
    """Choose without a branch: half of the guesses at one would be wrong, and each costs 5 ns."""

    def generate(_: Any, builder: Any, __: Any, arguments: Any) -> Any:
        chosen = builder.select(*arguments)
        chosen.set_metadata("unpredictable", builder.module.add_metadata([]))
        return chosen

    return one(types.boolean, one, one), generate


@njit(inline="always")
def move(address: Any, place: Any, by: Any, length: Any) -> None:
    """Move `length` values from a place on by so many; a loop of Numba's would be slower."""
    first = address + place * _ITEM
    _memmove(first + by * _ITEM, first, length * _ITEM)
