"""A recording's timestamps as milliseconds: whole numbers, fractions, and ISO 8601 texts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import ROUND_FLOOR, Decimal
from math import floor, isfinite
from typing import Literal, NamedTuple, TypeAlias, get_args

import numpy as np

from orderflow_core import Floats, Ints
from orderflow_sqlite.raw_rows import INTEGER, REAL, RawRows

TimestampUnit: TypeAlias = Literal["ms", "s", "us", "ns"]
_UNITS: tuple[TimestampUnit, ...] = get_args(TimestampUnit)
"""Milliseconds first: they are what small numbers are taken for."""
_PER_MILLISECOND = {"ms": 1, "us": 1_000, "ns": 1_000_000}
_LIMIT = 1 << 62
_YEAR_2000, _YEAR_2200 = 946_684_800_000, 7_258_118_400_000
_YEAR_1, _YEAR_10000 = -62_135_596_800_000, 253_402_300_800_000
_NUMBER = re.compile(r"\d{1,19}(\.\d{0,30})?", re.ASCII)
_DATE = re.compile(r"(2[01]\d{6})(\d{4}(?:\d\d)?)(?:\d{3})?(?:\.|$)", re.ASCII)
_EPOCH, _MILLISECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(milliseconds=1)

NO_TIME = int(np.iinfo(np.int64).min)
"""Stands for a timestamp that cannot be used."""
FEW = 100
"""How many rows of a table tell the unit of its times."""

BAD_TIME = "timestamp is neither a number nor an ISO 8601 time"
BAD_YEAR = "timestamp is outside the years 1 to 9999"
DIGITS_OF_DATE = "timestamp is a date and time in one number, such as 20250601093000"
UNUSUAL_YEAR = "timestamp is outside the years 2000 to 2199"
FAR = "timestamp is more than a day from those of the rows around it"


class Clock(NamedTuple):
    """How the timestamps of one table are read.

    `usual` says that they are of the years 2000 to 2199, so that others cannot be right; without
    it they are the small numbers of an experiment. `given` says that the unit was set, not found.
    """

    unit: TimestampUnit = "ms"
    usual: bool = True
    given: bool = False


def find_clock(values: Sequence[object], unit: TimestampUnit | None = None) -> Clock:
    """Return the clock that a table's first timestamps tell; `unit` is one that was set."""
    found, most = _UNITS[0], -1
    for each in _UNITS if unit is None else [unit]:
        usual = sum(_is_usual(_milliseconds(value, each)) for value in values)
        if usual > most:
            found, most = each, usual
        if most == len(values):
            break
    return Clock(found, usual=most > 0, given=unit is not None)


def read_time(value: object, clock: Clock) -> int:
    """Return a timestamp in ms, rounded down, or `NO_TIME` for one that cannot be right.

    A text of a number counts as one. An ISO 8601 text without an offset is of UTC.
    """
    time = _milliseconds(value, clock.unit)
    if time is None:
        return NO_TIME
    if clock.usual:
        return time if _is_usual(time) else NO_TIME
    if _other_unit(value, time) or not _YEAR_1 <= time < _YEAR_10000 or _is_date(value):
        return NO_TIME
    return time


def read_times(rows: RawRows, column: int, clock: Clock) -> Ints:
    """Do the same for a column."""
    if clock.usual and rows.are(column, INTEGER):
        times = _whole(rows.integers(column), clock.unit)
    elif clock.usual and rows.are(column, REAL):
        times = _rounded_down(rows.reals(column), clock.unit)
    else:
        values = (rows.value(column, row) for row in range(len(rows)))
        return np.array([read_time(value, clock) for value in values], np.int64)
    if len(times) and times.min() >= _YEAR_2000 and times.max() < _YEAR_2200:
        return times
    return np.where((times >= _YEAR_2000) & (times < _YEAR_2200), times, NO_TIME)


def refusal(value: object, clock: Clock) -> str:
    """Return the reason to refuse a timestamp that `read_time` does not read."""
    time = _milliseconds(value, clock.unit)
    if time is None:
        return BAD_TIME
    if not clock.usual and _is_date(value):
        return DIGITS_OF_DATE
    other = _other_unit(value, time)
    if other is None:
        return UNUSUAL_YEAR if clock.usual else BAD_YEAR
    if clock.given:
        return f"timestamp is in {other}, not in {clock.unit}"
    return f"timestamp is in {other}, where the table's are in {clock.unit}"


def _other_unit(value: object, time: int) -> TimestampUnit | None:
    if _is_usual(time):
        return None
    return next((unit for unit in _UNITS if _is_usual(_milliseconds(value, unit))), None)


def _is_date(value: object) -> bool:
    """Whether a number has the digits of a date and a time of the years 2000 to 2199."""
    text = value.decode("ascii", "replace") if isinstance(value, bytes) else f"{value}"
    found = _DATE.match(text)
    return found is not None and _of_date(f"{found[1]}T{found[2]}") is not None


def _is_usual(time: int | None) -> bool:
    return time is not None and _YEAR_2000 <= time < _YEAR_2200


def _milliseconds(value: object, unit: TimestampUnit) -> int | None:
    if isinstance(value, bytes):
        return _of_text(value, unit)
    if isinstance(value, float):
        return _of_real(value, unit) if isfinite(value) and abs(value) < _LIMIT else None
    if not isinstance(value, int) or abs(value) >= _LIMIT:
        return None
    return value * 1000 if unit == "s" else value // _PER_MILLISECOND[unit]


def _of_real(value: float, unit: TimestampUnit) -> int:
    if unit != "s":
        return floor(value) // _PER_MILLISECOND[unit]
    nearest = round(value * 1000)
    return nearest - (nearest / 1000 > value)


def _of_text(value: bytes, unit: TimestampUnit) -> int | None:
    text = value.decode("ascii", "replace")
    if not _NUMBER.fullmatch(text):
        return _of_date(text)
    number = Decimal(text)
    scaled = number * 1000 if unit == "s" else number / _PER_MILLISECOND[unit]
    time = int(scaled.to_integral_value(ROUND_FLOOR))
    return time if time < _LIMIT else None


def _of_date(text: str) -> int | None:
    try:
        date = datetime.fromisoformat(text)
        return ((date if date.tzinfo else date.replace(tzinfo=UTC)) - _EPOCH) // _MILLISECOND
    except (ValueError, OverflowError):
        return None


def _whole(values: Ints, unit: TimestampUnit) -> Ints:
    if unit == "s":
        return np.where(abs(values) < _LIMIT // 1000, values, 0) * 1000
    return values.copy() if unit == "ms" else values // _PER_MILLISECOND[unit]


def _rounded_down(values: Floats, unit: TimestampUnit) -> Ints:
    limit = _LIMIT // 1000 if unit == "s" else _LIMIT
    values = np.where(abs(values) < limit, values, 0.0)  # which is not so of NaN
    if unit != "s":
        return np.floor(values).astype(np.int64) // _PER_MILLISECOND[unit]
    nearest = np.rint(values * 1000)
    return (nearest - (nearest / 1000 > values)).astype(np.int64)
