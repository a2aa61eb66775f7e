"""hftbacktest's replay of the same events: top-50 sums, bars and CVD.

`prepare` converts recordings to its own arrays, once and outside of what is measured. A replay
loads these, compiles its loop (Numba caches no loop over hftbacktest's objects) and
runs it over the `ROIVectorMarketDepth`, its fastest book. Only the local side of the engine is
given the events: the simulated exchange would keep a second book.

python benchmarks/cases/hftbacktest_replay.py prepare FOLDER ARRAYS
python benchmarks/cases/hftbacktest_replay.py replay ARRAYS OUT
"""

import json
import sys
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np
from hftbacktest import (
    BUY_EVENT,
    DEPTH_EVENT,
    LOCAL_EVENT,
    SELL_EVENT,
    TRADE_EVENT,
    BacktestAsset,
    ROIVectorMarketDepthBacktest,
)
from hftbacktest.types import event_dtype
from numba import njit

TICK = 0.1
LEVELS = 50
WINDOW_MS = 60_000


def prepare(recordings: Path, arrays: Path) -> None:
    """Write the events of a folder of recordings, and the times of the book rows, as arrays."""
    from orderflow_sqlite.source import SqliteSource

    source = SqliteSource(path=recordings)
    parts, times = [], []
    for block in source.blocks(source.instruments()[0]):
        windows, batches = block.windows, block.batches
        times.append(windows.timestamp[int(block.opening) :].copy())
        for side, offset, price, size in (
            (BUY_EVENT, windows.bid_offset, windows.bid_price, windows.bid_size),
            (SELL_EVENT, windows.ask_offset, windows.ask_price, windows.ask_size),
        ):
            stamps = np.repeat(windows.timestamp, np.diff(offset))
            parts.append(_events(DEPTH_EVENT | side, stamps, price, size))
        side = np.where(batches.side > 0, BUY_EVENT, SELL_EVENT)
        parts.append(
            _events(TRADE_EVENT | side, batches.trade_timestamp, batches.price, batches.size)
        )
    events = np.concatenate(parts)
    arrays.mkdir(parents=True, exist_ok=True)
    np.save(arrays / "events.npy", events[np.argsort(events["local_ts"], kind="stable")])
    np.save(arrays / "times.npy", np.concatenate(times))


def _events(kind: Any, time: Any, price: Any, size: Any) -> Any:
    events = np.zeros(len(time), event_dtype)
    events["ev"] = kind | LOCAL_EVENT
    events["exch_ts"] = events["local_ts"] = time
    events["px"], events["qty"] = price, size
    return events


@njit(cache=True)  # type: ignore[untyped-decorator]
def best_sum(sizes: Any, best: int, step: int) -> float:
    """Add the sizes of the best levels; a size of 0 is no level."""
    total, found, place = 0.0, 0, best
    while found < LEVELS and 0 <= place < len(sizes):
        if sizes[place] > 0:
            total += sizes[place]
            found += 1
        place += step
    return total


@njit(cache=True)  # type: ignore[untyped-decorator]
def add(bars: Any, row: int, time: int, value: float) -> int:
    """Add a sample to the bars [timestamp, open, high, low, close]; return the open one's row."""
    start = time // WINDOW_MS * WINDOW_MS
    if row < 0 or bars[row, 0] != start:
        row += 1
        bars[row, 0], bars[row, 1:5] = start, value
    bars[row, 2] = max(bars[row, 2], value)
    bars[row, 3] = min(bars[row, 3], value)
    bars[row, 4] = value
    return row


@njit(cache=True)  # type: ignore[untyped-decorator]
def replay(hbt: Any, times: Any, obi: Any, tot: Any, ohlc: Any, cvd: Any) -> Any:
    """Go from book row to book row; return how many bars there are of books and of trades."""
    book_row = trade_row = cvd_row = -1
    delta = 0.0
    hbt.elapse(0)  # to the first event
    for number in range(len(times) + 1):
        end = times[number] if number < len(times) else times[-1] + WINDOW_MS
        hbt.elapse(end - hbt.current_timestamp)
        if number < len(times):
            depth = hbt.depth(0)
            low = depth.roi_lb_tick
            bids = best_sum(depth.bid_depth, depth.best_bid_tick - low, -1)
            asks = best_sum(depth.ask_depth, depth.best_ask_tick - low, 1)
            if bids + asks > 0:
                add(obi, book_row, end, (bids - asks) / (bids + asks))
                book_row = add(tot, book_row, end, bids + asks)
        for trade in hbt.last_trades(0):
            trade_row = add(ohlc, trade_row, trade.local_ts, trade.px)
            ohlc[trade_row, 5] += trade.qty
            if trade_row > cvd_row:
                cvd_row = add(cvd, cvd_row, trade.local_ts, delta)
            delta += trade.qty if trade.ev & BUY_EVENT == BUY_EVENT else -trade.qty
            add(cvd, cvd_row, trade.local_ts, delta)
        hbt.clear_last_trades(0)
    return book_row + 1, trade_row + 1


def main(arrays: Path, out: Path) -> None:
    """Replay the arrays and write the bars."""
    began = process_time()
    events, times = np.load(arrays / "events.npy"), np.load(arrays / "times.npy")
    price = events["px"]
    loaded = process_time()
    asset = (
        BacktestAsset()
        .data([events])
        .linear_asset(1.0)
        .constant_order_latency(0, 0)
        .power_prob_queue_model(2.0)
        .no_partial_fill_exchange()
        .trading_value_fee_model(0.0, 0.0)
        .tick_size(TICK)
        .lot_size(0.001)
        .roi_lb(price.min() - TICK)
        .roi_ub(price.max() + TICK)
        .last_trades_capacity(10_000)
    )
    hbt = ROIVectorMarketDepthBacktest([asset])
    count = int((times[-1] - times[0]) // WINDOW_MS + 3)
    bars = [np.zeros((count, width)) for width in (5, 5, 6, 5)]
    replay.compile((_type_of(hbt), *map(_type_of, (times, *bars))))
    compiled = process_time()
    of_books, of_trades = replay(hbt, times, *bars)
    replayed = process_time()
    hbt.close()
    _write(out, bars, of_books, of_trades)
    stages = {"load": loaded - began, "compile": compiled - loaded, "replay": replayed - compiled}
    print(json.dumps(stages))


def _type_of(value: Any) -> Any:
    from numba import typeof

    return typeof(value)


def _write(out: Path, bars: Any, of_books: int, of_trades: int) -> None:
    obi, tot, ohlc, cvd = (rows.tolist() for rows in bars)
    metrics = [[*a, *b[1:]] for a, b in zip(obi[:of_books], tot, strict=False)]
    contents = {
        "ohlc_data.json": ohlc[:of_trades],
        "metrics_data.json": metrics,
        "series_data.json": {"series": {"cvd": {"rows": cvd[:of_trades]}}},
    }
    out.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        (out / name).write_text(json.dumps(content))


if __name__ == "__main__":
    {"prepare": prepare, "replay": main}[sys.argv[1]](Path(sys.argv[2]), Path(sys.argv[3]))
