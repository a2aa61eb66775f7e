"""`mark_large` of `ranks.py`, compiled."""

from __future__ import annotations

from numba import types

from orderflow_core import column, kernel
from orderflow_tape import ranks as plain

_state = types.float64[::1]

mark_large = kernel(
    types.void(
        *(column(types.float64), types.int64, _state, _state),
        *(types.int64[::1], types.boolean[::1]),
    )
)(plain.mark_large)
