"""Timestamps: the unit of each table, fractions, dates, and times that cannot be right."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from orderflow_sqlite.raw_rows import RawRows
from orderflow_sqlite.times import (
    BAD_TIME,
    FAR,
    NO_TIME,
    UNUSUAL_YEAR,
    Clock,
    TimestampUnit,
    find_clock,
    read_time,
    read_times,
)

from orderflow_core import InputError
from tests.oracle_reading import milliseconds
from tests.plugins.sqlite.make import book_row, trade_row, write
from tests.plugins.sqlite.reading import DAY_1, DAY_2, read

T0 = 1_748_736_000_000  # 2025-06-01 00:00:00 UTC
HOUR, DAY = 3_600_000, 86_400_000
PER_SECOND = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("other", ["s", "ms", "us", "ns"])
def test_each_table_has_a_unit_of_its_own(tmp_path: Path, unit: str, other: str) -> None:
    seconds = T0 // 1_000
    book = [book_row((seconds + second) * PER_SECOND[unit]) for second in range(3)]
    trades = [trade_row((seconds + 1) * PER_SECOND[other])]

    found = read(write(tmp_path / DAY_1, book, trades))

    assert found.times == [T0, T0 + 1_000, T0 + 2_000]
    assert [trade.timestamp for trade in found.trades] == [T0 + 1_000]


def test_each_file_has_a_unit_of_its_own(tmp_path: Path) -> None:
    write(tmp_path / DAY_1, [book_row(T0)], [trade_row(T0)])
    write(tmp_path / DAY_2, [book_row((T0 + 5) * 1_000)], [trade_row((T0 + 5) * 1_000_000)])

    found = read(tmp_path)

    assert found.times == [T0, T0 + 5]
    assert [trade.timestamp for trade in found.trades] == [T0, T0 + 5]


@pytest.mark.parametrize(
    ("value", "time"),
    [
        (T0 + 0.999, T0),
        (T0 / 1_000 + 0.123, T0 + 123),
        (1_748_736_000.1239, T0 + 123),
        (T0 * 1_000 + 999.5, T0),
        ("1748736000.123999", T0 + 123),
        ("1748736000123.9", T0 + 123),
        ("2025-06-01", T0),
        ("2025-06-01T00:00:00.123999Z", T0 + 123),
        ("2025-06-01 00:00:00.123", T0 + 123),
        ("2025-06-01T02:00:00+02:00", T0),
        ("2025-05-31T20:00:00-04:00", T0),
        (b"2025-06-01T00:00:00Z", T0),
    ],
)
def test_fractions_are_rounded_down_and_dates_are_read(
    tmp_path: Path, value: object, time: int
) -> None:
    found = read(write(tmp_path / DAY_1, [book_row(value)], [trade_row(value)]))

    assert found.times == [time]
    assert [trade.timestamp for trade in found.trades] == [time]


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (T0 // 1_000, "timestamp is in s, where the table's are in ms"),
        (T0 * 1_000, "timestamp is in us, where the table's are in ms"),
        (T0 * 1_000_000, "timestamp is in ns, where the table's are in ms"),
        (946_684_799_999, UNUSUAL_YEAR),
        (7_258_118_400_000, UNUSUAL_YEAR),
        (0, UNUSUAL_YEAR),
        ("1999-12-31", UNUSUAL_YEAR),
        ("2025-13-01", BAD_TIME),
        ("now", BAD_TIME),
        ("1e12", BAD_TIME),
        (None, BAD_TIME),
    ],
)
def test_a_time_that_is_none_of_its_table_is_refused(
    tmp_path: Path, value: object, reason: str
) -> None:
    rows = [book_row(T0), book_row(value), book_row(T0 + 1)]

    found = read(write(tmp_path / DAY_1, rows))

    assert found.ledger.refused == Counter({reason: 1})
    assert found.times == [T0, T0 + 1]


@pytest.mark.parametrize(
    "value", [20250601093000, "202506010930", 20250601093000.0, 20250601093000123]
)
def test_a_date_in_one_number_is_no_time_and_its_columns_expression_reads_it(
    tmp_path: Path, value: object
) -> None:
    path = write(tmp_path / DAY_1, [book_row(value)])
    with pytest.raises(InputError, match="a date and time in one number") as caught:
        read(path)
    advice = str(caught.value).partition('timestamp = "')[2].partition('"')[0]

    found = read(path, columns={"timestamp": advice})

    assert found.times == [T0 + 9 * HOUR + HOUR // 2]


def test_times_of_no_usual_year_are_told(tmp_path: Path) -> None:
    path = write(tmp_path / DAY_1, [book_row(2_460_827.5)], [trade_row(T0)])

    warnings = read(path).ledger.warnings

    assert warnings == [
        "table book: the timestamps are of none of the years 2000 to 2199 in any unit; "
        "they are taken for ms since 1970"
    ]


def test_a_bad_time_in_the_first_row_does_not_tell_the_unit(tmp_path: Path) -> None:
    rows = [book_row(T0 // 1_000), *(book_row(T0 + row) for row in range(3))]

    assert read(write(tmp_path / DAY_1, rows)).times == [T0, T0 + 1, T0 + 2]


@pytest.mark.parametrize("batch", [1, 2, 3, 100])
@pytest.mark.parametrize("jump", [DAY + HOUR, -2 * DAY, 400 * DAY])
def test_an_impossible_time_is_refused_and_not_the_good_row_after_it(
    tmp_path: Path, jump: int, batch: int
) -> None:
    times = [T0, T0 + 1, T0 + 2 + jump, T0 + 3, T0 + 4]
    write(tmp_path / DAY_1, map(book_row, times), map(trade_row, times))

    found = read(tmp_path, book_batch=batch, trade_batch=batch)

    assert found.ledger.refused == Counter({FAR: 2})
    assert found.times == [T0, T0 + 1, T0 + 3, T0 + 4]
    assert len(found.trades) == 4


def test_the_refused_row_is_named(tmp_path: Path) -> None:
    path = write(tmp_path / DAY_1, map(book_row, [T0, T0 + 9 * DAY, T0 + 1]))

    with pytest.raises(InputError, match=rf"table book, id 2: {FAR}"):
        read(path, strict=True)


@pytest.mark.parametrize(
    "times",
    [
        [T0, T0 + 2 * DAY],
        [T0, T0 + 2 * DAY, T0 + 4 * DAY],
        [T0, T0 + 2 * DAY, T0 + 2 * DAY],
        [T0 - 9 * DAY, T0, T0 + 1],
    ],
)
def test_a_recording_with_holes_of_days_is_used(tmp_path: Path, times: list[int]) -> None:
    assert read(write(tmp_path / DAY_1, map(book_row, times)), book_batch=1).times == times


def test_the_rows_around_an_impossible_time_may_lie_in_two_files(tmp_path: Path) -> None:
    write(tmp_path / DAY_1, map(book_row, [T0 + DAY - 1]))
    write(tmp_path / DAY_2, map(book_row, [T0 + 9 * DAY, T0 + DAY]))

    assert read(tmp_path).times == [T0 + DAY - 1, T0 + DAY]


@pytest.mark.parametrize("bad", [None, "x", T0 // 1_000])
def test_a_row_without_a_time_is_no_neighbour(tmp_path: Path, bad: object) -> None:
    rows = map(book_row, [T0, T0 + 9 * DAY, bad, T0 + 1])

    assert read(write(tmp_path / DAY_1, rows), book_batch=2).times == [T0, T0 + 1]


def test_a_unit_that_is_set_holds_for_all_tables(tmp_path: Path) -> None:
    rows = [book_row(T0), book_row((T0 + 1) * 1_000)]

    found = read(write(tmp_path / DAY_1, rows), timestamp_unit="ms")

    assert found.times == [T0]
    assert found.ledger.refused == Counter({"timestamp is in us, not in ms": 1})


def test_dates_are_sorted_as_times(tmp_path: Path) -> None:
    texts = ["2025-06-01T00:00:01Z", "2025-06-01T00:00:00.500Z", "2025-06-01T00:00:00Z"]

    found = read(write(tmp_path / DAY_1, map(book_row, texts)), sort=True)

    assert found.times == [T0, T0 + 500, T0 + 1_000]


UNITS = st.sampled_from(["s", "ms", "us", "ns"])
VALUES = st.one_of(
    st.integers(T0 - 10**9, T0 + 10**9),
    st.integers(-(1 << 63), (1 << 63) - 1),
    st.floats(),
    st.floats(1.7e9, 1.8e9),
    st.floats(1.7e12, 1.8e12),
    st.floats(1.7e15, 1.8e15),
    st.none(),
    st.from_regex(rb"[0-9]{1,20}(\.[0-9]{0,9})?", fullmatch=True),
    st.datetimes().map(lambda date: date.isoformat().encode()),
    st.binary(max_size=12),
)


WHOLE, REAL = VALUES.filter(lambda v: type(v) is int), VALUES.filter(lambda v: type(v) is float)
COLUMNS = [st.lists(values, min_size=1, max_size=9) for values in (VALUES, WHOLE, REAL)]


@given(values=st.one_of(COLUMNS), unit=UNITS, usual=st.booleans())
def test_a_column_is_read_as_its_values_are(
    values: list[Any], unit: TimestampUnit, usual: bool
) -> None:
    clock = Clock(unit, usual=usual)
    rows = RawRows(1, len(values))
    rows.fill([(value,) for value in values])

    assert read_times(rows, 0, clock).tolist() == [read_time(value, clock) for value in values]


@given(value=VALUES, unit=UNITS)
def test_a_usual_time_is_what_exact_fractions_make_of_it(
    value: object, unit: TimestampUnit
) -> None:
    found = read_time(value, Clock(unit))

    if found != NO_TIME:
        assert found == milliseconds(value, unit)


def test_small_numbers_are_milliseconds() -> None:
    assert find_clock([0, 7, None, "x"]) == Clock("ms", usual=False)
