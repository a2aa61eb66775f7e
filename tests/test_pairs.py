"""The spread of a pair equals an oracle's, however the run is cut, ordered and paced."""

from collections.abc import Mapping, Sequence
from math import inf, nan
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from orderflow_book import OrderBook

from examples.lead_lag import LeadLag
from examples.pair_spread import PairSpread
from orderflow_core import run
from orderflow_core.settings.discovery import Found
from orderflow_core.settings.reading import Table
from orderflow_core.testing import Row, Tick, bars, run_across, sample_market
from tests import oracle
from tests.core.assembly import ran, settings_of, source_of
from tests.recordings import DATA, needs_recordings
from tests.test_recordings import SMALL_DIGESTS

SECOND = 1000
Market = Sequence[Any]
Markets = Mapping[str, Market]


def wanted(markets: Markets, width: int, max_age: int) -> list[oracle.MetricBar]:
    """Work out the bars of the spread of A and B, the plain way."""
    rows = []
    for name, market in markets.items():
        books = [each for each in market if isinstance(each, Row)]
        tops = oracle.replay(books, levels=1)  # type: ignore[arg-type]
        rows += [
            (row.timestamp, name, _mid(*top), row.sure)
            for row, top in zip(books, tops, strict=True)
        ]
    rows.sort(key=lambda row: row[:2])
    mids = {"A": (-inf, nan), "B": (-inf, nan)}
    samples = []
    for time, name, mid, sure in rows:
        if name not in mids:
            continue
        mids[name] = (time, mid if sure else nan)
        (a_time, a), (b_time, b) = mids["A"], mids["B"]
        if a - b == a - b and min(a_time, b_time) >= time - max_age:
            samples.append((time, a - b))
    times = sorted(each.timestamp for market in markets.values() for each in market)
    return oracle.make_bars(samples, width, times)


def _mid(bids: list[oracle.Level], asks: list[oracle.Level]) -> float:
    return (bids[0][0] + asks[0][0]) / 2 if bids and asks else nan


def pair(width: int, max_age: int) -> PairSpread:
    seconds = {"window_seconds": width / 1000, "max_age_seconds": max_age / 1000}
    return PairSpread(name="pair", long="A", short="B", **seconds)


def found(markets: Markets, width: int, max_age: int, size: int = 2048) -> list[Any]:
    published = run_across(
        pair(width, max_age), markets, beside=lambda: [OrderBook(levels=1)], block_size=size
    )
    return bars(published, "pair", known_at=True)


MADE: Markets = {
    name: sample_market(200, levels=0, seed=seed) for seed, name in enumerate("ABC", start=1)
}


@pytest.mark.parametrize("width", [100, 7000])
def test_the_spread_of_a_made_market_equals_the_oracles(width: int) -> None:
    expected = wanted(MADE, width, 10 * SECOND)

    assert expected
    assert found(MADE, width, 10 * SECOND) == expected


# Real recordings


def recorded(name: str) -> Market:
    """Return the rows and trades of a recording, which begins at 0 here."""
    read = oracle.read([DATA / name])
    first = min(read.rows[0].timestamp, read.trades[0].timestamp)
    rows = [
        Row(row.timestamp - first, row.bids, row.asks, row.snapshot, row.sure) for row in read.rows
    ]
    ticks = [
        Tick(trade.timestamp - first, trade.price, trade.size, trade.side) for trade in read.trades
    ]
    return [*rows, *ticks]


@needs_recordings
@pytest.mark.parametrize("size", [pytest.param(1, marks=pytest.mark.slow), 7, 64, 2048])
def test_the_spread_of_real_recordings_equals_the_oracles(size: int) -> None:
    markets = {"A": recorded("BTC-USDT-22-05-13.db"), "B": recorded("ZEN-USDT-22-02-27.db")}
    expected = wanted(markets, SECOND, 500)

    assert len(expected) > 5
    assert found(markets, SECOND, 500, size) == expected


@needs_recordings
def test_of_recordings_of_different_years_nothing_is_made_up_and_it_is_told() -> None:
    long, short = names = ["BTC-USDT", "ZEN-USDT"]
    results = run(
        {
            "source": {"path": str(DATA), "instruments": names},
            "plugins": {"book": {}, "ohlc": {}, "obi": {}, "cvd": {}},
        },
        plugins=[
            PairSpread(name="pair", long=long, short=short),
            LeadLag(name="lead", first=long, second=short),
        ],
    )

    assert results["pair"].series == results["lead"].series == []
    assert "ZEN-USDT ends at 2022-02-27 23:14:57 UTC" in "".join(results["pair"].report.warnings)
    assert {name: results[name].report.digest for name in names} == SMALL_DIGESTS


# Any market

prices = st.sampled_from([99.0, 100.0, 101.0])
sides = st.lists(st.tuples(prices, st.sampled_from([0.0, 1.0])), max_size=2)
rows = st.builds(
    lambda bids, asks, snapshot, sure: Row(0, bids, asks, snapshot, sure),
    sides,
    sides,
    st.booleans(),
    st.sampled_from([True, True, True, False]),
)
ticks = st.builds(Tick, st.just(0), prices, st.just(1.0), st.sampled_from([1, -1]))


@st.composite
def market(draw: st.DrawFn) -> Market:
    """Draw rows and trades, many of them of one time."""
    time, moments = draw(st.integers(0, 4)), []
    for moment in draw(st.lists(st.one_of(rows, ticks), max_size=12)):
        moments.append(type(moment)(**{**vars(moment), "timestamp": time}))
        time += draw(st.sampled_from([0, 0, 1, 3]))
    return moments


markets = st.fixed_dictionaries({"A": market(), "B": market(), "C": market()})


@given(markets, st.sampled_from([1, 2, 7, 2048]), st.sampled_from([1, 4]))
def test_of_any_markets_the_spread_equals_the_oracles(given: Markets, size: int, age: int) -> None:
    assert found(given, 3, age, size) == wanted(given, 3, age)


@settings(max_examples=5, deadline=None)
@given(markets, st.permutations("ABC"), st.sampled_from(["max", 1e9]), st.sampled_from([1, 2, 7]))
def test_of_any_markets_the_digest_is_one_however_they_are_run(
    given: Markets, order: list[str], speed: Any, size: int
) -> None:
    assert digests(given, size, instruments=order, speed=speed) == digests(given, 2048)


def digests(given: Markets, size: int, **values: Any) -> dict[str, str | None]:
    plain = settings_of(source_of(given, size), OrderBook, **values)
    tables = [
        Table("pair", Found("pair", PairSpread, "1", ""), pair(3, 4).settings),
        Table(
            "lead",
            Found("lead", LeadLag, "1", ""),
            LeadLag.Settings(first="A", second="C", within_ms=3, window_seconds=0.003),
        ),
    ]
    changed = plain.__class__(**{**vars(plain), "plugins": [*plain.plugins, *tables]})
    return {each.instrument: each.report.digest for each in ran(changed)}
