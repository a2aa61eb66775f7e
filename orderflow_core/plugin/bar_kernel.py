"""`fill_bars` of `bars.py`, compiled."""

from __future__ import annotations

from numba import types

from orderflow_core.plugin.bars import fill_bars as plain_fill_bars
from orderflow_core.plugin.kernels import column, kernel

fill_bars = kernel(
    types.int64(
        *(column(types.int64), column(types.float64), column(types.float64)),
        *(types.int64, types.int64, types.boolean),
        *(types.int64[::1], types.float64[:, ::1], types.int64),
    )
)(plain_fill_bars)
