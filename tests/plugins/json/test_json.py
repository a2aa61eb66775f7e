"""The JSON files: their shapes, when they are written, and when they are left alone."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from math import inf, nan
from pathlib import Path
from typing import Any

import pytest
from orderflow_json import JsonSink
from orderflow_json.atomic import write_json

from orderflow_core import (
    Bars,
    Metric,
    MetricBars,
    OutputError,
    Plugin,
    Report,
    Run,
    Series,
    SettingsError,
    TradeBatches,
    hookimpl,
)
from orderflow_core.testing import (
    Row,
    Tick,
    assert_same_results,
    book,
    metric_bars,
    price_bars,
    run_plugin,
    run_plugins,
    sample_market,
    trade,
    update,
)

Derived = Sequence[Bars | MetricBars]
DATA_FILES = [
    "bars_data.json",
    "depth_data.json",
    "metrics_data.json",
    "ohlc_data.json",
    "open_cells_data.json",
    "series_data.json",
    "signals_data.json",
]
ALL_FILES = sorted([*DATA_FILES, "cells_data.jsonl", "run.json"])
EMPTY = {
    "bars_data.json": {"series": {}},
    "ohlc_data.json": [],
    "depth_data.json": {"bids": [], "asks": []},
    "metrics_data.json": [],
    "series_data.json": {"series": {}},
    "signals_data.json": {"signals": []},
    "open_cells_data.json": {"cells": []},
}
ONE_ROW = [update(0)]
BLOCKS = [update(0), update(1000), update(2000), update(3000)]


def sink(directory: Path, clock: Callable[[], float] = lambda: 0.0, **settings: Any) -> JsonSink:
    plugin = JsonSink(name="json", directory=directory, **settings)
    plugin.clock = clock
    return plugin


def write(
    directory: Path,
    market: Sequence[Row | Tick] | None = None,
    derived: Derived = (),
    **settings: Any,
) -> None:
    """Run the sink to its end, over the rows at which `derived` are known or over a market."""
    if market is None:
        market = [update(time) for time in sorted({0, *_known(derived)})]
    run_plugin(sink(directory, **settings), market, derived=derived)


def _known(derived: Derived) -> Iterator[int]:
    for event in derived:
        yield from event.known_at.tolist()


def read(path: Path) -> Any:
    """Read strict JSON: NaN and Infinity are errors."""

    def refuse(token: str) -> None:
        raise ValueError(f"{token} in {path.name}")

    return json.loads(path.read_text(encoding="utf-8"), parse_constant=refuse)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


class Watch(Plugin):
    """Reads the files after each of the sink's ticks; None for one that is not there."""

    def __init__(self, folder: Path) -> None:
        super().__init__(name="watch")
        self._folder = folder
        self.seen: list[dict[str, Any]] = []

    @hookimpl
    def on_tick(self, report: Report) -> None:
        self.seen.append({path.name: read(path) for path in self._folder.glob("*.json")})

    def of(self, name: str) -> list[Any]:
        return [files.get(name) for files in self.seen]


class Growing(Plugin):
    """Publishes one bar that grows with each block."""

    publishes = (Bars,)

    def __init__(self) -> None:
        super().__init__(name="ohlc")
        self._close = count(100)

    @hookimpl
    def on_trade_batches(self, batches: TradeBatches) -> None:
        close = next(self._close)
        bar = (0, 100, close, 100, close, 1)
        known_at = [batches.last_time]
        self.publish(price_bars("ohlc", [bar], closed=False, known_at=known_at))


class Refuses(Plugin):
    """Another table whose settings are wrong."""

    @hookimpl
    def on_start(self, run: Run) -> None:
        raise SettingsError("not like this")


class Total(Metric):
    """A metric with two series, described in full."""

    title = "Total size"
    pane = "flow"
    style = "line"
    unit = "BTC"
    color = "#4f9dff"
    series = {"half": Series(title="Half of it", style="bars")}  # noqa: RUF012

    @hookimpl
    def on_trade_batches(self, batches: TradeBatches) -> None:
        self.sample(batches.trade_timestamp, batches.size)
        self.sample(batches.trade_timestamp, batches.size / 2, series="half")


# Shapes


def test_the_folder_holds_the_eight_files(tmp_path: Path) -> None:
    write(tmp_path)

    assert names(tmp_path) == ALL_FILES


