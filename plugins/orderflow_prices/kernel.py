"""What is in `crossing.py`, `running.py` and `steps.py`, compiled."""

from __future__ import annotations

from numba import types

from orderflow_core import column, kernel
from orderflow_prices import crossing, running, steps

_ints, _floats, _bools = (column(kind) for kind in (types.int64, types.float64, types.boolean))
_int_state, _state = types.int64[::1], types.float64[::1]
_matrix = types.Array(types.float64, 2, "A", readonly=True)

_sides = (_matrix,) * 4

cross_weighted = kernel(types.void(*_sides, types.int64, _state))(crossing.cross_weighted)
averages = kernel(
    types.void(
        *(_ints, _floats, _floats, types.float64, types.float64, types.int64, types.int64),
        *(_int_state, _state, _state, _state, _state),
    )
)(running.averages)
states = kernel(
    types.void(
        *(*_sides, _bools),
        *(types.float64, types.int64, types.int64, _int_state, _state),
    )
)(steps.states)
count_steps = kernel(
    types.void(
        *(_ints, _floats, _bools, types.float64, types.int64, types.float64),
        types.float64[:, :, ::1],
    )
)(steps.count_steps)
