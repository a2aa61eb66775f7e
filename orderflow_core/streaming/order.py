"""The blocks of a source, held to their order and to what their numbers may be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from orderflow_core.errors import EventError
from orderflow_core.events import Block, Floats

_LEAST, _MOST = float(np.finfo(np.float64).min), float(np.finfo(np.float64).max)
_ABOVE_0 = float(np.nextafter(0, 1))


def in_order(blocks: Iterable[Block]) -> Iterator[Block]:
    """Pass the blocks that have rows.

    Raises EventError for a block that begins before the last one ended, and for what is no block.
    """
    last: int | None = None
    for block in blocks:
        if not isinstance(block, Block):
            raise EventError(f"a {type(block).__name__} where a Block was expected")
        if not len(block):
            continue
        if last is not None and block.first_time < last:
            raise EventError(
                f"a Block that begins at {block.first_time}, after one whose last row or trade is "
                f"of {last}; blocks come in time order"
            )
        last = block.last_time
        yield block


def check_numbers(block: Block) -> None:
    """Raise EventError for a number of a trade or a level that would make wrong results."""
    trades, windows = block.batches, block.windows
    if not (np.abs(trades.side) == 1).all():
        wrong = trades.side[np.abs(trades.side) != 1][0]
        raise _no_market("trade with side", wrong, "+1 for a buy, -1 for a sell")
    _check("trade with price", trades.price, _LEAST, "finite")
    _check("trade with size", trades.size, _ABOVE_0, "above 0")
    for price, size in (
        (windows.bid_price, windows.bid_size),
        (windows.ask_price, windows.ask_size),
    ):
        _check("level with price", price, _LEAST, "finite")
        _check("level with size", size, 0.0, "0 or more")


def _check(what: str, column: Floats, least: float, allowed: str) -> None:
    """Look at the ends of a column, which is NaN where one value is: that takes no room."""
    if len(column) and not (least <= column.min() and column.max() <= _MOST):
        wrong = column[~((least <= column) & (column <= _MOST))][0]
        raise _no_market(what, wrong, allowed)


def _no_market(what: str, found: np.generic, allowed: str) -> EventError:
    return EventError(
        f"a {what} {found.item()}, where it has to be {allowed}: leave such a one out, by "
        "self.ledger.refuse"
    )