def test_without_data_the_files_are_empty_in_shape(tmp_path: Path) -> None:
    write(tmp_path)

    assert {name: read(tmp_path / name) for name in DATA_FILES} == EMPTY


def test_price_bars_are_rows_of_six(tmp_path: Path) -> None:
    rows = [(0, 100.0, 103.5, 98.0, 101.0, 7.5), (60_000, 101.0, 101.0, 101.0, 101.0, 0.1)]

    write(tmp_path, derived=[price_bars("ohlc", rows)])

    assert read(tmp_path / "ohlc_data.json") == [list(row) for row in rows]


def test_timestamps_are_whole_numbers(tmp_path: Path) -> None:
    derived: Derived = [
        price_bars("ohlc", [(1_748_736_000_000, 1, 1, 1, 1, 1)]),
        metric_bars("obi", [(1_748_736_000_000, 1, 1, 1, 1)]),
        metric_bars("tot", [(1_748_736_000_000, 1, 1, 1, 1)]),
    ]

    write(tmp_path, derived=derived)

    for name in ("ohlc_data.json", "metrics_data.json", "series_data.json"):
        assert "[1748736000000,1.0" in (tmp_path / name).read_text()


def test_numbers_keep_their_full_precision(tmp_path: Path) -> None:
    write(tmp_path, derived=[price_bars("ohlc", [(0, 0.1 + 0.2, 1 / 3, 1e-8, 61804.8, 5e-324)])])

    assert read(tmp_path / "ohlc_data.json") == [[0, 0.1 + 0.2, 1 / 3, 1e-8, 61804.8, 5e-324]]


def test_depth_is_the_last_book_best_first_without_padding(tmp_path: Path) -> None:
    market = [
        book(0, bids="100 x 5, 99 x 7, 98 x 1", asks="101 x 3"),
        book(1, bids="100 x 4, 99 x 7", asks="101 x 3, 102 x 4, 103 x 8"),
    ]

    write(tmp_path, market)

    assert read(tmp_path / "depth_data.json") == {
        "bids": [[100, 4], [99, 7]],
        "asks": [[101, 3], [102, 4], [103, 8]],
    }


def test_an_empty_side_is_an_empty_list(tmp_path: Path) -> None:
    write(tmp_path, [book(0, bids="100 x 5", asks="101 x 1"), book(1, asks="101 x 3")])

    assert read(tmp_path / "depth_data.json") == {"bids": [], "asks": [[101, 3]]}


def test_metrics_are_the_imbalance_and_the_total_side_by_side(tmp_path: Path) -> None:
    derived: Derived = [
        metric_bars("obi", [(0, 0.1, 0.4, 0.0, 0.3), (1000, 0.3, 0.3, 0.3, 0.3)]),
        metric_bars("tot", [(0, 30, 40, 20, 35), (1000, 35, 36, 34, 35)]),
    ]

    write(tmp_path, derived=derived)

    assert read(tmp_path / "metrics_data.json") == [
        [0, 0.1, 0.4, 0.0, 0.3, 30, 40, 20, 35],
        [1000, 0.3, 0.3, 0.3, 0.3, 35, 36, 34, 35],
    ]


def test_the_table_that_metrics_names_is_the_one_in_the_file(tmp_path: Path) -> None:
    derived: Derived = [
        metric_bars("obi", [(0, 1, 1, 1, 1)]),
        metric_bars("tot", [(0, 2, 2, 2, 2)]),
        metric_bars("touch", [(0, 3, 3, 3, 3)]),
        metric_bars("touch.tot", [(0, 4, 4, 4, 4)]),
    ]

    write(tmp_path, derived=derived, metrics="touch")

    assert read(tmp_path / "metrics_data.json") == [[0, 3, 3, 3, 3, 4, 4, 4, 4]]


def test_the_series_that_bars_names_is_the_one_in_the_file(tmp_path: Path) -> None:
    derived: Derived = [
        price_bars("ohlc", [(0, 1, 1, 1, 1, 1)]),
        price_bars("slow", [(0, 2, 2, 2, 2, 2)]),
    ]

    write(tmp_path, derived=derived, bars="slow")

    assert read(tmp_path / "ohlc_data.json") == [[0, 2, 2, 2, 2, 2]]


