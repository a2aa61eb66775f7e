"""`imbalances` of `running.py`, compiled."""

from __future__ import annotations

from numba import types

from orderflow_core import column, kernel
from orderflow_flow import running as plain

_state = types.float64[::1]

imbalances = kernel(
    types.void(
        *(column(types.int64), column(types.float64), column(types.int8), types.int64),
        *(types.int64[::1], _state, _state, _state),
    )
)(plain.imbalances)
