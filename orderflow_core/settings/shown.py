"""Settings as values that strict JSON can write, for the report."""

from __future__ import annotations

from math import isfinite
from typing import Any

from pydantic import BaseModel

_LONG = 2**63


def plain(model: BaseModel) -> dict[str, Any]:
    """Return the values of a model; what JSON has no form for is a text."""
    try:
        values = model.model_dump(mode="json")
    except Exception:  # a value that pydantic has no JSON for, such as a function
        values = {name: str(value) for name, value in model}
    return {name: _strict(value) for name, value in values.items()}


def is_long(value: Any) -> bool:
    """Whether a value is, or has in it, a whole number of more than 64 bits, which TOML has not."""
    if isinstance(value, dict):
        return any(map(is_long, value.values()))
    if isinstance(value, list):
        return any(map(is_long, value))
    return isinstance(value, int) and not -_LONG <= value < _LONG


def written(value: Any) -> str:
    """Return the text of any value."""
    try:
        return str(value)
    except ValueError:  # Python writes no integer of more than 4,300 digits
        return "a number that is too long to show"


def _strict(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _strict(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_strict(each) for each in value]
    if isinstance(value, float) and not isfinite(value):
        return str(value)
    return written(value) if is_long(value) else value
