"""One day of a stream as a stream of its own: what it needs of the rows around it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from orderflow_core.events import Block
from orderflow_core.streaming.clip import clip
from orderflow_core.streaming.ledger import Ledger

NO_SNAPSHOT = (
    "there is no snapshot before the first book row of the day, nor is it one: the book is unsure "
    "until a snapshot comes"
)


class Session:
    """Passes the rows and trades of `[start, stop)`, in ms, as `clip` does.

    Where neither the first row nor one before it is a snapshot, rows are unsure until one comes,
    which the ledger tells.

    Attributes:
        next_time: when all is passed, the time of the first row or trade from `stop` on; None where
            there is none.

    """

    def __init__(self, start: int, stop: int, ledger: Ledger) -> None:
        self.next_time: int | None = None
        self._start = start
        self._stop = stop
        self._ledger = ledger
        self._has_book = False

    def blocks(self, blocks: Iterator[Block]) -> Iterator[Block]:
        """Yield what is of the day, and look no further than to the first row or trade after it."""
        looked_at = map(self._look_at, blocks)
        for block in clip(looked_at, self._start, self._stop):
            yield block if self._has_book or block.opening else self._unsure(block)
        while self.next_time is None and next(looked_at, None) is not None:
            pass

    def _look_at(self, block: Block) -> Block:
        """Note whether there is a snapshot before the day, and what comes after it."""
        windows = block.windows
        before = windows.timestamp < self._start
        self._has_book = self._has_book or bool((windows.snapshot & before).any())
        if self.next_time is None:
            times = (windows.timestamp, block.batches.trade_timestamp)
            after = [each[np.searchsorted(each, self._stop) :] for each in times]
            self.next_time = min((int(each[0]) for each in after if len(each)), default=None)
        return block

    def _unsure(self, block: Block) -> Block:
        """Return the block with the rows before its first snapshot unsure."""
        windows = block.windows
        snapshots = np.flatnonzero(windows.snapshot)
        self._has_book = len(snapshots) > 0
        first = int(snapshots[0]) if self._has_book else len(windows)
        if not first:
            return block
        if NO_SNAPSHOT not in self._ledger.warnings:
            self._ledger.warnings.append(NO_SNAPSHOT)
        sure = windows.sure & (np.arange(len(windows)) >= first)
        return replace(block, windows=replace(windows, sure=sure))
