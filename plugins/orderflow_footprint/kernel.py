"""`add_trades` of `adding.py`, compiled."""

from __future__ import annotations

from numba import types

from orderflow_core import column, kernel
from orderflow_footprint import adding as plain

add_trades = kernel(
    types.int64(
        *(column(types.int64), column(types.float64), column(types.int8), types.int64),
        *(types.float64[:, ::1], types.int64, types.int64[::1]),
    )
)(plain.add_trades)
