"""A recording's timestamps as milliseconds."""

from __future__ import annotations

from typing import Literal, TypeAlias

from orderflow_core.events import Ints

TimestampUnit: TypeAlias = Literal["s", "ms", "us", "ns"]
_PER_MILLISECOND = {"ms": 1, "us": 1_000, "ns": 1_000_000}
_LIMIT = 1 << 62


def read_time(value: object, unit: TimestampUnit) -> int | None:
    """Return a timestamp in ms, or None for what is not a whole number in its unit.

    Seconds may have a fraction. A text of a whole number counts as one.
    """
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


def read_times(values: Ints, unit: TimestampUnit) -> Ints | None:
    """Do the same for integers, or return None where one of them is out of range."""
    limit = _LIMIT // 1000 if unit == "s" else _LIMIT
    if not ((values > -limit) & (values < limit)).all():
        return None
    return values * 1000 if unit == "s" else values // _PER_MILLISECOND[unit]
