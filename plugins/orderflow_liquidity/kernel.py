"""`add_fates` of `fates.py`, compiled without cells, with those by price, and with all it has."""

from __future__ import annotations

from typing import Any

from numba import types

from orderflow_core import column, kernel
from orderflow_liquidity import fates as plain

_ints, _floats, _bools = (column(kind) for kind in (types.int64, types.float64, types.boolean))
_state, _sums = types.float64[::1], types.float64[:, :, ::1]
_best = types.Array(types.float64, 1, "A", readonly=True)


def _compiled(bands: Any, cells: Any, distances: Any) -> Any:
    return kernel(
        types.void(
            *(_ints, _ints, _bools, _ints, _floats, _floats, _floats),
            *(_best, types.float64, types.int64),
            *(_ints, _floats, _state, column(types.int8)),
            *(types.float64, types.float64, bands, _ints, _sums, _sums, cells, distances),
        )
    )(plain.add_fates)


add_fates = _compiled(types.none, types.none, types.none)
add_fates_in_cells = _compiled(types.none, _sums, types.none)
add_all_fates = _compiled(_floats, _sums, _sums)
