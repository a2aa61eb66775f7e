"""Real recordings: the numbers of the oracle, and of the exchange itself."""

import csv
from functools import cache

import pytest

from tests import oracle
from tests.checksums import string_books
from tests.recordings import DATA, needs_recordings
from tests.replay import Replay, recorded, replay
from tests.roads import ROADS, Road, fast

pytestmark = needs_recordings

PERP = "BTCUSD_PERP"
PERP_FILES = [DATA / "BTCUSD_PERP-24-08-08.db", DATA / "BTCUSD_PERP-24-08-09.db"]


DIGEST = "0027b1b8d53d717388764ddf0442c9d934ad064a3c0a121fa917280f50357c78"
SMALL_DIGESTS = {
    "BTC-USDT": "fe34cc81cb8485b035fe54064c94ec3272ccf007b4ee249431fb54701eb1b690",
    "ZEN-USDT": "962908d8f407e0e58fc94b56043318ace13acc3b59c118826b797cd8b2c87420",
}
"""Those of the default run: bars of 60 s, 50 levels."""


@cache
def product(window_seconds: int, road: Road = fast) -> Replay:
    with road():
        return replay(recorded(DATA, PERP), window_seconds)


@cache
def expected(window_seconds: int) -> oracle.Result:
    found = oracle.read(PERP_FILES)
    return oracle.run(found.rows, found.trades, window_seconds)


def test_two_files_over_midnight_are_one_stream() -> None:
    counts = product(60).counts

    assert (counts.windows, counts.trades) == (44_773, 5_234)
    assert len(product(60).bars["ohlc"]) == 12
    assert product(60).bars["ohlc"][0][:6] == (
        1723161240000,
        61804.8,
        61839.0,
        61801.0,
        61809.9,
        3700.0,
    )


@pytest.mark.slow
@pytest.mark.parametrize("window_seconds", [60, 7])
@pytest.mark.parametrize("series", ["ohlc", "obi", "tot", "cvd"])
def test_every_bar_equals_the_oracles(series: str, window_seconds: int) -> None:
    bars = product(window_seconds).bars[series]
    wanted = getattr(expected(window_seconds), series)

    assert len(bars) == len(wanted)
    for bar, right in zip(bars, wanted, strict=True):
        assert bar == pytest.approx(right, rel=0, abs=1e-9)


def test_the_digest_is_the_one_that_was_noted() -> None:
    assert product(60).digest == DIGEST


@pytest.mark.parametrize("instrument", SMALL_DIGESTS)
def test_the_digests_of_the_small_recordings_are_the_ones_that_were_noted(instrument: str) -> None:
    assert replay(recorded(DATA, instrument)).digest == SMALL_DIGESTS[instrument]


@pytest.mark.slow
@pytest.mark.parametrize("road", ROADS[1:], ids=lambda road: road.__name__)
def test_every_road_has_the_digest_of_the_fast_one(road: Road) -> None:
    assert product(60, road).digest == product(60).digest


@pytest.mark.slow
def test_the_last_depth_equals_the_oracles() -> None:
    *_, depth = product(60).collected.books(50)

    assert depth == expected(60).depth


def test_best_levels_equal_the_exchanges_in_every_row() -> None:
    with (DATA / "exchange_truth" / "BTCUSD_PERP-24-08.csv").open() as file:
        truth = [
            tuple(float(row[name]) for name in ("bid", "bid_size", "ask", "ask_size"))
            for row in csv.DictReader(file)
        ]

    best = [(*bids[0], *asks[0]) for bids, asks in product(60).collected.books(1)]

    assert len(best) == 44_773
    assert best == truth


@pytest.mark.parametrize(("name", "rows"), [("BTC-USDT-22-05-13", 98), ("ZEN-USDT-22-02-27", 394)])
def test_books_equal_the_ones_whose_checksum_the_exchange_sent(name: str, rows: int) -> None:
    instrument = name[:-9]
    with (DATA / "exchange_truth" / f"{name}.csv").open() as file:
        checksums = {int(row["row_id"]): int(row["checksum"]) for row in csv.DictReader(file)}

    books = replay(recorded(DATA, instrument)).collected.books(25)
    equal = 0
    for (bids, asks), strings in zip(books, string_books(DATA / f"{name}.db"), strict=True):
        assert strings.checksum == checksums[strings.row_id]
        assert bids == [(float(price), float(size)) for price, size in strings.bids]
        assert asks == [(float(price), float(size)) for price, size in strings.asks]
        equal += 1

    assert equal == rows
