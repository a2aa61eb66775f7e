"""`value_areas` of `areas.py`, compiled."""

from __future__ import annotations

from numba import types

from orderflow_core import column, kernel
from orderflow_profile import areas as plain

_ints = column(types.int64)

value_areas = kernel(
    types.void(
        *(_ints, _ints, column(types.float64), column(types.boolean)),
        *(types.float64[:, ::1], types.float64, types.int64, types.int64[:, ::1]),
    )
)(plain.value_areas)
