"""`imbalances` of `summing.py`, compiled."""

from __future__ import annotations

from numba import types

from orderflow_core import kernel
from orderflow_obi import summing as plain

_matrix = types.Array(types.float64, 2, "A", readonly=True)
_out = types.float64[::1]

imbalances = kernel(types.void(_matrix, _matrix, types.int64, types.boolean, _out, _out))(
    plain.imbalances
)
