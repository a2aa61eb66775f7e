"""What is in `areas.py`, compiled."""

from __future__ import annotations

from numba import types

from orderflow_core import column, kernel
from orderflow_profile import areas as plain

_values = types.float64[:, ::1]

value_area = kernel(types.UniTuple(types.int64, 3)(_values, types.float64, types.int64))(
    plain.value_area
)
add_trades = kernel(
    types.void(
        *(column(types.int64), column(types.float64), column(types.boolean)),
        *(types.int64, _values),
    )
)(plain.add_trades)
