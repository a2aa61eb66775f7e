"""The catalogue over the real recordings: an oracle's numbers, and one digest however it is run."""

from collections.abc import Sequence
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
from orderflow_book import OrderBook

from orderflow_core import Bars, Cells, MetricBars, Plugin, Report, Signal
from orderflow_core.bus.bus import Bus, drive
from orderflow_core.running.digest import Account
from tests import measures_oracle as plain
from tests import oracle
from tests.recordings import DATA, needs_recordings
from tests.replay import recorded
from tests.roads import ROADS, Road, fast

pytestmark = [pytest.mark.slow, needs_recordings]

WIDTH = 60_000
TICK = {"BTCUSD_PERP": 0.1, "BTC-USDT": 0.1, "ZEN-USDT": 0.01}
INSTRUMENT = pytest.mark.parametrize("instrument", TICK)
MEASURES = [
    *("ofi", "trade_imbalance", "weighted_mid", "vamp", "vwap", "quoted_spread"),
    *("effective_spread", "realised_spread", "depth", "fill_cost", "kyle", "amihud", "vpin"),
    *("large_trades", "sweeps", "footprint", "profile", "heatmap", "liquidity", "microprice"),
    "orders",
]
SETTINGS: dict[str, dict[str, Any]] = {
    "kyle": {"interval_seconds": 1, "intervals": 5},
    "amihud": {"interval_seconds": 1, "intervals": 5},
    "vpin": {"bucket_volume": 20, "buckets": 10},
    "realised_spread": {"horizon_ms": 1000},
    "large_trades": {"quantile": 0.9, "trades": 50},
    "sweeps": {"levels": 2},
    "microprice": {"fit_seconds": 60},
    "heatmap": {"size": "last", "ticks": 1},
    "orders": {"levels": 3},
    "liquidity": {"reach": 200, "distances": 15},
}


class Outcome:
    """What all measures publish over a recording."""

    def __init__(self, instrument: str, *, kept: bool = True, **reading: Any) -> None:
        self.bars: dict[str, list[tuple[Any, ...]]] = {}
        self.cells: dict[str, list[Cells]] = {}
        self.signals: dict[str, list[Signal]] = {}
        account = Account()
        bus = Bus(instrument, self._plugins(), account, published=self._keep if kept else None)
        report = Report("test", "running", 0, instrument, False, {})
        drive(bus, recorded(DATA, instrument, with_orders=True, **reading), report)
        for seat in bus.seats:
            if seat.failure is not None:
                raise seat.failure
        self.digest = account.digest()

    def _plugins(self) -> list[Plugin]:
        found = {entry.name: entry for entry in entry_points(group="orderflow.plugins")}
        made: list[Plugin] = [OrderBook(name="book", levels=50)]
        for name in MEASURES:
            made.append(found[name].load()(name=name, **SETTINGS.get(name, {})))
        return made

    def _keep(self, table: str, event: Any) -> None:
        if isinstance(event, Bars | MetricBars):
            rows = [(*bar[2:7], bar.known_at) for bar in event if bar.closed]
            self.bars.setdefault(event.series.key, []).extend(rows)
        elif isinstance(event, Cells) and event.closed:
            self.cells.setdefault(event.series.key, []).append(event)
        elif isinstance(event, Signal):
            self.signals.setdefault(event.series.key, []).append(event)


@cache
def outcome(instrument: str) -> Outcome:
    return Outcome(instrument)


@cache
def read(instrument: str) -> tuple[Any, ...]:
    reading = oracle.read(sorted(Path(DATA).glob(f"{instrument}-*.db")))
    rows, trades = reading.rows, reading.trades
    books = list(oracle.replay(rows, 50))
    times = sorted([row.timestamp for row in rows] + [trade.timestamp for trade in trades])
    counted = [trade for trade in trades if trade.timestamp >= rows[0].timestamp]
    return rows, books, trades, counted, times


def order_count(level: list[str]) -> tuple[float, float]:
    """Return price and number of orders, the last of what OKX says of a level."""
    price, *_, count = level
    return float(price), float(count)


@cache
def counted_books(instrument: str) -> list[oracle.Book]:
    with patch("tests.oracle_reading.parse_level", order_count):
        reading = oracle.read(sorted(Path(DATA).glob(f"{instrument}-*.db")))
    return list(oracle.replay(reading.rows, 3))


@cache
def expected(instrument: str) -> plain.Samples:
    """Return the samples of every series that the oracle knows."""
    rows, books, trades, counted, times = read(instrument)
    tick = TICK[instrument]
    found = {
        **plain.of_books(rows, books, WIDTH),
        **plain.of_trades(trades, WIDTH),
        **plain.of_intervals(trades, 1000, 5),
        **plain.spreads(rows, books, trades, 1000),
        **plain.fates(rows, books, trades, WIDTH, tick),
        **plain.of_orders(rows, books, counted_books(instrument), 3),
        "vpin": plain.vpin(trades, 20, 10),
        "footprint.poc": plain.controls(counted, WIDTH, tick),
        "footprint": plain.of_trades(counted, WIDTH)["footprint"],
    }
    developing = plain.profile(counted, WIDTH, tick, times)
    found |= {f"profile.{name}".rstrip("."): each for name, each in developing.items()}
    deviations = found.pop("deviation")
    found["deviation"] = deviations
    return found


