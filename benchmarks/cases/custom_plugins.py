"""Plugins of a user's own, in each lane: one that reads a few fields, and one that samples."""

from orderflow_core import Book, Books, Metric, Plugin, hookimpl


class RowReader(Plugin):
    """Reads three fields of each book, one book at a time: the time-weighted spread."""

    last_time = 0
    last_spread = 0.0
    total = 0.0

    @hookimpl
    def on_book(self, book: Book) -> None:
        """Add the last spread for as long as it stood."""
        self.total += self.last_spread * (book.timestamp - self.last_time)
        self.last_time = book.timestamp
        self.last_spread = book.best_ask - book.best_bid


class ColumnReader(Plugin):
    """The same of a block at once."""

    last_time = 0
    last_spread = 0.0
    total = 0.0

    @hookimpl
    def on_books(self, books: Books) -> None:
        """Add each spread for as long as it stood."""
        times, spreads = books.timestamp, books.spread
        self.total += self.last_spread * float(times[0] - self.last_time)
        self.total += float(spreads[:-1] @ (times[1:] - times[:-1]))
        self.last_time, self.last_spread = int(times[-1]), float(spreads[-1])


class RowSpread(Metric):
    """The quoted spread as a metric, one book at a time."""

    @hookimpl
    def on_book(self, book: Book) -> None:
        """Sample the row."""
        self.sample(book.timestamp, book.spread)


class ColumnSpread(Metric):
    """The quoted spread as a metric, a block at once."""

    @hookimpl
    def on_books(self, books: Books) -> None:
        """Sample all rows."""
        self.sample(books.timestamp, books.spread)
