"""`fill_bars` and `in_order` of `bars.py`, compiled."""

from __future__ import annotations

from numba import types

from orderflow_core.plugin import bars as plain
from orderflow_core.plugin.kernels import column, kernel

_ints, _floats = column(types.int64), column(types.float64)

in_order = kernel(types.boolean(_ints, _floats, types.int64, types.int64))(plain.in_order)
fill_bars = kernel(
    types.int64(
        *(_ints, _floats, _floats),
        *(types.int64, types.int64, types.boolean),
        *(types.int64[::1], types.float64[:, ::1], types.int64),
    )
)(plain.fill_bars)