def test_every_metric_series_is_described_with_its_rows(tmp_path: Path) -> None:
    plugins = [Total(name="total", window_seconds=1), sink(tmp_path)]

    run_plugins(plugins, [trade(0, "100 buy 4"), trade(500, "100 buy 2")])

    assert read(tmp_path / "series_data.json") == {
        "series": {
            "total": {
                "title": "Total size",
                "pane": "flow",
                "style": "line",
                "unit": "BTC",
                "color": "#4f9dff",
                "rows": [[0, 4, 4, 2, 2]],
            },
            "total.half": {
                "title": "Half of it",
                "pane": "total.half",
                "style": "bars",
                "unit": "",
                "color": None,
                "rows": [[0, 2, 2, 1, 1]],
            },
        }
    }


def test_price_bars_are_not_among_the_series(tmp_path: Path) -> None:
    write(tmp_path, derived=[price_bars("ohlc", [(0, 1, 1, 1, 1, 1)])])

    assert read(tmp_path / "series_data.json") == {"series": {}}


def test_the_report_has_the_keys_that_readers_rely_on(tmp_path: Path) -> None:
    write(tmp_path)

    report = read(tmp_path / "run.json")
    assert set(report) == {
        *("schema", "version", "status", "pid", "instrument", "simulated", "settings", "inputs"),
        *("plugins", "counts", "events", "gaps", "first_timestamp", "last_timestamp", "progress"),
        *("speed", "paused", "lag_seconds", "sessions"),
        *("started_at", "seconds", "digest", "warnings", "facts"),
        "fingerprint",
    }
    assert set(report["counts"]) == {
        *("windows", "trades", "crossed", "unsure", "samples_left_out"),
        *("carried_without_snapshot", "stale", "late", "duplicates", "refused"),
    }


def test_what_a_report_does_not_know_is_null(tmp_path: Path) -> None:
    write(tmp_path)

    assert '"quote":null' in (tmp_path / "run.json").read_text()