SERIES = [
    *("ofi", "trade_imbalance", "trade_imbalance.count", "weighted_mid", "vamp", "vwap"),
    *("quoted_spread", "effective_spread", "realised_spread", "realised_spread.impact"),
    *("depth", "depth.bid", "depth.ask", "fill_cost", "fill_cost.sell", "kyle", "amihud", "vpin"),
    *("footprint", "footprint.poc", "profile", "profile.high", "profile.low"),
    *("liquidity", "liquidity.consumed", "liquidity.added"),
    *("liquidity.pulled_near", "liquidity.added_near"),
    *("orders", "orders.bid", "orders.ask", "orders.bid_size", "orders.ask_size"),
]


@INSTRUMENT
@pytest.mark.parametrize("series", SERIES)
def test_every_bar_equals_the_oracles(series: str, instrument: str) -> None:
    times = read(instrument)[-1]
    samples = sorted(expected(instrument).get(series, []), key=lambda each: each[0])
    wanted = oracle.make_bars(samples, WIDTH, times)
    found = outcome(instrument).bars.get(series, [])

    assert len(found) == len(wanted)
    for bar, right in zip(found, wanted, strict=True):
        assert bar == pytest.approx(right, rel=1e-9, abs=1e-9)


def test_the_perpetual_has_bars_of_every_series() -> None:
    assert [key for key in SERIES if not outcome("BTCUSD_PERP").bars.get(key)] == []


def columns(cells: Sequence[Cells]) -> list[tuple[int, dict[int, list[float]]]]:
    """Return the rows of cells that are not 0, by their price in ticks."""
    return [
        (
            each.timestamp,
            {
                round(each.low / each.tick) + row: values
                for row, values in enumerate(each.values.tolist())
                if any(values)
            },
        )
        for each in cells
    ]


@INSTRUMENT
def test_a_footprint_has_what_was_traded_at_each_price(instrument: str) -> None:
    counted = read(instrument)[3]
    wanted = plain.footprints(counted, WIDTH, TICK[instrument])

    for (start, found), (right, values) in zip(
        columns(outcome(instrument).cells["footprint.cells"]), wanted, strict=True
    ):
        assert start == right
        assert found == {row: pytest.approx(both, rel=1e-12) for row, both in values.items()}


@INSTRUMENT
def test_a_heat_map_ends_with_what_stands(instrument: str) -> None:
    rows = read(instrument)[0]
    wanted = dict(plain.standing(rows, WIDTH))
    cells = outcome(instrument).cells["heatmap"]

    assert [each.timestamp for each in cells] == list(wanted)
    for each in cells:
        sizes = np.zeros(len(each.values))
        for price, size in wanted[each.timestamp].items():
            row = round(price / each.tick) - round(each.low / each.tick)
            sizes[min(max(row, 0), len(sizes) - 1)] += size
        np.testing.assert_allclose(each.values[:, 0], sizes, rtol=1e-9)


@INSTRUMENT
@pytest.mark.parametrize("fate", ["consumed", "pulled", "added"])
def test_fates_by_distance_are_the_oracles_cell_by_cell(fate: str, instrument: str) -> None:
    rows, books, trades, *_ = read(instrument)
    distances = SETTINGS["liquidity"]["distances"]
    how = WIDTH, TICK[instrument], distances
    wanted = plain.fates_by_distance(rows, books, trades, *how)[fate]
    cells = outcome(instrument).cells[f"liquidity.{fate}_distances"]

    assert all(len(each.values) == distances + 3 for each in cells)
    for (start, found), (right, values) in zip(columns(cells), wanted, strict=True):
        assert start == right
        assert found == {row: pytest.approx(sizes, rel=1e-9) for row, sizes in values.items()}


@INSTRUMENT
def test_large_trades_and_sweeps_are_the_oracles(instrument: str) -> None:
    trades, signals = read(instrument)[2], outcome(instrument).signals
    large = [(each.timestamp, each.value) for each in signals.get("large_trades", [])]
    sweeps = [(each.timestamp, each.side, each.value) for each in signals.get("sweeps", [])]
    wanted = plain.sweeps(trades, 2)

    assert large == plain.large(trades, 0.9, 50)
    assert [each[:2] for each in sweeps] == [each[:2] for each in wanted]
    assert [each[2] for each in sweeps] == pytest.approx([each[2] for each in wanted])


@INSTRUMENT
def test_vpin_is_a_share(instrument: str) -> None:
    values = [value for bar in outcome(instrument).bars.get("vpin", []) for value in bar[1:5]]

    assert all(0 <= value <= 1 for value in values)


@INSTRUMENT
@pytest.mark.parametrize("rows", [1, 7, 500])
def test_the_digest_does_not_depend_on_the_size_of_blocks(instrument: str, rows: int) -> None:
    if rows == 1 and instrument == "BTCUSD_PERP":
        rows = 100  # one by one would take minutes

    assert Outcome(instrument, book_batch=rows).digest == outcome(instrument).digest


@INSTRUMENT
def test_the_digest_does_not_depend_on_whether_events_are_made(instrument: str) -> None:
    assert Outcome(instrument, kept=False).digest == outcome(instrument).digest


@pytest.mark.parametrize("road", ROADS[1:], ids=lambda road: road.__name__)
def test_every_road_has_the_digest_of_the_fast_one(road: Road) -> None:
    assert road is not fast
    with road():
        assert Outcome("ZEN-USDT").digest == outcome("ZEN-USDT").digest
