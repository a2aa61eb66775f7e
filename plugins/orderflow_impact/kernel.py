"""What is in `rolling.py`, compiled."""

from __future__ import annotations

from numba import types

from orderflow_core import column, kernel
from orderflow_impact import rolling as plain

_ints, _floats = column(types.int64), column(types.float64)
_sides = column(types.int8)
_int_state, _state = types.int64[::1], types.float64[::1]

observe = kernel(
    types.int64(
        *(_ints, _floats, _floats, _sides, types.int64),
        *(_int_state, _state, _int_state, types.float64[:, ::1]),
    )
)(plain.observe)
slopes = kernel(types.void(_floats, _floats, types.int64, _state))(plain.slopes)
ratios = kernel(types.void(_floats, _floats, types.int64, _state))(plain.ratios)
fill_buckets = kernel(
    types.UniTuple(types.int64, 2)(
        *(_ints, _floats, _sides, types.float64),
        *(_int_state, _state, _state, _int_state, _state, types.int64),
    )
)(plain.fill_buckets)
