"""The walks of `walking.py`, compiled."""

from __future__ import annotations

from numba import types

from orderflow_core import kernel
from orderflow_depth import walking as plain

_matrix = types.Array(types.float64, 2, "A", readonly=True)
_column = types.float64[::1]
_side = _matrix, _matrix

depth_within = kernel(types.void(*_side, *_side, _column, types.float64, _column, _column))(
    plain.depth_within
)
fill_cost = kernel(types.void(*_side, _column, types.float64, types.float64, _column))(
    plain.fill_cost
)
count_orders = kernel(types.void(*_side, *_side, types.float64[:, ::1]))(plain.count_orders)
