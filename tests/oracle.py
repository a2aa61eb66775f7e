"""The numbers of a run, worked out the plain way: dicts, lists, floats and nothing of the product.

Product tests compare their results with these. Timestamps are integer milliseconds and must not
fall, neither in the book rows nor in the trades.
"""

from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from tests.oracle_reading import BookRow, Level, Trade, parse_level, read

__all__ = ["Book", "BookRow", "Level", "Result", "Trade", "parse_level", "read", "run"]

Book = tuple[list[Level], list[Level]]  # bids, asks; best first
Sample = tuple[int, float]  # timestamp, value
OhlcBar = tuple[int, float, float, float, float, float, int]  # ..., close, volume, known_at
MetricBar = tuple[int, float, float, float, float, int]  # start, open, high, low, close, known_at


@dataclass
class Result:
    """Everything that `run` works out."""

    windows: list[tuple[int, int]]  # (timestamp, end_timestamp), the opening window included
    opening: bool  # the first window stands for the trades before the first book row
    batches: list[list[int]]  # for each window the indexes of its trades
    books: list[Book]  # for each window, only with keep_books
    crossed: int
    ohlc: list[OhlcBar]
    obi: list[MetricBar]
    tot: list[MetricBar]
    cvd: list[MetricBar]
    depth: Book  # after the last book row


# Running


def run(
    rows: Sequence[BookRow],
    trades: Sequence[Trade],
    window_seconds: float,
    levels: int = 50,
    mode: str = "ratio",
    keep_books: bool = False,
) -> Result:
    """Work out every number of a run over one instrument.

    OBI is (B - A) / (B + A), or B - A in mode "difference", and TOT is B + A, where B and A are the
    sums of the best `levels` sizes: a sample of each after each book row of a book that is sure,
    none while both sides are empty. A row is crossed when its best bid is not below its best ask.
    """
    width = round(window_seconds * 1000)
    times = sorted([row.timestamp for row in rows] + [trade.timestamp for trade in trades])
    windows = make_windows(rows, trades, times)
    opening = len(windows) > len(rows)

    books: list[Book] = [([], [])] if opening and keep_books else []
    obi: list[Sample] = []
    tot: list[Sample] = []
    crossed = 0
    bids: list[Level] = []
    asks: list[Level] = []
    for row, (bids, asks) in zip(rows, replay(rows, levels), strict=True):
        if keep_books:
            books.append((bids, asks))
        if bids and asks and bids[0][0] >= asks[0][0]:
            crossed += 1
        if (bids or asks) and row.sure:
            b, a = total_size(bids), total_size(asks)
            obi.append((row.timestamp, b - a if mode == "difference" else (b - a) / (b + a)))
            tot.append((row.timestamp, b + a))

    return Result(
        windows=windows,
        opening=opening,
        batches=make_batches(windows, trades),
        books=books,
        crossed=crossed,
        ohlc=make_ohlc(trades, width, times),
        obi=make_bars(obi, width, times),
        tot=make_bars(tot, width, times),
        cvd=make_bars(cvd_samples(trades, width), width, times),
        depth=(bids, asks),
    )


def make_windows(
    rows: Sequence[BookRow], trades: Sequence[Trade], times: Sequence[int]
) -> list[tuple[int, int]]:
    """Row i opens [ts_i, ts_i+1); the last window ends 1 ms after the stream's last time.

    Trades strictly before the first row, or without any row, get an opening window of their own.
    """
    starts = [row.timestamp for row in rows]
    if trades and (not rows or trades[0].timestamp < rows[0].timestamp):
        starts.insert(0, trades[0].timestamp)
    return list(pairwise([*starts, times[-1] + 1])) if starts else []


def make_batches(windows: Sequence[tuple[int, int]], trades: Sequence[Trade]) -> list[list[int]]:
    """Each trade belongs to the last window that starts at or before it."""
    starts = [start for start, _ in windows]
    batches: list[list[int]] = [[] for _ in windows]
    for index, trade in enumerate(trades):
        batches[bisect_right(starts, trade.timestamp) - 1].append(index)
    return batches


def replay(rows: Iterable[BookRow], levels: int) -> Iterator[Book]:
    """The best levels of each side after each row; a snapshot clears both sides first."""
    bids, asks = BookSide(-1), BookSide(+1)
    for row in rows:
        if row.snapshot:
            bids, asks = BookSide(-1), BookSide(+1)
        bids.update(row.bids)
        asks.update(row.asks)
        yield bids.best(levels), asks.best(levels)


class BookSide:
    """A size for each price; `sign` is +1 where the lowest price is the best, else -1."""

    def __init__(self, sign: int) -> None:
        self.sign = sign
        self.sizes: dict[float, float] = {}
        self.ranking: list[float] = []  # sign * price, sorted: the best first

    def update(self, levels: Iterable[Level]) -> None:
        """A size replaces the one at its price, 0 deletes it; in order, so the last one wins."""
        for price, size in levels:
            known = price in self.sizes
            if size > 0:
                self.sizes[price] = size
                if not known:
                    insort(self.ranking, self.sign * price)
            elif known:
                del self.sizes[price]
                self.ranking.remove(self.sign * price)

    def best(self, levels: int) -> list[Level]:
        """The best `levels` levels there are, best first."""
        prices = [self.sign * key for key in self.ranking[:levels]]
        return [(price, self.sizes[price]) for price in prices]


def total_size(levels: Iterable[Level]) -> float:
    """The sizes added one by one, best first; `sum` would compensate from Python 3.12 on."""
    total = 0.0
    for _, size in levels:
        total += size
    return total


def cvd_samples(trades: Iterable[Trade], width: int) -> Iterator[Sample]:
    """The running sum of size, + for a buy and - for a sell; a bar's first sample is its carry."""
    cvd = 0.0
    bar = None
    for trade in trades:
        if bar != trade.timestamp // width:
            bar = trade.timestamp // width
            yield trade.timestamp, cvd
        cvd += trade.side * trade.size
        yield trade.timestamp, cvd


def make_ohlc(trades: Sequence[Trade], width: int, times: Sequence[int]) -> list[OhlcBar]:
    """Bars of the prices by each trade's own time; the volume is the sum of size, in order."""
    volumes: defaultdict[int, float] = defaultdict(float)
    for trade in trades:
        volumes[trade.timestamp // width * width] += trade.size
    bars = make_bars(((trade.timestamp, trade.price) for trade in trades), width, times)
    return [(*bar[:5], volumes[bar[0]], bar[5]) for bar in bars]


def make_bars(samples: Iterable[Sample], width: int, times: Sequence[int]) -> list[MetricBar]:
    """Open, high, low and close of the samples in [start, start + width); no bar without one."""
    values: defaultdict[int, list[float]] = defaultdict(list)
    for timestamp, value in samples:
        values[timestamp // width * width].append(value)
    return [
        (start, bar[0], max(bar), min(bar), bar[-1], known_at(start + width, times))
        for start, bar in values.items()
    ]


def known_at(end: int, times: Sequence[int]) -> int:
    """The time of the first book row or trade at or after the bar's end, else the last there is."""
    index = bisect_left(times, end)
    return times[min(index, len(times) - 1)]
