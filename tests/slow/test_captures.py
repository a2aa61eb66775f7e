"""Real feeds as they were received, read by their own numbers."""

from pathlib import Path

import pytest

from orderflow_core.running.doubts import doubts
from tests.plugins.sqlite.reading import read
from tests.recordings import needs_recordings
from tests.replay import recorded, replay
from tests.slow.captures import TEN, Top, binance, hyperliquid, kraken, record

pytestmark = [pytest.mark.slow, needs_recordings]

NAME = "CAPTURE"
BINANCE = ["usdm_btcusdt_20240808.gz", "cm_btcusd_perp_20240808.gz", "spot_ethusdt_20240808.gz"]


def tops_of(path: Path, name: str = NAME) -> list[Top | None]:
    """Return the best levels after each row, None while a side is empty."""
    books = replay(recorded(path, name), 60, TEN).collected.books(1)
    return [(bids[0], asks[0]) if bids and asks else None for bids, asks in books]


@pytest.mark.parametrize("name", BINANCE)
def test_the_best_levels_of_binance_are_those_of_its_book_ticker(tmp_path: Path, name: str) -> None:
    """In every row whose number it has, from the snapshot on, which came late."""
    rows, tickers = binance(name)
    path = record(tmp_path, rows)
    snapshot = next(place for place, row in enumerate(rows) if row["action"] == "snapshot")

    found, tops = read(path, NAME), tops_of(path)

    assert found.ledger.stale == 0
    assert found.sure == [False] * snapshot + [True] * (len(rows) - snapshot)
    known = [place for place, row in enumerate(rows) if row["seq_id"] in tickers]
    known = [place for place in known if place > snapshot]
    assert len(known) > 100
    numbers = [rows[place]["seq_id"] for place in known]
    assert [tops[place] for place in known] == [tickers.get(number) for number in numbers]


@pytest.mark.parametrize("name", BINANCE)
def test_without_its_snapshot_all_of_a_book_is_unsure_and_said_to_be(
    tmp_path: Path, name: str
) -> None:
    rows = [row for row in binance(name)[0] if row["action"] == "update"]
    path = record(tmp_path, rows)

    found = replay(recorded(path, NAME), 60, TEN)

    assert read(path, NAME).sure == [False] * len(rows)
    told = f"{len(rows):,} of {len(rows):,} (100.0%) book rows are of a book from which updates"
    assert any(told in sentence for sentence in doubts(found.counts, {}))


def test_the_ten_best_levels_of_kraken_have_its_checksum_after_each_message(tmp_path: Path) -> None:
    for pair, (rows, tops) in kraken().items():
        path = record(tmp_path, rows)
        found = replay(recorded(path, NAME), 60, TEN)

        assert found.counts.refused == {}, pair
        assert list(found.collected.books(TEN)) == tops, pair
        path.unlink()


def test_the_best_levels_of_hyperliquid_are_right_in_every_row(tmp_path: Path) -> None:
    books, tops, trades = hyperliquid()
    path = record(tmp_path, books, trades)

    found = read(path, NAME)

    assert [
        top for top, opening in zip(tops_of(path), found.opening, strict=True) if not opening
    ] == tops
    assert all(
        mark for mark, opening in zip(found.snapshots, found.opening, strict=True) if not opening
    )
    assert (len(found.trades), len(trades)) == (64, 64)
