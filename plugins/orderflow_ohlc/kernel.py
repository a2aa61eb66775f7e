"""`number_trades` of `counting.py`, compiled."""

from __future__ import annotations

from numba import types

from orderflow_core import column, kernel
from orderflow_ohlc.counting import number_trades as plain_number_trades

number_trades = kernel(
    types.int64(
        *(column(types.float64), types.float64, types.float64[::1]),
        *(types.int64, types.int64[::1]),
    )
)(plain_number_trades)
