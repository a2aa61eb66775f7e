"""`fill` of `filling.py`, compiled."""

from __future__ import annotations

from numba import types

from orderflow_core import column, kernel
from orderflow_heatmap import filling as plain

_ints, _floats, _bools = (column(kind) for kind in (types.int64, types.float64, types.boolean))
_int_state, _state = types.int64[::1], types.float64[::1]

fill = kernel(
    types.void(
        *(types.int64, types.int64, _ints, _bools, _bools),
        *(_ints, _floats, _floats, _floats),
        *(_ints, _floats, _floats, _floats),
        *(types.float64, types.int64, types.int64, _int_state, _state, _int_state),
        *(_state, _int_state, _state, _state, types.boolean),
    )
)(plain.fill)
