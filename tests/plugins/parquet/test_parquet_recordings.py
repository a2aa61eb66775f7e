"""What a store has of the recordings, against the oracle."""

from pathlib import Path

import numpy as np
import pytest
from orderflow_parquet.store import ParquetStore

from orderflow_core.store import Store
from tests import oracle
from tests.command import orderflow
from tests.recordings import DATA, needs_recordings

SETTINGS = f"""
[run]
window_seconds = 0.25
[source]
path = "{DATA}"
[plugins.book]
[plugins.ohlc]
[plugins.obi]
[plugins.cvd]
[plugins.parquet]
"""
SMALL = ["BTC-USDT", "ZEN-USDT"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the store of a run over the small recordings."""
    folder = tmp_path_factory.mktemp("run")
    run(folder, *SMALL)
    return folder


def run(folder: Path, *instruments: str) -> None:
    """Run the sink over recordings, with bars of 250 ms."""
    (folder / "settings.toml").write_text(SETTINGS)
    chosen = [word for name in instruments for word in ("--instrument", name)]
    assert orderflow(folder, "run", "--quiet", *chosen).returncode == 0


def assert_equals_the_oracle(store: Store, instrument: str) -> None:
    """Compare each bar: times and prices to the bit, sums of sizes but for their last digits."""
    reading = oracle.read(sorted(DATA.glob(f"{instrument}-??-??-??.db")))
    expected = oracle.run(reading.rows, reading.trades, 0.25)
    assert rows(store, "bars", instrument, "ohlc") == expected.ohlc
    for series in ("obi", "tot", "cvd"):
        found, wanted = rows(store, "metrics", instrument, series), getattr(expected, series)
        assert [(bar[0], bar[-1]) for bar in found] == [(bar[0], bar[-1]) for bar in wanted]
        np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=1e-12)


def rows(store: Store, kind: str, instrument: str, series: str) -> list[tuple[float, ...]]:
    """Return what a series has as the oracle writes bars."""
    found = store.read(kind, instrument, series)
    volume = ["volume"] if kind == "bars" else []
    names = ["timestamp", "open", "high", "low", "close", *volume, "known_at"]
    return list(zip(*(found[name].tolist() for name in names), strict=True))


@needs_recordings
@pytest.mark.parametrize("instrument", SMALL)
def test_every_bar_that_is_read_back_is_the_oracles(folder: Path, instrument: str) -> None:
    assert_equals_the_oracle(ParquetStore(folder / "store"), instrument)


@needs_recordings
def test_the_last_bar_alone_is_cut_off(folder: Path) -> None:
    found = ParquetStore(folder / "store").read("metrics", "BTC-USDT", "obi")

    assert (found["end"] - found["timestamp"] == 250).all()
    assert found["complete"].tolist() == [True] * (len(found["complete"]) - 1) + [False]


@needs_recordings
def test_the_recording_was_gone_over_without_a_break(folder: Path) -> None:
    store = ParquetStore(folder / "store")

    share = store.coverage("metrics", "BTC-USDT", "obi")

    assert len(store.covered("BTC-USDT")) == 1
    assert store.unsure("BTC-USDT") == []
    assert (share[1:-1] == 1).all()
    assert 0 < share[0] <= 1


@needs_recordings
def test_a_second_run_leaves_the_same_bytes(folder: Path) -> None:
    paths = sorted((folder / "store").rglob("*.parquet"))
    before = [path.read_bytes() for path in paths]

    run(folder, *SMALL)

    assert len(paths) == 4
    assert [path.read_bytes() for path in paths] == before
