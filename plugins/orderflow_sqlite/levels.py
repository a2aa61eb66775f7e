"""What the text of a row's levels means, and what a number is."""

from __future__ import annotations

import ast
import json
import re
import warnings
from collections import ChainMap
from itertools import chain
from math import inf, isfinite, nan
from typing import Any

TOO_LARGE = 1e100
TEXT_LIMIT = 16_000_000
LITERAL_LIMIT = 1_000_000
PIECE_LIMIT = 100_000
# Python warns of a text such as `[1or 2]` on stderr; it is refused and counted anyway.
warnings.filterwarnings("ignore", r"invalid \w+ literal")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_STRING = re.compile(
    r"""#[^\n\r]*|([A-Za-z]{0,2})(?:'{3}.*?'{3}|"{3}.*?"{3}|'[^'\n\r]*'|"[^"\n\r]*")""", re.DOTALL
)
_BLANK = " \t\n\r"
_FLAT = r"[^][(){}]{0,300}+"
_NESTED = rf"[\[({{]{_FLAT}[\])}}]"
_BRACKETED = rf"[\[({{]{_FLAT}(?:{_NESTED}{_FLAT}){{0,2}}+[\])}}]"
_PIECE = re.compile(
    rf"(?:[{_BLANK}]*+(?:{_BRACKETED}|[^][(){{}},]{{1,300}}+)[{_BLANK}]*+(?:,|\Z)){{1,100}}+"
)
"""Up to 100 elements of a list or a mapping, each with a comma behind it or the end."""

NOTHING = (0.0, 0.0)
_PRICES = ("price", "px", "p", "rate", "price_level")
_SIZES = ("size", "sz", "qty", "quantity", "amount", "volume", "vol", "q", "s", "v", "new_quantity")
_ORDERS = ("orders", "order_count", "num_orders", "n")
GONE = ("delete", "remove")
_WORDS = ("new", "change", "insert", "update", "add", "set", "snapshot", *GONE)
"""What a feed may put before a price, as Deribit does."""

BAD_LEVEL = "level is not [price, size], with up to two more values"
BAD_PRICE = "price is not a positive number"
NO_PRICE = "price is not a number"
BAD_LEVEL_SIZE = "size is not a number of 0 or more"
BAD_SIZE = "size is not a positive number"
BAD_LEVELS = "levels are neither JSON nor a Python literal of a list"


class Unusable(str):
    """The reason to refuse a level that cannot be read at all."""

    __slots__ = ()


def number(value: object) -> float:
    """Return a number, or a text of a decimal number, as a float; NaN for anything else.

    What is too large is infinite: from `TOO_LARGE` on, so that no sum of the others is.
    """
    if isinstance(value, bytes):
        value = value.decode("ascii", "replace")
    if isinstance(value, str):
        value = float(value) if _NUMBER.fullmatch(value) else nan
    if isinstance(value, bool) or not isinstance(value, int | float):
        return nan
    return inf if value >= TOO_LARGE else float(max(value, -TOO_LARGE))


def parse_levels(text: object) -> list[Any] | None:
    """Return the elements of a JSON text or a Python literal of a list, or None if it is neither.

    A mapping of prices to sizes is a list of them. What has neither a price nor a size, as tables
    with a column for each level have it beyond the last, is left out. Texts are UTF-8. One of more
    than `TEXT_LIMIT` bytes, hundreds of times a whole book, is not read, and one of more than
    `LITERAL_LIMIT` is read as JSON alone. One of more than `PIECE_LIMIT` is read piece by piece.
    """
    if not isinstance(text, str | bytes) or len(text) > TEXT_LIMIT:
        return None
    try:
        decoded = text if isinstance(text, str) else text.decode()
    except UnicodeDecodeError:
        return None
    found = _in_pieces(decoded) if len(decoded) > PIECE_LIMIT else _parsed([decoded])[0]
    if isinstance(found, dict) and all(isfinite(number(price)) for price in found):
        return list(found.items())
    if not isinstance(found, list | tuple):
        return None
    return [level for level in found if not _is_beyond(level)]


