"""`Table`: columns that polars takes as they are."""

from typing import Any

import numpy as np
import polars
import pytest

from orderflow_core import Table


@pytest.mark.parametrize(
    ("values", "kind", "found"),
    [
        ([1, 2], polars.Int64, [1, 2]),
        ([1, 2.5], polars.Float64, [1.0, 2.5]),
        ([1.5, None], polars.Float64, [1.5, float("nan")]),
        ([True, False], polars.Boolean, [True, False]),
        (["a", None], polars.String, ["a", None]),
        ([None, None], polars.String, [None, None]),
        ([(1, 2), ()], polars.List(polars.Int64), [[1, 2], []]),
        ([np.array([[1.0], [2.0]])], polars.List(polars.List(polars.Float64)), [[[1.0], [2.0]]]),
        ([("a", 1.5), None], polars.List(polars.String), [["a", "1.5"], []]),
        (np.array([1, -1], np.int8), polars.Int8, [1, -1]),
        (np.arange(4)[::2], polars.Int64, [0, 2]),
    ],
)
def test_a_column_travels_as_what_it_is(values: Any, kind: Any, found: list[Any]) -> None:
    frame = polars.DataFrame(Table({"x": values}))

    assert frame.schema["x"] == kind
    np.testing.assert_equal(frame["x"].to_list(), found)


def test_times_travel_as_times() -> None:
    frame = polars.DataFrame(Table({"timestamp": [1_748_736_000_000]}))

    assert str(frame["timestamp"][0]) == "2025-06-01 00:00:00+00:00"


def test_columns_are_not_to_be_written_into() -> None:
    column = Table({"x": [1.0]})["x"]

    with pytest.raises(ValueError, match="read-only"):
        column[0] = 2.0


def test_a_table_says_what_it_has() -> None:
    table = Table({"x": [1.0], "y": [2]})

    assert (len(table), repr(table)) == (1, "Table(1 rows: x, y)")
