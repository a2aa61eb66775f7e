"""What the sink `parquet` keeps: its files, and what stays of those of other runs."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from struct import pack
from typing import Any

import numpy as np
import pytest
from orderflow_parquet.file import read_file, read_footer
from orderflow_parquet.sink import ParquetSink
from orderflow_parquet.store import ParquetStore

from orderflow_core import (
    Bars,
    BookWindow,
    Cells,
    Event,
    MetricBars,
    Plugin,
    Series,
    Signal,
    hookimpl,
)
from orderflow_core.store import COLUMNS
from orderflow_core.testing import (
    INSTRUMENT,
    Row,
    Tick,
    metric_bars,
    price_bars,
    run_plugin,
    run_plugins,
    update,
)

DAY = 86_400_000
DAY_1, DAY_2 = 20_000 * DAY, 20_001 * DAY
MINUTE = 60_000
Derived = Sequence[Bars | MetricBars]


def keep(
    store: Path, market: Sequence[Row | Tick], derived: Derived = (), **settings: Any
) -> ParquetSink:
    """Run the sink over a market, a row a block."""
    sink = ParquetSink(name="parquet", directory=store, **settings)
    run_plugin(sink, market, derived=derived, block_size=1)
    return sink


def minutes(
    *bars: tuple[int, float], late: int = 0, closed: bool = True
) -> list[Bars | MetricBars]:
    """Return bars of a minute (start, close), each known at its end or some ms later."""
    rows = [(at, 1.0, 9.0, 0.0, close) for at, close in bars]
    return [
        metric_bars("obi", [row], known_at=[row[0] + MINUTE + late], closed=closed) for row in rows
    ]


def rows_at(*times: int) -> list[Row]:
    return [update(time, "1 x 1") for time in times]


def files(store: Path) -> list[str]:
    return sorted(path.relative_to(store).as_posix() for path in store.rglob("*") if path.is_file())


def closes(store: Path, **chosen: Any) -> list[tuple[int, float]]:
    rows = ParquetStore(store).read("metrics", INSTRUMENT, **chosen)
    return list(zip(rows["timestamp"].tolist(), rows["close"].tolist(), strict=True))


def file_of(store: Path, kind: str = "metrics", date: str = "2024-10-04") -> Path:
    return store / f"kind={kind}/instrument={INSTRUMENT}/date={date}/part-0.parquet"


WHOLE = rows_at(DAY_1, DAY_1 + MINUTE, DAY_1 + 2 * MINUTE)
TWO = minutes((DAY_1, 2.0), (DAY_1 + MINUTE, 3.0))


# What is in a file


def test_each_kind_and_day_has_a_file(tmp_path: Path) -> None:
    bars = [price_bars("ohlc", [(DAY_1, 1, 2, 1, 2, 5)], known_at=[DAY_2])]

    keep(tmp_path, rows_at(DAY_1, DAY_2, DAY_2 + MINUTE), [*bars, *minutes((DAY_2, 1.0))])

    assert files(tmp_path) == [
        f"kind=bars/instrument={INSTRUMENT}/date=2024-10-04/part-0.parquet",
        f"kind=metrics/instrument={INSTRUMENT}/date=2024-10-05/part-0.parquet",
    ]


def test_a_price_bar_has_the_columns_of_its_kind(tmp_path: Path) -> None:
    keep(
        tmp_path, WHOLE, [price_bars("ohlc", [(DAY_1, 1, 4, 0.5, 2, 5)], known_at=[DAY_1 + MINUTE])]
    )

    columns, _ = read_file(file_of(tmp_path, "bars"))

    assert list(columns) == list(COLUMNS["bars"])
    assert [column.tolist() for column in columns.values()] == [
        ["ohlc"], [DAY_1], [0], [DAY_1 + MINUTE], [1.0], [4.0], [0.5], [2.0], [5.0],
        [DAY_1 + MINUTE], [True], [""],
    ]  # fmt: skip


def test_open_bars_are_not_kept(tmp_path: Path) -> None:
    keep(tmp_path, WHOLE, [*TWO, *minutes((DAY_1 + 2 * MINUTE, 7.0), late=-MINUTE, closed=False)])

    assert closes(tmp_path) == [(DAY_1, 2.0), (DAY_1 + MINUTE, 3.0)]


def test_rows_are_sorted_by_series_time_and_sequence(tmp_path: Path) -> None:
    class Marks(Plugin):
        publishes = (Signal,)

        @hookimpl
        def on_book_window(self, window: BookWindow) -> None:
            for key, back in (("b", 0), ("a", 5), ("b", 0), ("a", 5), ("b", 7)):
                series = Series().named(f"marks.{key}")
                self.publish(Signal(series=series, timestamp=window.timestamp - back, text=key))

    run_plugins(
        [Marks(name="marks"), ParquetSink(name="parquet", directory=tmp_path)], rows_at(DAY_1 + 9)
    )
    columns, _ = read_file(file_of(tmp_path, "signals"))

    assert list(
        zip(columns["series"], columns["timestamp"] - DAY_1, columns["sequence"], strict=True)
    ) == [
        ("marks.a", 4, 0),
        ("marks.a", 4, 1),
        ("marks.b", 2, 0),
        ("marks.b", 9, 0),
        ("marks.b", 9, 1),
    ]


@dataclass(frozen=True, kw_only=True)
class Puff(Event, hook="on_puff"):
    size: float
    note: str | None = None


@dataclass(frozen=True, kw_only=True)
class Puffs(Event, hook="on_puffs"):
    sizes: tuple[float, ...]


class Everything(Plugin):
    """Publishes one event of each class at each row."""

    publishes = (Signal, Cells, Puff, Puffs)

    @hookimpl
    def on_book_window(self, window: BookWindow) -> None:
        at = window.timestamp
        values = np.array([[1.0], [2.5]])
        heat = Series(style="heat")
        self.publish(Signal(price=1.5, side=1, text="ä"))
        self.publish(Cells(series=heat, timestamp=at - 5, end=at, tick=0.5, low=9, values=values))
        self.publish(Puff(size=float("nan"), note="é"))
        self.publish(Puffs(sizes=(1.0, 2.0)))


def everything(store: Path, **settings: Any) -> None:
    sink = ParquetSink(name="parquet", directory=store, **settings)
    run_plugins([Everything(name="every"), sink], rows_at(DAY_1 + 9))


def test_signals_cells_and_own_events_are_kept(tmp_path: Path) -> None:
    everything(tmp_path, cells=True)

    store = ParquetStore(tmp_path)
    signals, cells, events = (
        store.read(kind, INSTRUMENT) for kind in ("signals", "cells", "events")
    )
    assert (signals["price"].tolist(), signals["text"].tolist()) == ([1.5], ["ä"])
    assert np.isnan(signals["value"]).tolist() == [True]
    assert (cells["values"].tolist(), cells["channels"].tolist()) == ([(1.0, 2.5)], [1])
    assert (cells["timestamp"] - DAY_1).tolist() == [4]
    assert events["event"].tolist() == ["Puff"]
    assert json.loads(events["fields"][0]) == {"size": None, "note": "é"}


def test_cells_are_left_out_unless_they_are_asked_for(tmp_path: Path) -> None:
    everything(tmp_path)

    assert ParquetStore(tmp_path).series("cells", INSTRUMENT) == []


def test_an_event_whose_field_has_several_values_is_told_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    everything(tmp_path)

    assert "[plugins.parquet] keeps no Puffs: its field sizes has several values" in caplog.text


def test_the_footer_says_what_the_file_is(tmp_path: Path) -> None:
    keep(tmp_path, rows_at(DAY_1 + 10, DAY_1 + MINUTE), TWO[:1])

    footer = read_footer(file_of(tmp_path))

    assert (footer.kind, footer.instrument, footer.complete) == ("metrics", INSTRUMENT, False)
    assert (footer.first, footer.last) == (DAY_1 + 10, DAY_1 + MINUTE)
    assert footer.covered == (DAY_1 + 10, DAY_1 + MINUTE + 1)
    assert footer.series["obi"]["rows"] == 1
    assert (
        footer.series["obi"]["sha256"]
        == sha256(
            pack("<3q4dq?", DAY_1, 0, DAY_1 + MINUTE, 1.0, 9.0, 0.0, 2.0, DAY_1 + MINUTE, True)
        ).hexdigest()
    )


def test_two_runs_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        everything(tmp_path / name, cells=True)

    assert files(tmp_path / "a") == files(tmp_path / "b")
    for name in files(tmp_path / "a"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


# When a file is written


def test_a_day_is_written_once_it_is_over(tmp_path: Path) -> None:
    seen: list[list[str]] = []

    class Watch(Plugin):
        @hookimpl
        def on_tick(self) -> None:
            seen.append(files(tmp_path))

    sink = ParquetSink(name="parquet", directory=tmp_path)
    market = rows_at(DAY_1, DAY_1 + MINUTE, DAY_2, DAY_2 + 1)
    run_plugins([sink, Watch(name="watch")], market, derived=TWO[:1], block_size=1)

    assert [len(each) for each in seen] == [0, 0, 1, 1]


def test_a_day_that_is_over_is_complete(tmp_path: Path) -> None:
    keep(tmp_path, rows_at(DAY_1, DAY_1 + MINUTE, DAY_2), TWO[:1])

    footer = read_footer(file_of(tmp_path))
    assert (footer.complete, footer.covered) == (True, (DAY_1, DAY_2))


def test_a_bar_that_closes_on_the_next_day_joins_its_own(tmp_path: Path) -> None:
    late = metric_bars("obi", [(DAY_2 - MINUTE, 1, 1, 1, 4)], known_at=[DAY_2 + 5])

    keep(tmp_path, rows_at(DAY_1, DAY_1 + MINUTE, DAY_2, DAY_2 + 5), [*TWO[:1], late])

    assert closes(tmp_path) == [(DAY_1, 2.0), (DAY_2 - MINUTE, 4.0)]
    assert files(tmp_path) == [file_of(Path()).as_posix()]


def test_a_day_with_a_bar_that_is_still_open_is_not_complete(tmp_path: Path) -> None:
    still = minutes((DAY_1 + MINUTE, 4.0), late=-MINUTE, closed=False)

    keep(tmp_path, rows_at(DAY_1, DAY_1 + MINUTE, DAY_2, DAY_2 + 5), [*TWO[:1], *still])

    assert not read_footer(file_of(tmp_path)).complete


def test_the_day_under_way_is_written_every_flush_seconds(tmp_path: Path) -> None:
    seen: list[list[tuple[int, float]]] = []

    class Watch(Plugin):
        @hookimpl
        def on_tick(self) -> None:
            seen.append(closes(tmp_path))

    times = iter([0.0, 5.0, 10.0])
    sink = ParquetSink(name="parquet", directory=tmp_path, flush_seconds=10)
    sink.clock = lambda: next(times)
    run_plugins([sink, Watch(name="watch")], WHOLE, derived=TWO, block_size=1)

    assert seen == [[], [], [(DAY_1, 2.0), (DAY_1 + MINUTE, 3.0)]]
