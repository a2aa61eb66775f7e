"""The walks of `walking.py`, compiled."""

from __future__ import annotations

from numba import types

from orderflow_core import column, kernel
from orderflow_depth import walking as plain

_matrix = types.Array(types.float64, 2, "A", readonly=True)
_out = types.float64[::1]

depth_within = kernel(types.void(_matrix, _matrix, column(types.float64), types.float64, _out))(
    plain.depth_within
)
mean_price = kernel(types.void(_matrix, _matrix, types.float64, _out))(plain.mean_price)
