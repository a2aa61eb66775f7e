"""Rows out of SQLite's C functions into columns, without a Python object for any of them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import types

from orderflow_core import kernel
from orderflow_sqlite.c_api import NO_MEMORY, ROW, find_c_api, symbol
from orderflow_sqlite.raw_rows import INTEGER, NULL, PADDING, REAL, TEXT

LIMIT_REACHED = 0

if find_c_api() is None:
    raise ImportError("the C functions of SQLite are not to be seen")


def _function(name: str, result: Any, *arguments: Any) -> Any:
    return types.ExternalFunction(symbol(name), result(*arguments))


_step = _function("step", types.int32, types.intp)
_value = _function("column_value", types.intp, types.intp, types.int32)
_type = _function("value_type", types.int32, types.intp)
_int64 = _function("value_int64", types.int64, types.intp)
_double = _function("value_double", types.float64, types.intp)
_text = _function("value_text", types.intp, types.intp)
_blob = _function("value_blob", types.intp, types.intp)
_bytes = _function("value_bytes", types.int32, types.intp)
_memcpy = types.ExternalFunction("memcpy", types.intp(types.intp, types.intp, types.uintp))
_whole = types.int64[:, ::1]


@kernel(
    types.UniTuple(types.int64, 3)(
        *(types.intp, types.boolean, types.int64, types.int64, types.int8[:, ::1], _whole),
        *(types.float64[:, ::1], _whole, types.uint8[::1]),
    )
)
def fetch(
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
            code = _step(statement)
            if code != ROW:
                return row, used, np.int64(code)
        has_row = False
        end = used
        for column in range(columns):
            value = _value(statement, np.int32(column))
            found = _type(value)
            kind[column, row] = found
            size[column, row] = 0
            if found == INTEGER:
                whole[column, row] = _int64(value)
            elif found == REAL:
                real[column, row] = _double(value)
            elif found != NULL:
                begin = _text(value) if found == TEXT else _blob(value)
                length = np.int64(_bytes(value))
                if begin == 0 and length > 0:
                    return row, used, np.int64(NO_MEMORY)
                if end + length + PADDING > len(text):
                    return row, used, -(end + length + PADDING)
                _memcpy(text.ctypes.data + end, begin, length)
                text[end + length] = 0
                whole[column, row] = end
                size[column, row] = length
                end += length + 1
        used = end
        row += 1
    return row, used, np.int64(LIMIT_REACHED)
