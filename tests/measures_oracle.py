"""The catalogue of measures, worked out the plain way: dicts, lists, floats, a row at a time.

Each function gives the samples of a measure with its default settings; `oracle.make_bars` makes
bars of them.
"""

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict, deque
from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise
from math import ceil, inf, isnan, nan, sqrt
from statistics import fmean

from tests.oracle import Book, BookRow, Sample, Trade, known_at

DAY = 86_400_000
Samples = dict[str, list[Sample]]
Columns = list[tuple[int, dict[int, list[float]]]]
"""The start of each stretch, and the values of each row of prices."""


def mid(book: Book) -> float:
    bids, asks = book
    return (bids[0][0] + asks[0][0]) / 2 if bids and asks else nan


def flows(rows: Sequence[BookRow]) -> list[bool]:
    """Which rows follow the one before without a break."""
    return [False] + [a.sure and b.sure and not b.snapshot for a, b in pairwise(rows)]


# Of the book's best levels


def of_books(rows: Sequence[BookRow], books: Sequence[Book], width: int) -> Samples:
    found: defaultdict[str, list[Sample]] = defaultdict(list)
    flow, bar, before = 0.0, None, None
    for row, book, is_flow in zip(rows, books, flows(rows), strict=True):
        if row.timestamp // width != bar:
            bar, flow = row.timestamp // width, 0.0
        if is_flow and before:
            flow += touch_flow(before, book)
        before = book
        if not row.sure:
            continue
        time = row.timestamp
        found["ofi"].append((time, flow))
        bids, asks = book
        if not (bids and asks):
            continue
        (bid, bid_size), (ask, ask_size) = bids[0], asks[0]
        middle = mid(book)
        found["quoted_spread"].append((time, ask - bid))
        weighted = (bid * ask_size + ask * bid_size) / (bid_size + ask_size)
        found["weighted_mid"].append((time, weighted))
        pairs = list(zip(bids[:3], asks[:3], strict=False))
        value = sum(b[0] * a[1] + a[0] * b[1] for b, a in pairs)
        found["vamp"].append((time, value / sum(b[1] + a[1] for b, a in pairs)))
        for name, side in (("bid", bids), ("ask", asks)):
            near = [size for price, size in side if abs(price - middle) <= middle / 1000 + 1e-9]
            found[f"depth.{name}"].append((time, sum(near)))
        found["depth"].append((time, found["depth.bid"][-1][1] + found["depth.ask"][-1][1]))
        for key, side, sign in (("fill_cost", asks, 1), ("fill_cost.sell", bids, -1)):
            paid = walk(side, 1.0)
            if not isnan(paid):
                found[key].append((time, sign * 1e4 * (paid - middle) / middle))
    return found


def of_orders(
    rows: Sequence[BookRow], books: Sequence[Book], counted: Sequence[Book], levels: int
) -> Samples:
    """Order counts; `counted` are the books with the number of orders in the place of the size."""
    found: defaultdict[str, list[Sample]] = defaultdict(list)
    for row, sizes, counts in zip(rows, books, counted, strict=True):
        if not row.sure:
            continue
        number = [sum(count for _, count in side[:levels]) for side in counts]
        for name, side, stand in zip(("bid", "ask"), sizes, number, strict=True):
            found[f"orders.{name}"].append((row.timestamp, stand))
            if stand:
                mean = sum(size for _, size in side[:levels]) / stand
                found[f"orders.{name}_size"].append((row.timestamp, mean))
        bid, ask = number
        if bid + ask:
            found["orders"].append((row.timestamp, (bid - ask) / (bid + ask)))
    return found


def touch_flow(before: Book, after: Book) -> float:
    flow = 0.0
    for sign, old, new in ((1, before[0], after[0]), (-1, before[1], after[1])):
        if old and new:
            better = sign * (new[0][0] - old[0][0])
            flow += sign * (new[0][1] * (better >= 0) - old[0][1] * (better <= 0))
    return flow