def _is_beyond(level: object) -> bool:
    """Whether the price and the size of a level are null, or empty texts."""
    return isinstance(level, list | tuple) and list(level[:2]) in ([None, None], ["", ""])


def is_price(value: float) -> bool:
    """Whether a number is a price where any is one: that of a spread may be negative or 0."""
    return -TOO_LARGE < value < TOO_LARGE


def is_absent(value: object) -> bool:
    """Whether a row has nothing where the levels of a side would be."""
    return value is None or (isinstance(value, bytes) and value.strip() in (b"null", b"None"))


def read_level(level: Any, *, any_price: bool = False) -> tuple[float, float] | str:
    """Return price and size of a level, or the reason to refuse it.

    It is a list of 2 to 4 elements, with a word such as "new" before them or not, or an object
    that has both under one of their usual names. One without price and size, both 0, is
    `NOTHING`: feeds send it to carry a sequence number.
    """
    if isinstance(level, Unusable):
        return level
    if isinstance(level, dict):
        level = _of_object(level)
    if not isinstance(level, list | tuple):
        return BAD_LEVEL
    gone = False
    if len(level) > 2 and isinstance(level[0], str) and level[0].lower() in _WORDS:
        gone = level[0].lower() in GONE
        level = level[1:]
    if not 2 <= len(level) <= 4:
        return BAD_LEVEL
    price, size = (nan if isinstance(value, bytes) else number(value) for value in level[:2])
    if price == size == 0:
        return NOTHING
    if not (is_price(price) if any_price else isfinite(price) and price > 0):
        return NO_PRICE if any_price else BAD_PRICE
    if not (isfinite(size) and size >= 0):
        return BAD_LEVEL_SIZE
    return price, 0.0 if gone else size


def read_orders(level: Any) -> float:
    """Return how many orders stand at a level that can be read, NaN where it does not tell.

    OKX writes [price, size, 0, orders]; an object may have it under one of its usual names.
    """
    if isinstance(level, dict):
        return next((number(level[name]) for name in _ORDERS if name in level), nan)
    return number(level[3]) if len(level) == 4 and number(level[2]) == 0 else nan


def _of_object(level: dict[Any, Any]) -> list[Any]:
    """Return the values of a level that is an object: price and size, where it has them."""
    return [
        next(level[name] for name in names if name in level)
        for names in (_PRICES, _SIZES)
        if any(name in level for name in names)
    ]


def _parsed(texts: list[str]) -> list[Any]:
    """Return what texts mean: all of them as JSON, or else all as Python literals."""
    try:
        return [json.loads(text) for text in texts]
    except (ValueError, RecursionError):
        if sum(map(len, texts)) > LITERAL_LIMIT:
            return [None]
        return [_literal(text) for text in texts]


def _in_pieces(text: str) -> Any:
    """Read a list or a mapping some elements at a time, as one call holds up Ctrl-C to its end.

    An element with more than 300 characters in a row without brackets, with more than two values
    that have brackets of their own, or with brackets in those or in a text, is in no list here.
    """
    text = text.strip(_BLANK)
    if text[:1] + text[-1:] not in ("[]", "()", "{}"):
        return None
    opening, closing = "{}" if text[0] == "{" else "[]"
    pieces, at, end = [], 1, len(text) - 1
    while at < end:
        piece = _PIECE.match(text, at, end)
        if piece is None:
            return None
        at = piece.end()
        elements = piece[0] if at == end else piece[0][:-1]
        pieces.append(f"{opening}{elements}{closing}")
    found = _parsed(pieces)
    kind = dict if opening == "{" else list
    if not all(isinstance(part, kind) for part in found):
        return None
    return dict(ChainMap(*reversed(found))) if kind is dict else list(chain.from_iterable(found))


def _literal(text: str) -> Any:
    """Evaluate a Python literal; one with a backslash, which no number needs, is none.

    Nor is one with a formatted string; Python takes minutes for some of them.
    """
    if len(text) > LITERAL_LIMIT or "\\" in text:
        return None
    if any("f" in (string[1] or "").lower() for string in _STRING.finditer(text)):
        return None
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return None
