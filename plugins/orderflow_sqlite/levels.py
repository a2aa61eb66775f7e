"""What the text of a row's levels means, and what a number is."""

from __future__ import annotations

import ast
import json
import re
from math import inf, isfinite, nan
from typing import Any

LITERAL_LIMIT = 1_000_000
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)

BAD_LEVEL = "level is not [price, size], with up to two more values"
BAD_PRICE = "price is not a positive number"
BAD_LEVEL_SIZE = "size is not a number of 0 or more"
BAD_SIZE = "size is not a positive number"
BAD_LEVELS = "levels are neither JSON nor a Python literal of a list"


def number(value: object) -> float:
    """Return a number, or a text of a decimal number, as a float; NaN for anything else.

    What is too large is infinite.
    """
    if isinstance(value, bytes):
        value = value.decode("ascii", "replace")
    if isinstance(value, str):
        return float(value) if _NUMBER.fullmatch(value) else nan
    if isinstance(value, bool) or not isinstance(value, int | float):
        return nan
    try:
        return float(value)
    except OverflowError:
        return inf


def parse_levels(text: object) -> list[Any] | None:
    """Return the elements of a JSON text or a Python literal of a list, or None if it is neither.

    Literals of more than `LITERAL_LIMIT` bytes are not tried.
    """
    if not isinstance(text, str | bytes):
        return None
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = _literal(text)
    return list(found) if isinstance(found, list | tuple) else None


def read_level(level: Any) -> tuple[float, float] | str:
    """Return price and size of a level of 2 to 4 elements, or the reason to refuse it."""
    if not isinstance(level, list | tuple) or not 2 <= len(level) <= 4:
        return BAD_LEVEL
    price, size = number(level[0]), number(level[1])
    if not (isfinite(price) and price > 0):
        return BAD_PRICE
    if not (isfinite(size) and size >= 0):
        return BAD_LEVEL_SIZE
    return price, size


def _literal(text: str | bytes) -> Any:
    if len(text) > LITERAL_LIMIT:
        return None
    try:
        decoded = text if isinstance(text, str) else text.decode()
        return ast.literal_eval(decoded)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return None
