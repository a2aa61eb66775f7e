"""Reads the files when they have changed, and keeps the last good content of each."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Any, Literal, TypeAlias
from zlib import crc32

from pydantic import TypeAdapter, ValidationError

from orderflow_app.dashboard.reading.cells import Column, read_column
from orderflow_app.dashboard.reading.following import Following, Rows
from orderflow_app.dashboard.reading.open_cells import OpenColumn, all_grown
from orderflow_app.dashboard.reading.places import Look, Places
from orderflow_app.dashboard.reading.trades import Trades, read_trades
from orderflow_core.contract.files import (
    BARS,
    CELLS,
    DEPTH,
    OHLC,
    OLDER_CELLS,
    OLDER_TRADES,
    OPEN_CELLS,
    RUN,
    SERIES,
    SIGNALS,
    TRADES,
)
from orderflow_core.contract.report import Report
from orderflow_core.contract.shapes import (
    BARS_FILE,
    DEPTH_FILE,
    OHLC_FILE,
    OPEN_CELLS_FILE,
    RUN_FILE,
    SERIES_FILE,
    SIGNALS_FILE,
    Bar,
    BarsRows,
    Depth,
    SeriesRows,
    SignalRow,
)

State: TypeAlias = Literal["live", "stale", "ok", "failed", "interrupted", "unknown"]
Stamp: TypeAlias = tuple[int, int, int]
STALE_SECONDS = 10.0
SETTLE_SECONDS = 1.0  # a sink that is amid its files for longer has died there, or is another
MOST_KEPT = 32  # instruments whose content is kept; a megabyte each, or several

_FILES: Mapping[str, TypeAdapter[Any]] = {
    OHLC: OHLC_FILE,
    BARS: BARS_FILE,
    DEPTH: DEPTH_FILE,
    SERIES: SERIES_FILE,
    OPEN_CELLS: OPEN_CELLS_FILE,
    SIGNALS: SIGNALS_FILE,
    RUN: RUN_FILE,
}
_WHERE_THERE_ARE_SUCH = (BARS, OPEN_CELLS, SIGNALS)


@dataclass(frozen=True)
class View:
    """What is known of one instrument: the last good content, and what is wrong now.

    `prices` are the series of price bars besides `bars`. `since` is the first bar of the run that
    was seen: the rows of the file move on, it does not. `length` is that of all bars, in ms, where
    they are not those of the run.
    `days` are those of the instrument's sessions, the newest first, and `day` is the one that is
    viewed; there are none where a run is one stream.
    """

    instrument: str
    version: str
    day: str = ""
    days: Sequence[str] = ()
    bars: list[Bar] = field(default_factory=list)
    prices: Mapping[str, BarsRows] = field(default_factory=dict)
    depth: Depth = field(default_factory=Depth)
    series: Mapping[str, SeriesRows] = field(default_factory=dict)
    signals: list[SignalRow] = field(default_factory=list)
    run: Report | None = None
    state: State = "unknown"
    written: float | None = None
    since: Bar | None = None
    stamps: Mapping[str, Stamp | None] = field(default_factory=dict)
    faults: Mapping[str, str] = field(default_factory=dict)
    length: int | None = None
    cells: Rows[Column] = field(default_factory=Rows)
    open: Mapping[str, OpenColumn] = field(default_factory=dict)
    trades: Rows[Trades] = field(default_factory=Rows)


@dataclass
class _Kept:
    """One file: when it was looked at last, its last good content, and its fault."""

    stamp: Stamp | None = None
    content: Any = None
    fault: str | None = None


@dataclass
class _Shown:
    """One instrument: its files, and the first bar of the run that was seen."""

    files: dict[str, _Kept] = field(default_factory=lambda: {name: _Kept() for name in _FILES})
    run: str | None = None
    since: Bar | None = None
    cells: Following[Column] = field(
        default_factory=lambda: Following(CELLS, OLDER_CELLS, read_column)
    )
    trades: Following[Trades] = field(
        default_factory=lambda: Following(TRADES, OLDER_TRADES, read_trades)
    )
    open: dict[str, OpenColumn] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)

    def keep_open(self) -> None:
        """Keep which rows of the columns that grow have changed."""
        content = self.files[OPEN_CELLS].content
        self.open = all_grown(self.open, content.cells if content else [])

    def keep_since(self) -> None:
        """Keep the first bar; another run begins anew."""
        report, bars = self.files[RUN].content, self.files[OHLC].content
        started = report.started_at if report else ""
        if started != self.run or self.since is None or not bars or bars[0][0] < self.since[0]:
            self.run = started
            self.since = next((bar for bar in bars or () if bar[1] is not None), None)


class Reader:
    """The instruments under a data folder; may be asked by several threads.

    A view is of one moment: a sink writes the report last, so while another file is newer than the
    report, the sink is amid its files, and what was read before stays.
    """

    def __init__(self, places: Places) -> None:
        self._places = places
        self._kept: dict[tuple[str, str], _Shown] = {}
        self._lock = Lock()
        self._stamps = Look(self._reports, time.monotonic)

    @property
    def data(self) -> Path:
        """The data folder, as it was given."""
        return self._places.data

    def instruments(self) -> list[str]:
        """Return the names of the instruments that have files."""
        return list(self._places.instruments())

    def newest(self) -> str | None:
        """Return the instrument whose report was written last, None where there is none."""
        stamps = self._stamps.found()
        return max(stamps, key=lambda name: stamps[name] or (0, 0, 0), default=None)

    def written_elsewhere(self, instrument: str) -> str | None:
        """Return another instrument whose report was written just now, None where there is none."""
        newest = self.newest()
        if newest is None or newest == instrument:
            return None
        written = _written(self._stamps.found()[newest])
        return None if written is None or _is_old(written) else newest

    def _reports(self) -> dict[str, Stamp | None]:
        found = self._places.instruments()
        return {name: _stamp(next(iter(days.values())) / RUN) for name, days in found.items()}

    def view(self, instrument: str, day: str | None = None) -> View:
        """Return what is known of an instrument; never raises for what a file holds.

        Of several days it is the one that is asked for, else the newest. Costs a look at the files'
        times and sizes; only what has changed is read.
        """
        found = self._places.instruments()
        days = found.get(instrument, {})
        chosen = day if day is not None and day in days else next(iter(days), "")
        folder = days.get(chosen)
        with self._lock:
            if folder is None and (instrument, chosen) not in self._kept:
                return View(instrument, _version(list(found), {}, "unknown"))
            shown = self._kept.pop((instrument, chosen), None) or _Shown()
            self._kept[instrument, chosen] = shown  # the last one now
            if len(self._kept) > MOST_KEPT:
                del self._kept[next(iter(self._kept))]
            self._look_at_all(folder, shown)
            return _view(instrument, list(found), shown, chosen, list(filter(None, days)))

    def _look_at_all(self, folder: Path | None, shown: _Shown) -> None:
        """Read what has changed; once more where that changed meanwhile."""
        for _ in range(3):
            stamps = _stamps(folder)
            if shown.run is not None and _amid(stamps):
                return
            for name, file in shown.files.items():
                self._look(folder, name, file, stamps[name])
            shown.keep_since()
            shown.keep_open()
            if folder is not None:
                self._follow(folder, shown)
            if stamps == _stamps(folder):
                return

    def _look(self, folder: Path | None, name: str, kept: _Kept, stamp: Stamp | None) -> None:
        if stamp is not None and stamp == kept.stamp:
            return
        kept.stamp = stamp
        try:
            kept.content, kept.fault = self._read(folder, name), None
        except (OSError, ValidationError) as error:
            if name in _WHERE_THERE_ARE_SUCH and isinstance(error, FileNotFoundError):
                kept.content, kept.fault = None, None
            else:
                kept.fault = _fault(name, error)

    def _follow(self, folder: Path, shown: _Shown) -> None:
        """Read what has come in the files that grow."""
        shown.faults.clear()
        followed: list[tuple[str, Following[Any]]] = [(CELLS, shown.cells), (TRADES, shown.trades)]
        for name, file in followed:
            try:
                file.look(partial(self._places.open, folder))
                error: OSError | ValueError | None = file.error
            except OSError as found:
                error = found
            if error is not None:
                shown.faults[name] = _fault(name, error)

    def _read(self, folder: Path | None, name: str) -> Any:
        if folder is None:
            raise FileNotFoundError
        with os.fdopen(self._places.open(folder, name), "rb") as file:
            return _FILES[name].validate_json(file.read())


def _stamps(folder: Path | None) -> dict[str, Stamp | None]:
    return {name: _stamp(folder / name) if folder else None for name in _FILES}


def _stamp(path: Path) -> Stamp | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _amid(stamps: Mapping[str, Stamp | None]) -> bool:
    """Return whether a sink has written some of its files, and the report not yet."""
    report = stamps[RUN]
    newest = max(stamp[0] for stamp in stamps.values() if stamp) if report else 0
    return report is not None and report[0] < newest and not _is_old(newest / 1e9, SETTLE_SECONDS)


def _version(instruments: list[str], stamps: Mapping[str, Stamp | None], state: State) -> str:
    """Return a token that changes when a picture would."""
    return _token([instruments, sorted(stamps.items()), state])


def _token(content: list[Any]) -> str:
    return f"{crc32(repr(content).encode()):08x}"


def _written(stamp: Stamp | None) -> float | None:
    return stamp[0] / 1e9 if stamp else None


def _is_old(written: float | None, seconds: float = STALE_SECONDS) -> bool:
    return written is not None and time.time() - written > seconds


def _view(
    instrument: str, instruments: list[str], shown: _Shown, day: str, days: list[str]
) -> View:
    kept = shown.files
    run: Report | None = kept[RUN].content
    series, prices = kept[SERIES].content, kept[BARS].content
    signals = kept[SIGNALS].content
    written = _written(kept[RUN].stamp)
    stamps = {name: file.stamp for name, file in kept.items()}
    state = _state(run, written)
    return View(
        instrument,
        _version([*instruments, "", day, *days], stamps, state),
        day=day,
        days=days,
        bars=kept[OHLC].content or [],
        prices=prices.series if prices else {},
        depth=kept[DEPTH].content or Depth(),
        series=series.series if series else {},
        signals=signals.signals if signals else [],
        run=run,
        state=state,
        written=written,
        since=shown.since,
        stamps=stamps,
        faults={name: file.fault for name, file in kept.items() if file.fault} | shown.faults,
        cells=shown.cells.rows,
        open=shown.open,
        trades=shown.trades.rows,
    )


def _state(run: Report | None, written: float | None) -> State:
    if run is None:
        return "unknown"
    if run.status != "running":
        return run.status
    return "stale" if written is None or _is_old(written) else "live"


def _fault(name: str, error: OSError | ValueError) -> str:
    if isinstance(error, FileNotFoundError):
        return f"{name} is missing"
    if isinstance(error, OSError):
        return f"{name} cannot be read: {error.strerror or error}"
    if not isinstance(error, ValidationError):
        return f"{name} is not what is expected: {error}"
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    told = first["msg"].removeprefix("Value error, ")
    return f"{name} is not what is expected{f' at {where}' if where else ''}: {told}"
