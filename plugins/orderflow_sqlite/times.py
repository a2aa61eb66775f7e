"""A recording's timestamps as milliseconds."""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

from orderflow_core import Bools, Ints

TimestampUnit: TypeAlias = Literal["s", "ms", "us", "ns"]
_UNITS: tuple[TimestampUnit, ...] = get_args(TimestampUnit)
_PER_MILLISECOND = {"ms": 1, "us": 1_000, "ns": 1_000_000}
_LIMIT = 1 << 62
_YEAR_1980, _YEAR_2200 = 315_532_800_000, 7_258_118_400_000
_YEAR_1, _YEAR_10000 = -62_135_596_800_000, 253_402_300_800_000

BAD_TIME = "timestamp is not a whole number"
BAD_YEAR = "timestamp is outside the years 1 to 9999: see timestamp_unit in [source]"


def read_time(value: object, unit: TimestampUnit) -> int | None:
    """Return a timestamp in ms, or None for what is not a whole number in its unit.

    Seconds may have a fraction. A text of a whole number counts as one. A time outside the years
    1980 to 2199 that is inside them in another unit is None too, and so is one outside the years
    1 to 9999, which no calendar shows.
    """
    time = _milliseconds(value, unit)
    if time is None or _other_unit(value, time) or not _YEAR_1 <= time < _YEAR_10000:
        return None
    return time


def read_times(values: Ints, unit: TimestampUnit) -> Ints | None:
    """Do the same for integers, or return None where it would be None for one of them."""
    limit = _LIMIT // 1000 if unit == "s" else _LIMIT
    if not ((values > -limit) & (values < limit)).all():
        return None
    times = _all_milliseconds(values, unit)
    if _are_usual(times).all():
        return times
    if not ((times >= _YEAR_1) & (times < _YEAR_10000)).all():
        return None
    others = (_all_milliseconds(values, other) for other in _UNITS if other != unit)
    return None if any(_are_usual(other).any() for other in others) else times


def refusal(value: object, unit: TimestampUnit) -> str:
    """Return the reason to refuse a timestamp that `read_time` does not read."""
    time = _milliseconds(value, unit)
    if time is None:
        return BAD_TIME
    other = _other_unit(value, time)
    if other is None:
        return BAD_YEAR
    return f'timestamp is in {other}, not in {unit}: set timestamp_unit = "{other}" in [source]'


def _other_unit(value: object, time: int) -> TimestampUnit | None:
    if _is_usual(time):
        return None
    return next((unit for unit in _UNITS if _is_usual(_milliseconds(value, unit))), None)


def _is_usual(time: int | None) -> bool:
    return time is not None and _YEAR_1980 <= time < _YEAR_2200


def _milliseconds(value: object, unit: TimestampUnit) -> int | None:
    if isinstance(value, bytes):
        value = int(value) if value.isdigit() and len(value) < 20 else None
    if unit == "s" and isinstance(value, int | float):
        value = round(value * 1000) if abs(value) < _LIMIT else None
        unit = "ms"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or abs(value) >= _LIMIT:
        return None
    return value // _PER_MILLISECOND[unit]


def _are_usual(times: Ints) -> Bools:
    usual: Bools = (times >= _YEAR_1980) & (times < _YEAR_2200)
    return usual


def _all_milliseconds(values: Ints, unit: TimestampUnit) -> Ints:
    return values * 1000 if unit == "s" else values // _PER_MILLISECOND[unit]
