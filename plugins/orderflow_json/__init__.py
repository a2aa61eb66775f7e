"""The sink: JSON files that the dashboard, and anyone else, reads."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from math import inf
from pathlib import Path
from time import monotonic
from typing import Any

import numpy as np
from pydantic import Field

from orderflow_core import (
    Bars,
    Books,
    BookWindows,
    Cells,
    MetricBars,
    OutputError,
    Plugin,
    PluginSettings,
    Report,
    Run,
    Series,
    SettingsError,
    Signal,
    TradeBatches,
    files,
    hookimpl,
)
from orderflow_core.sinks import (
    beside_others,
    filled,
    hold,
    is_one_folder,
    living_owner,
    release,
    remove_temporary_files,
    still_held,
    taken,
)
from orderflow_json.atomic import mark_failed, write_json
from orderflow_json.cells import cells_file, column_of, line_of
from orderflow_json.rolling import Rolling
from orderflow_json.trades import TradesFile


class JsonSink(Plugin):
    """Writes bars, depth, metrics, series, signals, cells and the report, a folder an instrument.

    Every write replaces a whole file, but those of cells and trades, which grow. The folder is
    held from the first tick or block to the end, so that no other run writes into it. The files
    are reset when the first block arrives, written at the first tick after it, then at most every
    `flush_ms`, and always at the run's end. The disk is waited for at the end alone: a loss of
    power before it may cost a file, which another run gives again, where waiting four times a
    second would cost each run.
    """

    class Settings(PluginSettings):
        """Where to write, how often, and which series go into the files of fixed shape."""

        directory: Path = Field(
            Path("out/{instrument}"), description="{instrument} stands for its name"
        )
        flush_ms: int = Field(250, ge=0, le=86_400_000, description="least time between two writes")
        bars: str = Field("ohlc", description="the series of ohlc_data.json")
        metrics: str = Field("obi", description="the table of metrics_data.json")
        trades: bool = Field(False, description="keep the last trades, in trades_data.jsonl")

    settings: Settings
    required = True
    clock: Callable[[], float] = staticmethod(monotonic)

    def __init__(self, settings: PluginSettings | None = None, /, **values: Any) -> None:
        super().__init__(settings, **values)
        self._folder = Path()
        self._waiting: Sequence[Path] = ()
        self._held = False
        self._open = False
        self._flushed = -inf
        self._changed: set[str] = set()
        self._bars = Rolling()
        self._other_bars: dict[Series, Rolling] = {}
        self._depth: dict[str, list[list[float]]] = {"bids": [], "asks": []}
        self._series: dict[Series, Rolling] = {}
        self._signals: deque[dict[str, Any]] = deque(maxlen=files.ROWS)
        self._cells = cells_file(self._folder)
        self._trades = TradesFile(self._folder)
        self._open_cells: dict[str, dict[str, Any]] = {}

    @hookimpl
    def on_start(self, run: Run) -> None:
        """Check the settings, and that no other run writes into the folder."""
        template = str(self.settings.directory)
        problems = self._problems(run, template)
        if problems:
            raise SettingsError(*problems)
        self._folder = filled(template, run.instrument)
        self._cells = cells_file(self._folder)
        self._trades = TradesFile(self._folder)
        own = list(run.instruments).index(run.instrument)
        self._waiting = [filled(template, name) for name in run.instruments[own + 1 :]]
        pid = living_owner(self._folder / files.RUN)
        if pid is not None:
            raise OutputError(
                f"{taken(self._folder, pid)}; if {pid} is no orderflow run, delete {files.RUN} "
                "there"
            )

    @hookimpl
    def on_book_windows(self, windows: BookWindows) -> None:
        """Reset the files when the first block arrives."""
        if not self._open:
            self._hold()
            try:
                self._reset()
            except OutputError:
                release(self._folder)
                raise

    @hookimpl
    def on_books(self, books: Books) -> None:
        """Keep the last row as the depth."""
        self._depth = {
            "bids": _levels(books.bid_price[-1], books.bid_size[-1]),
            "asks": _levels(books.ask_price[-1], books.ask_size[-1]),
        }
        self._changed.add(files.DEPTH)

    @hookimpl
    def on_trade_batches(self, batches: TradeBatches) -> None:
        """Keep the trades, where they are asked for."""
        if self.settings.trades:
            self._trades.add(batches)

    @hookimpl
    def on_bars(self, bars: Bars) -> None:
        """Keep the bars of the chosen series, and those of every other."""
        if bars.series.key == self.settings.bars:
            self._bars.add(bars)
            self._changed.add(files.OHLC)
        else:
            self._other_bars.setdefault(bars.series, Rolling()).add(bars)
            self._changed.add(files.BARS)

    @hookimpl
    def on_metric_bars(self, bars: MetricBars) -> None:
        """Keep the bars of every metric series."""
        self._series.setdefault(bars.series, Rolling()).add(bars)
        self._changed |= {files.SERIES, files.METRICS}

    @hookimpl
    def on_signal(self, signal: Signal) -> None:
        """Keep the signal."""
        self._signals.append(
            {
                "series": signal.series.key,
                "timestamp": signal.timestamp,
                "known_at": signal.known_at,
                "price": signal.price,
                "value": signal.value,
                "side": signal.side,
                "text": signal.text,
                "table": signal.table,
                "title": signal.series.title,
                "pane": signal.series.pane,
            }
        )
        self._changed.add(files.SIGNALS)

    @hookimpl
    def on_cells(self, cells: Cells) -> None:
        """Keep a column: one that is complete as a line, one that still grows until it is."""
        if cells.closed:
            self._cells.add(line_of(cells))
            self._open_cells.pop(cells.series.key, None)
        else:
            self._open_cells[cells.series.key] = column_of(cells)
        self._changed.add(files.OPEN_CELLS)

    @hookimpl
    def on_tick(self, report: Report) -> None:
        """Write what has changed, if the last write is long enough ago."""
        self._hold()
        now = self.clock()
        if self._open and (now - self._flushed) * 1000 >= self.settings.flush_ms:
            self._flush(report)
            self._flushed = now

    @hookimpl
    def on_finish(self, report: Report) -> None:
        """Write all files once more, now to stay, and with the final report."""
        if self._open:
            self._changed |= self._contents.keys()
            self._flush(report, durable=True)
        release(self._folder)

    def _problems(self, run: Run, template: str) -> list[str]:
        own = f"[plugins.{self.name}]"
        if "\0" in template:
            return [f"{own} directory = {template!r} is no path"]
        problems = []
        if len(run.instruments) > 1 and "{instrument}" not in template:
            problems.append(
                f"{own} directory = {template!r} is one folder for {len(run.instruments)} "
                "instruments: put {instrument} into it"
            )
        for name, other in run.settings.items():
            if name == self.name:
                break
            directory = getattr(other, "directory", None)
            if directory is not None and is_one_folder(directory, template, run.instrument):
                problems.append(f"{own} and [plugins.{name}] write into one directory, {template}")
        if run.legs:  # what is across instruments has none of their series
            return problems
        return problems + self._unknown_series(run)

    def _unknown_series(self, run: Run) -> list[str]:
        bars, table = self.settings.bars, self.settings.metrics
        needed = {"bars": (Bars, [bars]), "metrics": (MetricBars, [table, total_key(table)])}
        problems = []
        for key in [key for key in needed if key in self.settings.model_fields_set]:
            kind, wanted = needed[key]
            known = [name for name, owner in run.series.items() if kind in run.publishes[owner]]
            missing = [series for series in wanted if series not in known]
            if missing:
                problems.append(
                    f"[plugins.{self.name}] {key} = {wanted[0]!r}: no table publishes "
                    f"{kind.__name__} of the series {missing[0]!r}; "
                    f"there are {', '.join(sorted(known)) or 'none'}"
                )
        return problems

    def _hold(self) -> None:
        """Hold the folder, and those of the instruments whose turn in this process is to come."""
        if self._held:
            return
        hold(self._folder, self._folder / files.RUN)
        for folder in () if beside_others() else self._waiting:
            with suppress(OutputError):  # which is told when its turn has come
                hold(folder, folder / files.RUN)
        self._held = True

    def _reset(self) -> None:
        try:
            remove_temporary_files(self._folder)
        except OSError as error:
            raise OutputError(f"{self._folder} is not writable: {error.strerror}") from error
        with suppress(OSError):  # it was for the run before, which this one tells of where it stays
            (self._folder / files.CONTROL).unlink()
        empty = {
            files.OHLC: [],
            files.BARS: {"series": {}},
            files.DEPTH: self._depth,
            files.METRICS: [],
            files.SERIES: {"series": {}},
            files.SIGNALS: {"signals": []},
            files.OPEN_CELLS: {"cells": []},
        }
        for name, content in empty.items():
            write_json(self._folder / name, content)
        self._cells.reset()
        grown = [files.CELLS]
        if self.settings.trades:
            self._trades.reset()
            grown.append(files.TRADES)
        else:
            self._trades.remove()
        self._open = True
        self.outputs = [self._folder / name for name in (*empty, *grown, files.RUN)]

    def _flush(self, report: Report, *, durable: bool = False) -> None:
        try:
            self._write(report, durable=durable)
        except OutputError as error:
            self._leave(report, error)
            raise

    def _leave(self, report: Report, error: OutputError) -> None:
        """Let no report say that the run goes on, as well as the disk allows."""
        try:
            still_held(self._folder)
        except OutputError:  # the report there is of a later attempt
            release(self._folder)
            return
        ended = report.to_dict() | {"status": "failed"}
        for plugin in ended["plugins"]:
            if plugin["name"] == self.name:
                plugin.update(status="failed", error=f"{type(error).__name__}: {error}")
        try:
            write_json(self._folder / files.RUN, ended)
        except OutputError:
            mark_failed(self._folder / files.RUN)
        release(self._folder)

    @property
    def _contents(self) -> dict[str, Callable[[], Any]]:
        """What makes the content of each file that is replaced as a whole."""
        return {
            files.OHLC: lambda: list(self._bars.rows),
            files.BARS: lambda: _described(self._other_bars),
            files.DEPTH: lambda: self._depth,
            files.METRICS: self._metric_rows,
            files.SERIES: lambda: _described(self._series),
            files.SIGNALS: lambda: {"signals": list(self._signals)},
            files.OPEN_CELLS: lambda: {"cells": list(self._open_cells.values())},
        }

    def _write(self, report: Report, *, durable: bool) -> None:
        still_held(self._folder)
        contents = self._contents
        for name in sorted(self._changed):
            write_json(self._folder / name, contents[name](), durable=durable, last=False)
        self._changed.clear()
        self._cells.write(durable=durable)
        self._trades.write(durable=durable)
        write_json(self._folder / files.RUN, report, durable=durable)

    def _metric_rows(self) -> list[list[Any]]:
        """Return the imbalance and the total depth of the chosen table, bar by bar."""
        table = self.settings.metrics
        found = {
            series.key: dict(zip(rolling.begins, rolling.rows, strict=True))
            for series, rolling in self._series.items()
        }
        total = found.get(total_key(table), {})
        rows = found.get(table, {}).items()
        return [[*row, *total[begin][1:]] for begin, row in rows if begin in total]


def total_key(table: str) -> str:
    """Return the key under which the table's total depth is published."""
    return "tot" if table == "obi" else f"{table}.tot"


def _described(found: Mapping[Series, Rolling]) -> dict[str, Any]:
    """Return series with how they are drawn and their rows, as a file has them."""
    return {
        "series": {
            series.key: {
                "title": series.title,
                "pane": series.pane,
                "style": series.style,
                "unit": series.unit,
                "color": series.color,
                "rows": list(rolling.rows),
            }
            for series, rolling in found.items()
        }
    }


def _levels(price: Any, size: Any) -> list[list[float]]:
    levels: list[list[float]] = np.column_stack([price, size])[size > 0].tolist()
    return levels
