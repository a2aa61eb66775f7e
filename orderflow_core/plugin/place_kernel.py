"""`places_of` of `carry.py`, compiled."""

from __future__ import annotations

from numba import types

from orderflow_core.plugin import carry as plain
from orderflow_core.plugin.kernels import column, kernel

_ints = column(types.int64)

places_of = kernel(types.void(_ints, _ints, types.int64[::1]))(plain.places_of)
