"""`mark_large` of `ranks.py` and `find_runs` of `runs.py`, compiled."""

from __future__ import annotations

from numba import types

from orderflow_core import column, kernel
from orderflow_tape import ranks, runs

_state = types.float64[::1]

mark_large = kernel(
    types.void(
        *(column(types.float64), types.int64, _state, _state),
        *(types.int64[::1], types.boolean[::1]),
    )
)(ranks.mark_large)
find_runs = kernel(
    types.int64(
        *(column(types.int64), column(types.float64), column(types.float64), column(types.int8)),
        *(types.int64, types.int64, types.int64[:, ::1], types.float64[:, ::1]),
    )
)(runs.find_runs)
