"""Rows out of SQLite's C functions into columns, without a Python object for any of them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import types

from orderflow_core import column, kernel
from orderflow_sqlite.addresses import calling
from orderflow_sqlite.c_api import NO_MEMORY, ROW, STEPPING
from orderflow_sqlite.raw_rows import INTEGER, NULL, PADDING, REAL, TEXT

LIMIT_REACHED = 0

_STEP, _VALUE, _TYPE, _INT64, _DOUBLE, _TEXT, _BLOB, _BYTES = range(len(STEPPING))
_step = calling(types.int32, types.int64)
_value = calling(types.int64, types.int64, types.int32)
_type = calling(types.int32, types.int64)
_int64 = calling(types.int64, types.int64)
_double = calling(types.float64, types.int64)
_content = calling(types.int64, types.int64)
_bytes = calling(types.int32, types.int64)
_memcpy = types.ExternalFunction("memcpy", types.intp(types.intp, types.intp, types.uintp))
_whole = types.int64[:, ::1]


@kernel(
    types.UniTuple(types.int64, 3)(
        *(column(types.int64), types.int64, types.boolean, types.int64, types.int64),
        *(types.int8[:, ::1], _whole, types.float64[:, ::1], _whole, types.uint8[::1]),
    )
)
def fetch(
    calls: Any,
    statement: Any,
    has_row: Any,
    row: Any,
    used: Any,
    kind: Any,
    whole: Any,
    real: Any,
    size: Any,
    text: Any,
) -> Any:
    """Step a statement and fill the columns of `RawRows` from `row` on, its text from `used` on.

    `calls` are the addresses of the functions `STEPPING`, as two copies of SQLite may be in use.
    With `has_row` the statement stands on a row already. Returns the row and the end of the text
    up to which it came, and why it stopped: `LIMIT_REACHED`, a code of SQLite's, or, negated,
    how many bytes `text` must have for the row on which the statement stands. A blob is never
    asked for as a text, which would be recoded where the database is in UTF-16.

    The columns have `[columns, limit]` places each, and a text is copied only where it and the
    padding behind it fit into `text`.
    """
    columns, limit = kind.shape
    while row < limit:
        if not has_row:
            code = _step(calls[_STEP], (statement,))
            if code != ROW:
                return row, used, np.int64(code)
        has_row = False
        end = used
        for place in range(columns):
            value = _value(calls[_VALUE], (statement, np.int32(place)))
            found = _type(calls[_TYPE], (value,))
            kind[place, row] = found
            size[place, row] = 0
            if found == INTEGER:
                whole[place, row] = _int64(calls[_INT64], (value,))
            elif found == REAL:
                real[place, row] = _double(calls[_DOUBLE], (value,))
            elif found != NULL:
                begin = _content(calls[_TEXT if found == TEXT else _BLOB], (value,))
                length = np.int64(_bytes(calls[_BYTES], (value,)))
                if begin == 0 and length > 0:
                    return row, used, np.int64(NO_MEMORY)
                if end + length + PADDING > len(text):
                    return row, used, -(end + length + PADDING)
                _memcpy(text.ctypes.data + end, begin, length)
                text[end + length] = 0
                whole[place, row] = end
                size[place, row] = length
                end += length + 1
        used = end
        row += 1
    return row, used, np.int64(LIMIT_REACHED)
