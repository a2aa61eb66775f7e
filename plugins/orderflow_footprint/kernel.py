"""What is in `adding.py`, compiled."""

from __future__ import annotations

from numba import types

from orderflow_core import column, kernel
from orderflow_footprint import adding as plain

_ints, _floats = column(types.int64), column(types.float64)
_int_state, _state, _values = types.int64[::1], types.float64[::1], types.float64[:, ::1]

add_trades = kernel(
    types.void(
        *(_ints, _ints, _floats, column(types.int8), _ints, _ints, _values),
        *(_int_state, _state, _int_state, _state),
    )
)(plain.add_trades)
find_stacks = kernel(
    types.int64(
        types.Array(types.float64, 2, "C", readonly=True),
        *(types.float64, types.float64, types.int64, types.int64[:, ::1]),
    )
)(plain.find_stacks)