def test_a_number_that_no_json_reader_holds_is_a_text(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", {"settings": [2**64, 2**64 - 1, -(2**63)]})

    assert read(tmp_path / "a.json") == {"settings": [str(2**64), 2**64 - 1, -(2**63)]}


def test_what_is_not_finite_is_null(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", {"rows": [[0, nan, 1.5], (inf, -inf)], "other": "NaN"})

    assert read(tmp_path / "a.json") == {"rows": [[0, None, 1.5], [None, None]], "other": "NaN"}


# The last 1,000 bars


def test_only_the_last_thousand_bars_are_kept(tmp_path: Path) -> None:
    times = range(0, 1005 * 1000, 1000)
    derived: Derived = [
        price_bars("ohlc", [(time, 1, 1, 1, 1, 1) for time in times]),
        metric_bars("obi", [(time, 1, 1, 1, 1) for time in times]),
        metric_bars("tot", [(time, 1, 1, 1, 1) for time in times]),
    ]

    write(tmp_path, derived=derived)

    kept = list(times[-1000:])
    series = read(tmp_path / "series_data.json")["series"]
    assert [row[0] for row in read(tmp_path / "ohlc_data.json")] == kept
    assert [row[0] for row in read(tmp_path / "metrics_data.json")] == kept
    assert [row[0] for row in series["obi"]["rows"]] == kept


def test_the_oldest_bar_goes_when_the_next_comes(tmp_path: Path) -> None:
    derived: Derived = [
        price_bars("ohlc", [(time, 1, 1, 1, 1, 1) for time in range(1000)]),
        price_bars("ohlc", [(1000, 2, 2, 2, 2, 2)]),
    ]

    write(tmp_path, derived=derived)

    rows = read(tmp_path / "ohlc_data.json")
    assert (len(rows), rows[0][0], rows[-1][0]) == (1000, 1, 1000)


def test_the_open_bar_is_replaced_while_it_grows(tmp_path: Path) -> None:
    derived: Derived = [
        price_bars("ohlc", [(0, 1, 1, 1, 1, 1)]),
        price_bars("ohlc", [(1000, 2, 2, 2, 2, 2)], closed=False),
        price_bars("ohlc", [(1000, 2, 3, 2, 3, 4)], closed=False),
    ]

    write(tmp_path, derived=derived)

    assert read(tmp_path / "ohlc_data.json") == [[0, 1, 1, 1, 1, 1], [1000, 2, 3, 2, 3, 4]]


def test_the_open_bar_is_replaced_by_the_closed_one_and_followed_by_the_next(
    tmp_path: Path,
) -> None:
    derived: Derived = [
        metric_bars("obi", [(0, 1, 1, 1, 1)], closed=False),
        metric_bars("obi", [(0, 1, 2, 1, 2), (1000, 3, 3, 3, 3)]),
    ]

    write(tmp_path, derived=derived)

    rows = read(tmp_path / "series_data.json")["series"]["obi"]["rows"]
    assert rows == [[0, 1, 2, 1, 2], [1000, 3, 3, 3, 3]]


# When files are written


def test_the_files_are_reset_when_the_first_block_arrives(tmp_path: Path) -> None:
    for name in DATA_FILES:
        (tmp_path / name).write_text('"of another run"')
    watch = Watch(tmp_path)

    run_plugins([sink(tmp_path), watch], ONE_ROW)

    assert [watch.of(name)[0] for name in EMPTY] == list(EMPTY.values())


def test_without_a_block_nothing_is_written(tmp_path: Path) -> None:
    write(tmp_path / "out", [])

    assert names(tmp_path) == []


def test_a_run_that_does_not_start_leaves_the_files_alone(tmp_path: Path) -> None:
    for name in ALL_FILES:
        (tmp_path / name).write_text('"of another run"')

    with pytest.raises(SettingsError, match="not like this"):
        run_plugins([sink(tmp_path), Refuses()], ONE_ROW)

    assert {name: read(tmp_path / name) for name in names(tmp_path)} == dict.fromkeys(
        ALL_FILES, "of another run"
    )


def test_between_two_writes_passes_the_time_that_the_settings_say(tmp_path: Path) -> None:
    times = iter([7.0, 7.1, 7.25, 7.4, 7.5])
    plugin = sink(tmp_path, lambda: next(times), flush_ms=250)
    watch = Watch(tmp_path)

    run_plugins([Growing(), plugin, watch], [*BLOCKS, update(4000)], block_size=1)

    closes = [bars[-1][4] for bars in watch.of("ohlc_data.json")]
    assert closes == [100, 100, 102, 102, 104]


def test_the_first_tick_writes_whatever_the_clock(tmp_path: Path) -> None:
    """So that the report of the run before does not stand beside the files of this one."""
    report_of(tmp_path, status="ok", pid=1)
    watch = Watch(tmp_path)

    run_plugins([sink(tmp_path, flush_ms=3_600_000), watch], ONE_ROW)

    assert watch.of("run.json")[0]["status"] == "running"


def test_with_no_time_between_writes_each_tick_writes(tmp_path: Path) -> None:
    watch = Watch(tmp_path)

    run_plugins([Growing(), sink(tmp_path, flush_ms=0), watch], BLOCKS, block_size=1)

    assert [bars[-1][4] for bars in watch.of("ohlc_data.json")] == [100, 101, 102, 103]


def test_the_report_is_written_with_each_flush(tmp_path: Path) -> None:
    watch = Watch(tmp_path)

    run_plugins([sink(tmp_path, flush_ms=0), watch], ONE_ROW)

    assert watch.of("run.json")[0]["status"] == "running"


def test_the_end_is_always_written(tmp_path: Path) -> None:
    """The clock stands still, so that no tick is a reason to write."""
    run_plugins([Growing(), sink(tmp_path)], BLOCKS, block_size=1)

    assert read(tmp_path / "ohlc_data.json") == [[0, 100, 103, 100, 103, 1]]
    assert read(tmp_path / "run.json")["status"] == "ok"


def test_the_files_are_named_as_outputs_for_the_summary(tmp_path: Path) -> None:
    plugin = sink(tmp_path)

    run_plugin(plugin, ONE_ROW)

    assert sorted(path.name for path in plugin.outputs) == ALL_FILES


def test_a_run_that_wrote_nothing_has_no_outputs(tmp_path: Path) -> None:
    plugin = sink(tmp_path)

    run_plugin(plugin, [])

    assert plugin.outputs == []


# Whole files or none


def test_a_reader_that_has_a_file_open_keeps_the_old_one_whole(tmp_path: Path) -> None:
    write(tmp_path, derived=[price_bars("ohlc", [(0, 1, 1, 1, 1, 1)])])

    with (tmp_path / "ohlc_data.json").open() as reader:
        write(tmp_path)
        assert json.load(reader) == [[0, 1, 1, 1, 1, 1]]


def test_a_temporary_file_that_a_killed_run_left_is_removed(tmp_path: Path) -> None:
    (tmp_path / "ohlc_data.json.orderflow-tmp").write_text("[[0, 1")

    write(tmp_path)

    assert names(tmp_path) == ALL_FILES


def test_what_was_asked_of_the_run_before_is_removed(tmp_path: Path) -> None:
    (tmp_path / "control.json").write_text("{}")

    write(tmp_path)

    assert names(tmp_path) == ALL_FILES


def test_other_files_in_the_folder_stay(tmp_path: Path) -> None:
    (tmp_path / "notes.tmp").write_text("mine")

    write(tmp_path)

    assert (tmp_path / "notes.tmp").read_text() == "mine"


def test_a_file_that_cannot_be_replaced_is_an_error_and_leaves_no_temporary_one(
    tmp_path: Path,
) -> None:
    (tmp_path / "depth_data.json").mkdir()

    with pytest.raises(OutputError, match=r"depth_data\.json cannot be written"):
        write(tmp_path)

    assert not list(tmp_path.glob("*.orderflow-tmp"))


def test_a_folder_that_cannot_be_made_is_an_error_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")

    with pytest.raises(OutputError, match=r"out.TEST-USDT is not writable"):
        write(tmp_path / "out" / "{instrument}")


# Where


def test_the_directory_is_a_template_of_the_instrument(tmp_path: Path) -> None:
    write(tmp_path / "out" / "{instrument}" / "json")

    assert names(tmp_path / "out" / "TEST-USDT" / "json") == ALL_FILES


def run_of(*instruments: str) -> Run:
    """Return what a plugin learns at the start of a run over instruments."""
    return Run(instruments[0], instruments, settings={}, series={}, publishes={})


def test_one_folder_for_several_instruments_is_a_settings_error(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"one folder for 2 instruments: put \{instrument\}"):
        sink(tmp_path).on_start(run_of("BTC-USDT", "ETH-USDT"))


def test_a_folder_an_instrument_is_fine_for_several(tmp_path: Path) -> None:
    sink(tmp_path / "{instrument}").on_start(run_of("BTC-USDT", "ETH-USDT"))


def test_two_sinks_with_one_directory_are_one_settings_error_that_names_both(
    tmp_path: Path,
) -> None:
    first = JsonSink(name="json", directory=tmp_path)
    second = JsonSink(name="copy", directory=tmp_path)

    with pytest.raises(SettingsError) as caught:
        run_plugins([first, second], ONE_ROW)

    [problem] = caught.value.problems
    assert "[plugins.copy] and [plugins.json] write into one directory" in problem


def test_two_templates_that_stand_for_one_folder_are_an_error_too(tmp_path: Path) -> None:
    first = JsonSink(name="json", directory=tmp_path / "{instrument}")
    second = JsonSink(name="copy", directory=tmp_path / "TEST-USDT")

    with pytest.raises(SettingsError, match="write into one directory"):
        run_plugins([first, second], ONE_ROW)


@pytest.mark.parametrize("other", ["out/../out", "link", "link/../out/."])
def test_two_ways_to_one_folder_are_an_error_too(tmp_path: Path, other: str) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "link").symlink_to("out")
    first = JsonSink(name="json", directory=tmp_path / "out")
    second = JsonSink(name="copy", directory=tmp_path / other)

    with pytest.raises(SettingsError, match="write into one directory"):
        run_plugins([first, second], ONE_ROW)


def test_a_directory_that_no_system_takes_is_a_settings_error(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"directory = 'a\\x00b' is no path"):
        write(Path("a\0b"))


def test_two_sinks_with_two_directories_both_write(tmp_path: Path) -> None:
    plugins = [JsonSink(name=name, directory=tmp_path / name) for name in ("json", "copy")]

    run_plugins(plugins, ONE_ROW)

    assert names(tmp_path / "json") == names(tmp_path / "copy") == ALL_FILES


def test_a_table_without_a_total_is_no_table_for_the_metrics(tmp_path: Path) -> None:
    derived: Derived = [metric_bars("cvd", [])]

    with pytest.raises(SettingsError, match=r"metrics = 'cvd': no table .* 'cvd\.tot'"):
        write(tmp_path, derived=derived, metrics="cvd")


@pytest.mark.parametrize(
    ("key", "series", "told"),
    [
        ("bars", "slow", "no table publishes Bars of the series 'slow'; there are ohlc"),
        ("bars", "obi", "no table publishes Bars of the series 'obi'; there are ohlc"),
        ("metrics", "slow", "no table publishes MetricBars of the series 'slow'; there are obi"),
        ("metrics", "ohlc", "no table publishes MetricBars of the series 'ohlc'; there are obi"),
    ],
)
def test_a_series_that_nobody_publishes_is_a_settings_error(
    tmp_path: Path, key: str, series: str, told: str
) -> None:
    settings: dict[str, Any] = {key: series}
    publishes = {"ohlc": (Bars,), "obi": (MetricBars,)}
    run = Run("A", ["A"], settings={}, series={"ohlc": "ohlc", "obi": "obi"}, publishes=publishes)

    with pytest.raises(SettingsError, match=rf"\[plugins\.json\] {key} = '{series}': {told}$"):
        sink(tmp_path, **settings).on_start(run)


def test_the_default_series_may_be_missing(tmp_path: Path) -> None:
    write(tmp_path, derived=[metric_bars("cvd", [(0, 1, 1, 1, 1)])])

    assert read(tmp_path / "metrics_data.json") == []


def test_all_problems_of_the_settings_are_told_at_once(tmp_path: Path) -> None:
    plugin = sink(tmp_path, bars="slow", metrics="touch")

    with pytest.raises(SettingsError) as caught:
        plugin.on_start(run_of("BTC-USDT", "ETH-USDT"))

    assert len(caught.value.problems) == 3


# Another run in the folder: what its report tells


@pytest.fixture
def child() -> Iterator[subprocess.Popen[bytes]]:
    """A living process."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        yield process
        process.kill()


def report_of(folder: Path, **report: Any) -> None:
    (folder / "run.json").write_text(json.dumps(report))


def test_a_folder_of_a_living_run_is_refused(
    tmp_path: Path, child: subprocess.Popen[bytes]
) -> None:
    report_of(tmp_path, status="running", pid=child.pid)

    with pytest.raises(OutputError, match=rf"still going on \(process {child.pid}\)"):
        write(tmp_path)

    assert names(tmp_path) == ["run.json"]


def test_a_folder_of_a_killed_run_is_taken_over(
    tmp_path: Path, child: subprocess.Popen[bytes]
) -> None:
    child.kill()
    child.wait()
    report_of(tmp_path, status="running", pid=child.pid)

    write(tmp_path)

    assert names(tmp_path) == ALL_FILES


def test_a_folder_of_a_finished_run_is_taken_over_though_its_process_lives(
    tmp_path: Path, child: subprocess.Popen[bytes]
) -> None:
    report_of(tmp_path, status="ok", pid=child.pid)

    write(tmp_path)

    assert names(tmp_path) == ALL_FILES


def test_a_folder_of_another_users_living_run_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(pid: int, number: int) -> None:
        raise PermissionError

    report_of(tmp_path, status="running", pid=4242)
    monkeypatch.setattr(os, "kill", refuse)

    with pytest.raises(OutputError, match=r"still going on \(process 4242\)"):
        write(tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")
def test_a_pipe_in_the_place_of_the_report_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "run.json")

    write(tmp_path)

    assert read(tmp_path / "run.json")["status"] == "ok"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '{"status": "running"}',
        '{"status": "running", "pid": 0}',
        '{"status": "running", "pid": -1}',
        '{"status": "running", "pid": true}',
        '{"status": "running", "pid": 1e30}',
        '{"status": "running", "pid": 99999999999999999999}',
        "[" * 100_000,
    ],
    ids=["empty", "list", "no-pid", "zero", "negative", "true", "float", "huge", "deep"],
)
def test_a_report_that_names_no_process_is_no_reason_to_refuse(tmp_path: Path, text: str) -> None:
    (tmp_path / "run.json").write_text(text)

    write(tmp_path)

    assert read(tmp_path / "run.json")["status"] == "ok"


def test_the_files_do_not_depend_on_the_size_of_blocks(tmp_path: Path) -> None:
    def make(name: str) -> JsonSink:
        return JsonSink(name=name, directory=tmp_path)

    def written(plugin: Plugin, _: object) -> dict[str, Any]:
        return {name: read(tmp_path / name) for name in DATA_FILES}

    market = sample_market(100)
    begin = market[0].timestamp
    rows = [(begin, 1, 3, 1, 2, 10), (begin + 1000, 2, 2, 2, 2, 1)]
    closed = price_bars("ohlc", rows, known_at=[begin + 1000, begin + 2000])

    assert_same_results(make, market=market, derived=[closed], outcome=written)
