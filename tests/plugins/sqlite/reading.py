"""What the source makes of recordings, as plain lists."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from orderflow_sqlite.source import SqliteSource

from orderflow_core import Block, BookWindow, Trade
from orderflow_core.sources import Ledger

INSTRUMENT = "BTC-USDT"
DAY_1 = f"{INSTRUMENT}-25-06-01.db"
DAY_2 = f"{INSTRUMENT}-25-06-02.db"

Level = tuple[float, float]


@dataclass
class Reading:
    """The windows of all blocks, row for row, with their levels and trades."""

    ledger: Ledger
    block_sizes: list[int] = field(default_factory=list)
    opening: list[bool] = field(default_factory=list)
    windows: list[tuple[int, int]] = field(default_factory=list)
    snapshots: list[bool] = field(default_factory=list)
    sure: list[bool] = field(default_factory=list)
    bids: list[list[Level]] = field(default_factory=list)
    asks: list[list[Level]] = field(default_factory=list)
    batches: list[list[Trade]] = field(default_factory=list)

    def add(self, block: Block) -> None:
        self.block_sizes.append(len(block))
        for window, batch in zip(block.windows, block.batches, strict=True):
            self.opening.append(block.opening)
            self.windows.append((window.timestamp, window.end_timestamp))
            self.snapshots.append(window.snapshot)
            self.sure.append(window.sure)
            self._add_levels(window)
            self.batches.append(list(batch))

    def _add_levels(self, window: BookWindow) -> None:
        sides = (window.bid_price, window.bid_size), (window.ask_price, window.ask_size)
        for found, (price, size) in zip((self.bids, self.asks), sides, strict=True):
            found.append(list(zip(price.tolist(), size.tolist(), strict=True)))

    @property
    def times(self) -> list[int]:
        """The times of the book rows."""
        return [start for start, _ in self.windows]

    @property
    def warnings(self) -> list[str]:
        """What is told, but that times are small, as those of tests are."""
        return [text for text in self.ledger.warnings if "since 1970" not in text]

    @property
    def trades(self) -> list[Trade]:
        return [trade for batch in self.batches for trade in batch]

    @property
    def trade_ids(self) -> list[list[int]]:
        """The ids of each window's trades."""
        return [[trade.id for trade in batch] for batch in self.batches]

    @property
    def last_bids(self) -> dict[float, float]:
        """The bids that all rows leave behind, price to size."""
        book: dict[float, float] = {}
        for snapshot, row in zip(self.snapshots, self.bids, strict=True):
            if snapshot:
                book.clear()
            book.update(row)
        return {price: size for price, size in book.items() if size > 0}


def read(
    path: Path, instrument: str = INSTRUMENT, *, strict: bool = False, **settings: Any
) -> Reading:
    """Read an instrument's whole stream."""
    source = SqliteSource(path=path, **settings)
    source.ledger.strict = strict
    reading = Reading(source.ledger)
    for block in source.blocks(instrument):
        reading.add(block)
    return reading
