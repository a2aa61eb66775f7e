"""`parts` of `parting.py`, compiled."""

from __future__ import annotations

from numba import types

from orderflow_core import column, kernel
from orderflow_spreads import parting as plain

_ints, _floats = column(types.int64), column(types.float64)
_out = types.float64[::1]

parts = kernel(
    types.void(
        *(_ints, _floats, _ints, _floats, _floats, _floats),
        *(types.int64[::1], _out, _out),
    )
)(plain.parts)
