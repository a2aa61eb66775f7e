"""The walks of `walking.py`, compiled."""

from __future__ import annotations

from numba import types

from orderflow_core import kernel
from orderflow_depth import walking as plain

_matrix = types.Array(types.float64, 2, "A", readonly=True)
_out = types.float64[::1]

_sides = (_matrix,) * 4

depths_within = kernel(types.void(*_sides, types.float64, _out, _out, _out))(plain.depths_within)
fill_costs = kernel(types.void(*_sides, types.float64, _out, _out))(plain.fill_costs)
