"""The sink `table`: what its database has, and what of it a second run leaves."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from orderflow_table import TableSink
from orderflow_table.store import TableStore

from orderflow_core import (
    Bars,
    BookWindow,
    Cells,
    Event,
    MetricBars,
    OutputError,
    Plugin,
    Report,
    Run,
    Series,
    SettingsError,
    Signal,
    hookimpl,
)
from orderflow_core.testing import (
    INSTRUMENT,
    Row,
    metric_bars,
    price_bars,
    run_plugin,
    run_plugins,
    update,
)

Derived = Sequence[Bars | MetricBars]
ROWS = [update(time, "1 x 1") for time in (0, 1000, 2000, 3000)]
BARS: Derived = [
    price_bars("ohlc", [(0, 1, 4, 0.5, 2, 5)], known_at=[1000]),
    metric_bars("obi", [(0, 1, 2, 0, 1)], known_at=[1000]),
    metric_bars("obi", [(1000, 1, 2, 0, 3)], known_at=[2000]),
]


def keep(
    folder: Path, market: Sequence[Row] = ROWS, derived: Derived = BARS, **settings: Any
) -> None:
    """Run the sink over a market, a row a block."""
    sink = TableSink(name="table", directory=folder, **settings)
    run_plugin(sink, market, derived=derived, block_size=1)


def closes(folder: Path) -> list[tuple[int, float]]:
    rows = TableStore(folder).read("metrics", INSTRUMENT)
    return list(zip(rows["timestamp"].tolist(), rows["close"].tolist(), strict=True))


def rows(folder: Path, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(folder / "results.db")) as database:
        return database.execute(sql).fetchall()


def test_bars_have_a_row_each(tmp_path: Path) -> None:
    keep(tmp_path)

    assert rows(tmp_path, "SELECT series, timestamp, close, volume, known_at FROM bars") == [
        ("ohlc", 0, 2.0, 5.0, 1000)
    ]
    assert closes(tmp_path) == [(0, 1.0), (1000, 3.0)]


def test_the_position_of_the_stream_is_there(tmp_path: Path) -> None:
    keep(tmp_path)

    assert rows(tmp_path, "SELECT instrument, position FROM stream") == [(INSTRUMENT, 3000)]
    assert TableStore(tmp_path).covered(INSTRUMENT) == [(0, 3001)]


class NeverFinishes(TableSink):
    """A sink of a process that is gone."""

    @hookimpl
    def on_finish(self, report: Report) -> None:
        """Write nothing, and let go of the file, as the system does."""
        assert self._database is not None
        self._database.close()


def test_a_run_that_is_started_again_leaves_each_row_once(tmp_path: Path) -> None:
    gone = NeverFinishes(name="table", directory=tmp_path, flush_ms=0)
    run_plugin(gone, ROWS[:2], derived=BARS[:2], block_size=1)
    assert closes(tmp_path) == [(0, 1.0)]

    keep(tmp_path)

    assert closes(tmp_path) == [(0, 1.0), (1000, 3.0)]


def test_a_bar_that_was_cut_off_is_replaced(tmp_path: Path) -> None:
    keep(tmp_path, ROWS[:2], [metric_bars("obi", [(0, 1, 2, 0, 9)], known_at=[1000])])
    keep(tmp_path)

    assert closes(tmp_path) == [(0, 1.0), (1000, 3.0)]


@dataclass(frozen=True, kw_only=True)
class Whiff(Event, hook="on_whiff"):
    size: int


class Twice(Plugin):
    """Publishes all kinds of events, signals twice at one time."""

    publishes = (Signal, Cells, Whiff)

    @hookimpl
    def on_book_window(self, window: BookWindow) -> None:
        at = window.timestamp
        profile = Series(style="profile")
        self.publish(Signal(text="one", price=2.5))
        self.publish(Signal(text="two"))
        self.publish(Whiff(size=at))
        self.publish(
            Cells(series=profile, timestamp=at, end=at, tick=1, low=2, values=np.ones((2, 2)))
        )


def test_rows_of_one_time_are_told_apart_by_their_sequence(tmp_path: Path) -> None:
    for _ in range(2):
        sink = TableSink(name="table", directory=tmp_path, flush_ms=0, cells=True)
        run_plugins([Twice(name="twice"), sink], ROWS[:2], block_size=1)

    store = TableStore(tmp_path)
    signals, cells, events = (
        store.read(kind, INSTRUMENT) for kind in ("signals", "cells", "events")
    )
    assert list(zip(signals["timestamp"], signals["sequence"], signals["text"], strict=True)) == [
        (0, 0, "one"),
        (0, 1, "two"),
        (1000, 0, "one"),
        (1000, 1, "two"),
    ]
    assert np.isnan(signals["value"]).all()
    assert signals["price"][0] == 2.5
    assert cells["values"].tolist() == [(1.0, 1.0, 1.0, 1.0)] * 2
    assert events["fields"].tolist() == ['{"size": 0}', '{"size": 1000}']


def test_others_read_while_the_run_goes_on(tmp_path: Path) -> None:
    seen: list[list[tuple[int, float]]] = []

    class Watch(Plugin):
        @hookimpl
        def on_tick(self) -> None:
            seen.append(closes(tmp_path))

    sink = TableSink(name="table", directory=tmp_path, flush_ms=0)
    run_plugins([sink, Watch(name="watch")], ROWS, derived=BARS, block_size=1)

    assert [len(each) for each in seen] == [0, 1, 2, 2]


def test_nothing_is_written_between_two_flushes(tmp_path: Path) -> None:
    sink = TableSink(name="table", directory=tmp_path, flush_ms=1000)
    times = iter([0.0, 0.5, 0.9, 1.0])
    sink.clock = lambda: next(times)
    seen: list[list[tuple[int, float]]] = []

    class Watch(Plugin):
        @hookimpl
        def on_tick(self) -> None:
            seen.append(closes(tmp_path))

    run_plugins([sink, Watch(name="watch")], ROWS, derived=BARS, block_size=1)

    assert [len(each) for each in seen] == [0, 0, 0, 2]


def test_unsure_stretches_are_kept_and_lower_the_coverage(tmp_path: Path) -> None:
    market = [ROWS[0], update(1000, "1 x 1", sure=False), *ROWS[2:]]

    keep(tmp_path, market)

    store = TableStore(tmp_path)
    assert store.unsure(INSTRUMENT) == [(1000, 2000)]
    assert store.coverage("metrics", INSTRUMENT, "obi").tolist() == [1.0, 0.0]


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("PRAGMA user_version = 2", "results.db is of schema 2; this orderflow writes 1"),
        (
            "UPDATE stream SET instrument = 'OTHER'",
            "results.db has the results of OTHER: choose another directory",
        ),
    ],
)
def test_a_database_that_is_not_for_this_run_is_left_alone(
    tmp_path: Path, sql: str, told: str
) -> None:
    keep(tmp_path)
    with closing(sqlite3.connect(tmp_path / "results.db")) as database, database:
        database.execute(sql)

    with pytest.raises(OutputError, match=told):
        keep(tmp_path)


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "results.db").write_bytes(b"no database" * 100)

    with pytest.raises(OutputError, match="cannot be written: file is not a database"):
        keep(tmp_path)


def test_a_database_without_tables_yet_has_no_results(tmp_path: Path) -> None:
    (tmp_path / "results.db").touch()

    assert TableStore(tmp_path).instruments() == []
    keep(tmp_path)
    assert TableStore(tmp_path).instruments() == [INSTRUMENT]


def test_a_full_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "orderflow_table.database._insert", lambda kind: f"SELECT no_room FROM {kind}"
    )

    with pytest.raises(OutputError, match=r"results\.db cannot be written"):
        keep(tmp_path)

    assert closes(tmp_path) == []


def run_of(folder: str, *instruments: str) -> Run:
    sink = TableSink(name="table", directory=Path(folder))
    return Run(INSTRUMENT, instruments, {"table": sink.settings}, {}, {})


def test_one_folder_for_several_instruments_is_refused() -> None:
    sink = TableSink(name="table", directory=Path("one"))

    with pytest.raises(SettingsError, match="is one folder for 2 instruments"):
        sink.on_start(run_of("one", "A", "B"))


def test_two_tables_with_one_directory_are_refused(tmp_path: Path) -> None:
    sinks = [TableSink(name=name, directory=tmp_path) for name in ("first", "second")]

    with pytest.raises(SettingsError, match="write into one directory"):
        run_plugins(sinks, ROWS)


def test_an_instrument_of_any_name_has_one_folder(tmp_path: Path) -> None:
    sink = TableSink(name="table", directory=tmp_path / "{instrument}")
    sink.on_start(Run("BTC/USDT", ["BTC/USDT"], {}))

    assert sink._folder == tmp_path / "BTC%2FUSDT"
