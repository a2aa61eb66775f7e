"""`running_sums` of `carry.py`, compiled."""

from __future__ import annotations

from numba import types

from orderflow_core.plugin import carry as plain
from orderflow_core.plugin.kernels import column, kernel

_ints, _floats = column(types.int64), column(types.float64)
_int_state, _state = types.int64[::1], types.float64[::1]

running_sums = kernel(
    types.void(
        *(_ints, _floats, types.int64, types.int64),
        *(_int_state, _state, _state),
    )
)(plain.running_sums)
