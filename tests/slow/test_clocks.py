"""Bars of every clock over the real recordings: an oracle's, and one digest however it is run."""

from functools import cache
from typing import Any

import pytest
from orderflow_book import OrderBook
from orderflow_cvd import Cvd
from orderflow_obi import Obi
from orderflow_ohlc import Ohlc

from orderflow_core import Bars, MetricBars, Report
from orderflow_core.bus.bus import Bus, drive
from orderflow_core.running.digest import Account
from tests import clocks_oracle as plain
from tests import oracle
from tests.recordings import DATA, needs_recordings
from tests.replay import RowCvd, RowObi, recorded
from tests.roads import ROADS, Road, fast

pytestmark = [pytest.mark.slow, needs_recordings]

THRESHOLDS: dict[str, dict[str, float]] = {
    "BTCUSD_PERP": {"trades": 20, "volume": 500, "value": 30_000_000, "imbalance": 10},
    "BTC-USDT": {"trades": 5, "volume": 0.5, "value": 10_000, "imbalance": 3},
    "ZEN-USDT": {"trades": 2, "volume": 5, "value": 200, "imbalance": 2},
}
CASES = [(instrument, clock) for instrument, each in THRESHOLDS.items() for clock in each]
EVERY_CLOCK = pytest.mark.parametrize(("instrument", "clock"), CASES)


class Outcome:
    """What bars of all clocks, and metrics that follow each, are over a recording."""

    def __init__(self, instrument: str, *, rows: bool = False, **reading: Any) -> None:
        obi, cvd = (RowObi, RowCvd) if rows else (Obi, Cvd)
        self.bars: dict[str, list[tuple[Any, ...]]] = {}
        plugins: list[Any] = [OrderBook(name="book", levels=5)]
        for clock, threshold in THRESHOLDS[instrument].items():
            how: dict[str, Any] = {"clock": clock, "threshold": threshold}
            plugins += [
                cvd(name=f"cvd_{clock}", clock=clock),
                obi(name=f"obi_{clock}", clock=clock),
                Ohlc(name=clock, **how),
            ]
        account = Account()
        bus = Bus(instrument, plugins, account, published=self._keep)
        report = Report("test", "running", 0, instrument, False, {})
        drive(bus, recorded(DATA, instrument, **reading), report)
        for seat in bus.seats:
            if seat.failure is not None:
                raise seat.failure
        self.digest = account.digest()
        self.end = account.last_time or 0

    def _keep(self, table: str, event: Any) -> None:
        if isinstance(event, Bars | MetricBars):
            for bar in event:
                if bar.closed:
                    values = [getattr(bar, name) for name in event.values]
                    assert bar.known_at == bar.end
                    row = (bar.timestamp, bar.sequence, *values, bar.end, bar.complete)
                    self.bars.setdefault(event.series.key, []).append(row)


@cache
def outcome(instrument: str) -> Outcome:
    return Outcome(instrument)


@cache
def read(instrument: str) -> Any:
    return oracle.read(sorted(DATA.glob(f"{instrument}-*.db")))


@cache
def wanted(instrument: str, clock: str) -> list[plain.PriceBar]:
    threshold = THRESHOLDS[instrument][clock]
    return plain.price_bars(read(instrument).trades, clock, threshold, outcome(instrument).end)


@EVERY_CLOCK
def test_bars_are_the_oracles(instrument: str, clock: str) -> None:
    right = wanted(instrument, clock)

    assert len(right) > 2
    assert outcome(instrument).bars[clock] == right


@EVERY_CLOCK
def test_the_delta_that_follows_them_is_the_oracles(instrument: str, clock: str) -> None:
    total, samples = 0.0, []
    for trade in read(instrument).trades:
        total += trade.side * trade.size
        samples.append((trade.timestamp, total))

    right = plain.following(samples, wanted(instrument, clock), first=0.0)

    assert outcome(instrument).bars[f"cvd_{clock}"] == right


@EVERY_CLOCK
def test_the_imbalance_that_follows_them_is_the_oracles(instrument: str, clock: str) -> None:
    rows = read(instrument).rows
    samples = []
    for row, (bids, asks) in zip(rows, oracle.replay(rows, 5), strict=True):
        bid, ask = oracle.total_size(bids), oracle.total_size(asks)
        if row.sure and bid + ask > 0:
            samples.append((row.timestamp, (bid - ask) / (bid + ask)))

    right = plain.following(samples, wanted(instrument, clock))

    found = outcome(instrument).bars[f"obi_{clock}"]
    assert len(found) == len(right)
    for bar, expected in zip(found, right, strict=True):
        assert bar == pytest.approx(expected, rel=0, abs=1e-12)


@pytest.mark.parametrize("instrument", ["BTC-USDT", "ZEN-USDT"])
@pytest.mark.parametrize("book_batch", [1, 7, 65_536])
def test_blocks_of_any_size_give_one_digest(instrument: str, book_batch: int) -> None:
    assert Outcome(instrument, book_batch=book_batch).digest == outcome(instrument).digest


@pytest.mark.parametrize("instrument", THRESHOLDS)
def test_row_by_row_gives_the_digest_of_the_columns(instrument: str) -> None:
    assert Outcome(instrument, rows=True, book_batch=1024).digest == outcome(instrument).digest


@pytest.mark.parametrize("road", ROADS[1:], ids=lambda road: road.__name__)
def test_every_road_has_the_digest_of_the_fast_one(road: Road) -> None:
    with road():
        found = Outcome("BTC-USDT")
    with fast():
        assert found.digest == outcome("BTC-USDT").digest
