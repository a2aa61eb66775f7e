"""`fill_bars` of `bars.py`, compiled."""

from __future__ import annotations

from typing import Any

from numba import types

from orderflow_core.bars import fill_bars as plain_fill_bars
from orderflow_core.kernels import kernel


def _column(kind: Any) -> Any:
    return types.Array(kind, 1, "C", readonly=True)


fill_bars = kernel(
    types.int64(
        *(_column(types.int64), _column(types.float64), _column(types.float64)),
        *(types.int64, types.boolean, types.int64[::1], types.float64[:, ::1], types.int64),
    )
)(plain_fill_bars)
