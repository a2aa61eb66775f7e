"""What a live source puts its rows into, from any thread, and gets blocks out of."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from queue import Empty, SimpleQueue
from threading import Event, Thread
from time import monotonic
from typing import NamedTuple, TypeAlias

from orderflow_core.contract.report import Gap
from orderflow_core.events import Block, Trade
from orderflow_core.streaming.ledger import Ledger
from orderflow_core.streaming.live_join import LiveJoin
from orderflow_core.streaming.rows import BookRow, BookRows, TradeRows

HOLD_SECONDS = 0.005
"""How long the rows of the newest millisecond wait for others of it, where nobody says more."""


class _Lost(NamedTuple):
    reason: str


class _Complete(NamedTuple):
    until: int


class _End(NamedTuple):
    error: BaseException | None = None


_Item: TypeAlias = BookRow | Trade | _Lost | _Complete | _End


class LiveRows:
    """Takes the rows of one instrument as they come.

    What waits while the plugins are busy goes out together, so that a slow run falls behind in
    few large blocks, and the feed is never held up. Rows of each kind come in time order; one of a
    time that has gone out is used at that time, and counted as `late`.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._queue: SimpleQueue[_Item] = SimpleQueue()
        self._closed = Event()

    def book(self, row: BookRow) -> None:
        """Put in a book row."""
        self._queue.put(row)

    def trade(self, trade: Trade) -> None:
        """Put in a trade."""
        self._queue.put(trade)

    def lost(self, reason: str) -> None:
        """Say that updates were lost: the rows after this are unsure until a snapshot.

        The report names the gap with its reason.
        """
        self._queue.put(_Lost(reason))

    def complete(self, until: int) -> None:
        """Say that all rows with times below `until`, in ms, are here.

        A source that says so once says it again and again: its rows wait for it. Where nobody
        does, a row goes out when one of a later time has come, or after 5 ms.
        """
        self._queue.put(_Complete(until))

    @property
    def closed(self) -> bool:
        """Whether the run wants no more rows."""
        return self._closed.is_set()

    def wait(self, seconds: float) -> bool:
        """Wait so long, before a new attempt to connect, say, and return whether it is closed."""
        return self._closed.wait(seconds)

    def close(self) -> None:
        """Give out what has come, and end."""
        self._closed.set()
        self._queue.put(_End())

    def blocks(
        self, instrument: str, receive: Callable[[], None], *, whole_windows: bool = False
    ) -> Iterator[Block]:
        """Yield what comes while `receive` runs, in a thread of its own; it raises what that does.

        With `whole_windows` each window waits for its end.
        """

        def run() -> None:
            try:
                receive()
            except BaseException as error:  # handed to who takes the blocks
                self._queue.put(_End(error))
            else:
                self._queue.put(_End())

        join = LiveJoin(instrument, self._ledger, whole_windows=whole_windows)
        Thread(target=run, name=f"receive {instrument}", daemon=True).start()
        try:
            yield from _Joining(self._queue, join, self._ledger).blocks()
        finally:
            self._closed.set()


class _Joining:
    """The other end of the queue: rows into columns, and these into blocks in time."""

    def __init__(self, queue: SimpleQueue[_Item], join: LiveJoin, ledger: Ledger) -> None:
        self._queue = queue
        self._join = join
        self._ledger = ledger
        self._told: int | None = None
        self._newest: int | None = None
        self._due = 0.0
        self._lost: str | None = None
        self._unsure = False
        self._last_row: int | None = None

    def blocks(self) -> Iterator[Block]:
        end = None
        while end is None:
            books: list[BookRow] = []
            trades: list[Trade] = []
            for item in self._items():
                if isinstance(item, BookRow):
                    books.append(self._marked(item))
                elif isinstance(item, Trade):
                    trades.append(item)
                elif isinstance(item, _Complete):
                    self._told = max(item.until, self._told or item.until)
                elif isinstance(item, _Lost):
                    self._lost, self._unsure = item.reason, True
                else:
                    end = item
                    break
            self._join.add(BookRows.of(books), TradeRows.of(trades))
            yield from self._complete()
        yield from self._join.end()
        self._note_gap(self._join.newest)
        if end.error is not None:
            raise end.error

    def _items(self) -> Iterator[_Item]:
        """Yield what has come; if nothing has, wait for it as long as no row is due."""
        holds = self._told is None and self._join.waits
        try:
            yield self._queue.get(timeout=max(0.0, self._due - monotonic()) if holds else None)
            for _ in range(self._queue.qsize()):
                yield self._queue.get_nowait()
        except Empty:
            return

    def _complete(self) -> Iterator[Block]:
        if self._told is not None:
            yield from self._join.take(self._told)
            return
        newest, now = self._join.newest, monotonic()
        if newest is None:
            return
        if newest != self._newest:
            self._newest, self._due = newest, now + HOLD_SECONDS
        yield from self._join.take(newest + (now >= self._due))

    def _marked(self, row: BookRow) -> BookRow:
        """Return a row as it is known to be, and note the gap that it ends."""
        self._note_gap(row.timestamp)
        self._unsure = self._unsure and not row.snapshot
        self._last_row = row.timestamp
        return row._replace(sure=False) if self._unsure else row

    def _note_gap(self, until: int | None) -> None:
        """Note a gap that ends at a time; there is none to tell of where no row has come at all."""
        if self._lost is not None and until is not None:
            after = until if self._last_row is None else self._last_row
            self._ledger.gaps.append(Gap(after, until, self._lost))
            self._lost = None