def walk(side: Sequence[tuple[float, float]], wanted: float) -> float:
    left, value = wanted, 0.0
    for price, size in side:
        part = min(left, size)
        value += part * price
        left -= part
        if left <= 1e-12:
            return value / wanted
    return nan


# Of trades


def of_trades(trades: Sequence[Trade], width: int) -> Samples:
    found: defaultdict[str, list[Sample]] = defaultdict(list)
    for _, bar in groupby(trades, key=lambda trade: trade.timestamp // width):
        delta = volume = net = 0.0
        for count, trade in enumerate(bar, start=1):
            delta += trade.side * trade.size
            volume += trade.size
            net += trade.side
            found["footprint"].append((trade.timestamp, delta))
            found["trade_imbalance"].append((trade.timestamp, delta / volume))
            found["trade_imbalance.count"].append((trade.timestamp, net / count))
    for _, day in groupby(trades, key=lambda trade: trade.timestamp // DAY):
        seen: list[Trade] = []
        volume = value = 0.0
        for trade in day:
            seen.append(trade)
            volume += trade.size
            value += trade.size * trade.price
            vwap = value / volume
            found["vwap"].append((trade.timestamp, vwap))
            if len(seen) % 100 == 1:  # the whole sum anew, so now and then
                width_of = sqrt(sum(t.size * (t.price - vwap) ** 2 for t in seen) / volume)
                found["deviation"].append((trade.timestamp, width_of))
    return found


def of_intervals(trades: Sequence[Trade], interval: int, count: int) -> Samples:
    """Kyle's lambda and Amihud's illiquidity, known with the trade after an interval."""
    found: Samples = {"kyle": [], "amihud": []}
    seen: deque[tuple[float, float, float, float]] = deque(maxlen=count)
    last = None
    groups = [list(g) for _, g in groupby(trades, key=lambda t: t.timestamp // interval)]
    for group, after in pairwise(groups):
        price = group[-1].price
        if last is not None:
            net = sum(t.side * t.size for t in group)
            seen.append((net, price - last, price / last - 1, sum(t.price * t.size for t in group)))
            if len(seen) == count:
                time = after[0].timestamp
                x_mean, y_mean = fmean(x for x, *_ in seen), fmean(y for _, y, *_ in seen)
                above = sum((x - x_mean) * (y - y_mean) for x, y, *_ in seen)
                below = sum((x - x_mean) ** 2 for x, *_ in seen)
                found["kyle"].append((time, above / below))
                mean = fmean(abs(r) / turnover for *_, r, turnover in seen)
                found["amihud"].append((time, 1e6 * mean))
        last = price
    return found


def vpin(trades: Sequence[Trade], volume: float, buckets: int) -> list[Sample]:
    found = []
    full: deque[float] = deque(maxlen=buckets)
    filled = delta = 0.0
    for trade in trades:
        left = trade.size
        while left >= volume - filled:
            part = volume - filled
            full.append(abs(delta + trade.side * part))
            left -= part
            filled = delta = 0.0
            if len(full) == buckets:
                found.append((trade.timestamp, sum(full) / (buckets * volume)))
        filled += left
        delta += trade.side * left
    return found


def large(trades: Sequence[Trade], quantile: float, count: int) -> list[tuple[int, float]]:
    rank = ceil(quantile * count)
    return [
        (trade.timestamp, trade.size)
        for at, trade in enumerate(trades)
        if at >= count and trade.size >= sorted(t.size for t in trades[at - count : at])[rank - 1]
    ]


def sweeps(trades: Sequence[Trade], levels: int) -> list[tuple[int, int, float]]:
    """Return (time, side, size) of the runs within one millisecond."""
    runs: list[list[Trade]] = []
    for trade in trades:
        last = runs[-1][-1] if runs else None
        goes_on = (
            last is not None
            and (last.timestamp, last.side) == (trade.timestamp, trade.side)
            and (trade.price - last.price) * trade.side >= 0
        )
        if goes_on:
            runs[-1].append(trade)
        else:
            runs.append([trade])
    return [
        (run[-1].timestamp, run[0].side, sum(trade.size for trade in run))
        for run in runs
        if len({trade.price for trade in run}) >= levels
    ]


def footprints(trades: Sequence[Trade], width: int, tick: float) -> Columns:
    return [
        (start * width, by_price(list(group), tick))
        for start, group in groupby(trades, key=lambda trade: trade.timestamp // width)
    ]


def by_price(trades: Sequence[Trade], tick: float) -> dict[int, list[float]]:
    values: defaultdict[int, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for trade in trades:
        values[round(trade.price / tick)][trade.side < 0] += trade.size
    return dict(values)


def controls(trades: Sequence[Trade], width: int, tick: float) -> list[Sample]:
    """The point of control of a bar so far, after each trade."""
    found = []
    for _, group in groupby(trades, key=lambda trade: trade.timestamp // width):
        volumes: Counter[int] = Counter()
        for trade in group:
            volumes[round(trade.price / tick)] += trade.size  # type: ignore[assignment]
            best = max(volumes, key=lambda row: (volumes[row], row))
            found.append((trade.timestamp, best * tick))
    return found


def profile(
    trades: Sequence[Trade], width: int, tick: float, times: Sequence[int]
) -> dict[str, list[Sample]]:
    """The developing levels of the day so far, known when a bar is over."""
    found: dict[str, list[Sample]] = {"low": [], "": [], "high": []}
    for day, group in groupby(trades, key=lambda trade: trade.timestamp // DAY):
        session = list(group)
        ends = sorted({(trade.timestamp // width + 1) * width for trade in session})
        for end in ends:
            time = known_at(end, times)
            if end <= times[-1] and time < (day + 1) * DAY:
                before = [trade for trade in session if trade.timestamp < end]
                for name, row in zip(found, area(by_price(before, tick), 0.7), strict=True):
                    found[name].append((time, row * tick))
    return found


def area(values: dict[int, list[float]], share: float) -> tuple[int, int, int]:
    volumes = {row: sum(both) for row, both in values.items()}
    control = max(volumes, key=lambda row: (volumes[row], row))
    low = high = control
    held, lowest, highest = volumes[control], min(volumes), max(volumes)
    while held < share * sum(volumes.values()) and (low > lowest or high < highest):
        up = volumes.get(high + 1, 0.0) if high < highest else -inf
        down = volumes.get(low - 1, 0.0) if low > lowest else -inf
        high, low = (high + 1, low) if up >= down else (high, low - 1)
        held += max(up, down)
    return low, control, high


# Of both


def spreads(
    rows: Sequence[BookRow], books: Sequence[Book], trades: Sequence[Trade], horizon: int
) -> Samples:
    times = [row.timestamp for row in rows]
    mids = [mid(book) if row.sure else nan for row, book in zip(rows, books, strict=True)]
    found: Samples = {"effective_spread": [], "realised_spread": [], "realised_spread.impact": []}
    for trade in trades:
        row = bisect_left(times, trade.timestamp) - 1
        before = mids[row] if row >= 0 else nan
        if isnan(before):
            continue
        effective = 2 * trade.side * (trade.price - before)
        found["effective_spread"].append((trade.timestamp, effective))
        next_row = bisect_right(times, trade.timestamp + horizon)
        if next_row < len(times) and not isnan(mids[next_row - 1]):
            after, time = mids[next_row - 1], times[next_row]
            realised = 2 * trade.side * (trade.price - after)
            found["realised_spread"].append((time, realised))
            found["realised_spread.impact"].append((time, effective - realised))
    return found


def fates(
    rows: Sequence[BookRow], books: Sequence[Book], trades: Sequence[Trade], width: int, tick: float
) -> Samples:
    """What was pulled, consumed and added; near is within 10 ticks of the best before."""
    names = ("liquidity", "liquidity.consumed", "liquidity.added")
    near = ("liquidity.pulled_near", "", "liquidity.added_near")
    found: defaultdict[str, list[Sample]] = defaultdict(list)
    bar = -1
    sums: defaultdict[str, float] = defaultdict(float)
    for time, changes in changed(rows, books, trades, tick):
        if time // width != bar:
            bar, sums = time // width, defaultdict(float)
        for ticks, parts in changes:
            for name, near_name, part in zip(names, near, parts, strict=True):
                sums[name] += part
                if ticks <= 10.5 and near_name:
                    sums[near_name] += part
        for name in (*names, *filter(None, near)):
            found[name].append((time, sums[name]))
    return found


def fates_by_distance(
    rows: Sequence[BookRow],
    books: Sequence[Book],
    trades: Sequence[Trade],
    width: int,
    tick: float,
    distances: int,
) -> dict[str, Columns]:
    """Each fate by the ticks from the best price before; -1 is better, one above the most farther.

    Rows of prices without any are left out.
    """
    found: dict[str, Columns] = {name: [] for name in ("pulled", "consumed", "added")}
    for start, group in groupby(changed(rows, books, trades, tick), lambda each: each[0] // width):
        cells: dict[str, defaultdict[int, list[float]]] = {
            name: defaultdict(lambda: [0.0]) for name in found
        }
        for ticks, parts in (change for _, changes in group for change in changes):
            row = min(max(round(ticks), -1), distances + 1)
            for name, part in zip(found, parts, strict=True):
                cells[name][row][0] += part
        for name, columns in found.items():
            there = {row: sizes for row, sizes in cells[name].items() if any(sizes)}
            columns.append((start * width, there))
    return found


Change = tuple[float, tuple[float, float, float]]
"""Ticks from the best price before, and what was pulled, consumed and added."""


def changed(
    rows: Sequence[BookRow], books: Sequence[Book], trades: Sequence[Trade], tick: float
) -> Iterator[tuple[int, list[Change]]]:
    """Yield each row's time, and what became of the sizes that it changes."""
    sizes: tuple[dict[float, float], dict[float, float]] = ({}, {})
    last = -1
    times = [trade.timestamp for trade in trades]
    before: Book = ([], [])
    for row, book, is_flow in zip(rows, books, flows(rows), strict=True):
        here = trades[bisect_right(times, last) : bisect_right(times, row.timestamp)]
        left_of = [trade.size for trade in here]
        changes: list[Change] = []
        for place, updates in enumerate((row.bids, row.asks)):
            sign = 1 - 2 * place
            if row.snapshot:
                sizes[place].clear()
            for price, size in updates:
                change = size - sizes[place].get(price, 0.0)
                sizes[place][price] = size
                if not is_flow or not change:
                    continue
                best = before[place][0][0] if before[place] else price
                consumed = 0.0
                for at, trade in enumerate(here if change < 0 else ()):
                    if trade.side == -sign and trade.price == price:
                        part = min(-change - consumed, left_of[at])
                        left_of[at] -= part
                        consumed += part
                parts = (max(0.0, -change - consumed), consumed, max(0.0, change))
                changes.append(((best - price) * sign / tick, parts))
        yield row.timestamp, changes
        last, before = row.timestamp, book


def standing(rows: Sequence[BookRow], width: int) -> Iterator[tuple[int, dict[float, float]]]:
    """Yield the start of each bar with rows, and the whole book with which it ends."""
    sizes: tuple[dict[float, float], dict[float, float]] = ({}, {})
    for start, group in groupby(rows, key=lambda row: row.timestamp // width):
        for row in group:
            for side, updates in zip(sizes, (row.bids, row.asks), strict=True):
                if row.snapshot:
                    side.clear()
                side.update(updates)
        total: defaultdict[float, float] = defaultdict(float)
        for side in sizes:
            for price, size in side.items():
                total[price] += size
        yield start * width, {price: size for price, size in total.items() if size}
