"""A tail on what the browser has gives what the files hold."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from orderflow_app.dashboard.figures.panes import Columns
from orderflow_app.dashboard.figures.tails import extent, tail


def columns(first: int, last: int, open_close: float) -> Columns:
    """Return bars first..last of a series, the last of them still open."""
    times = list(range(first, last + 1))
    closes: list[Any] = [float(time) for time in times]
    return {"x": times, "close": [*closes[:-1], open_close]}


def joined(old: Columns, drop: int, keep: int, new: Columns) -> Columns:
    return {path: old[path][drop : drop + keep] + new[path] for path in new}


@given(
    before=st.integers(0, 30),
    length=st.integers(1, 30),
    dropped=st.integers(0, 30),
    added=st.integers(0, 30),
)
def test_rows_and_tail_make_the_new_rows(
    before: int, length: int, dropped: int, added: int
) -> None:
    last = before + length - 1
    dropped = min(dropped, length - 1)
    old = columns(before, last, 0.5)
    new = columns(before + dropped, last + added, 0.75)
    found = tail(extent(old), new)

    assert found is not None
    assert joined(old, found.drop, found.keep, found.columns) == new
    assert len(found.columns["x"]) == added + 1


def test_the_first_rows_are_all_tail() -> None:
    new = columns(5, 7, 0.5)
    found = tail(extent({"x": [], "close": []}), new)

    assert found is not None
    assert (found.drop, found.keep, found.columns) == (0, 0, new)


def test_other_rows_have_no_tail() -> None:
    assert tail(extent(columns(0, 9, 0.5)), columns(20, 29, 0.5)) is None


def test_rows_of_another_past_have_no_tail() -> None:
    assert tail(extent(columns(3, 9, 0.5)), columns(0, 12, 0.5)) is None


def test_rows_that_were_taken_away_have_no_tail() -> None:
    assert tail(extent(columns(0, 9, 0.5)), {"x": [], "close": []}) is None
