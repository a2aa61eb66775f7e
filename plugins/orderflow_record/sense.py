"""What a message must be to be written: nothing else may reach the book or the writer."""

from __future__ import annotations

from collections.abc import Iterable
from math import inf

from orderflow_record.messages import Facts, Level, Snapshot, Trade, Update

EARLIEST, LATEST = 946_684_800_000, 7_258_118_400_000
"""The years 2000 to 2199, in ms since the epoch: other times are refused when they are read too."""
_LARGEST = 1 << 63
"""What a column of whole numbers does not hold any more."""


def check(message: Snapshot | Update | Trade | Facts) -> None:
    """Raise ValueError or TypeError for a message that makes no sense, whatever its shape is."""
    if isinstance(message, Facts):
        if not all(isinstance(value, str) for value in message.values.values()):
            raise ValueError(f"facts that are no texts: {message.values}")
    elif isinstance(message, Trade):
        _check_time(message.time)
        _check_whole(message.first, message.last)
        _check_trade(message)
    else:
        if message.time is not None:
            _check_time(message.time)
        prev = message.prev if isinstance(message, Update) else None
        _check_whole(message.seq, prev, message.checksum)
        _check_levels(message.bids)
        _check_levels(message.asks)


def _check_time(time: int) -> None:
    if type(time) is not int or not EARLIEST <= time < LATEST:
        raise ValueError(f"a time that cannot be: {time}")


def _check_whole(*numbers: int | None) -> None:
    for number in numbers:
        if number is not None and (type(number) is not int or not -_LARGEST <= number < _LARGEST):
            raise ValueError(f"no whole number of 64 bits: {number}")


def _check_trade(trade: Trade) -> None:
    if not (-inf < float(trade.price) < inf and 0 < float(trade.size) < inf):
        raise ValueError(f"a trade of {trade.size} at {trade.price}")
    if trade.side not in ("buy", "sell") or not isinstance(trade.id, str):
        raise ValueError(f"a trade {trade.id!r} that is neither a buy nor a sell: {trade.side!r}")


def _check_levels(levels: Iterable[Level]) -> None:
    for level in levels:
        if not (-inf < float(level[0]) < inf and 0 <= float(level[1]) < inf):
            raise ValueError(f"a level of {level[1]} at {level[0]}")
