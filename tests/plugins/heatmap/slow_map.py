"""The heat map out of a plain mapping of prices, a millisecond at a time."""

from collections.abc import Iterable
from itertools import pairwise
from typing import Any

from orderflow_core.testing import Row


def slow_map(
    market: Iterable[Any], window: int, rows: int, tick: float, height: int, size: str
) -> list[tuple[int, float, list[float]]]:
    """Return (start, low, cells) of each bar; every row of the market is sure."""
    updates = [item for item in market if isinstance(item, Row)]
    end = max(item.timestamp for item in market)
    book: dict[tuple[bool, float], float] = {}
    found: list[tuple[int, float, list[float]]] = []
    seen: list[tuple[int, list[float]]] = []
    bar, low, mid = None, 0, 0.0

    def picture() -> list[float]:
        cells = [0.0] * (rows + 2)
        for (_, price), amount in book.items():
            at = round(price / tick) // height
            cells[min(max(at - low + 1, 0), rows + 1)] += amount
        return cells

    def close(until: int) -> None:
        times = [*(time for time, _ in seen), until]
        pictures = [cells for _, cells in seen]
        spans = [after - before for before, after in pairwise(times)]
        columns = list(zip(*pictures, strict=True))
        if size == "mean":
            values = [
                sum(a * b for a, b in zip(column, spans, strict=True)) / sum(spans)
                for column in columns
            ]
        else:
            values = [max(column) if size == "max" else column[-1] for column in columns]
        found.append((bar_of(seen[0][0]) * window, (low - 1) * height * tick, values))

    def bar_of(time: int) -> int:
        return time // window

    for row in updates:
        if bar is not None and bar_of(row.timestamp) != bar:
            close((bar + 1) * window)
            bar = bar_of(row.timestamp)
            low = round(mid / tick) // height - rows // 2
            seen = [(bar * window, picture())]
        if row.snapshot:
            book.clear()
        for is_bid, levels in ((True, row.bids), (False, row.asks)):
            for price, amount in levels:
                book[is_bid, price] = amount
                if not amount:
                    del book[is_bid, price]
        best_bid = max(price for is_bid, price in book if is_bid)
        best_ask = min(price for is_bid, price in book if not is_bid)
        mid = (best_bid + best_ask) / 2
        if bar is None:
            bar = bar_of(row.timestamp)
            low = round(mid / tick) // height - rows // 2
        seen.append((row.timestamp, picture()))
    close(end)
    return found
