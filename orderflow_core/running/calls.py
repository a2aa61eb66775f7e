"""`run` and `stream`: a run as a call from Python.

There are no signal handlers, no log set-up and no screen, and no engine: the run is one whole, in
this process, which comes to the same results. All else is as for `orderflow run`.
"""

from __future__ import annotations

import gc
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from signal import SIGINT
from typing import Any

from pydantic import BaseModel, ConfigDict

from orderflow_core.contract.report import Report
from orderflow_core.errors import SettingsError
from orderflow_core.events import (
    Bar,
    Bars,
    Book,
    BookWindow,
    Event,
    MetricBar,
    MetricBars,
    Trade,
    TradeBatch,
)
from orderflow_core.plugin.base import Plugin
from orderflow_core.plugin.hookspecs import hookimpl
from orderflow_core.running.instrument import InstrumentRun
from orderflow_core.running.loop import Interrupt, prepare, steps
from orderflow_core.running.results import Kept, Result, Results
from orderflow_core.settings.by_hand import ByHand, with_plugins
from orderflow_core.settings.layers import Key
from orderflow_core.settings.reading import Settings, load

_HOOKS: Mapping[type[Any], str] = {
    BookWindow: "on_book_window",
    Book: "on_book",
    Trade: "on_trade",
    TradeBatch: "on_trade_batch",
    Bar: "on_bar",
    MetricBar: "on_metric_bar",
}
_ROWS: Mapping[type[Any], type[Any]] = {Bars: Bar, MetricBars: MetricBar}


class _Elsewhere(BaseModel):
    """A table of the command's, such as `[dashboard]`, which is nothing to a call."""

    model_config = ConfigDict(extra="allow")


def run(
    settings: str | Path | Mapping[str, Any],
    *,
    overrides: Mapping[str, Any] | None = None,
    plugins: Sequence[ByHand] = (),
) -> Results:
    """Run settings to the end and return what came of it, by instrument.

        results = run("settings.toml", overrides={"source.instruments": ["BTC-USDT"]})
        polars.DataFrame(results["BTC-USDT"].metric("obi"))

    Args:
        settings: a settings file, or what one would hold, with paths relative to the working
            directory. The environment counts as ever; `[engine]` is for the command alone, as
            results are the same by any.
        overrides: values by their dotted key, which win over all else.
        plugins: plugins to call after those of the settings. One that is given as an instance
            sees one run of one instrument; a class, or a `functools.partial` of one, is made for
            each.

    What ends a run is raised when all has been closed: SettingsError before anything is read,
    InputError, OutputError of a sink, what a plugin raised under `on_plugin_error = "stop"`. A
    plugin that failed and left the run is logged, and told in the report.

    """
    kept: dict[str, list[Kept]] = {}

    def account(instrument: str) -> Kept:
        found = Kept()
        kept.setdefault(instrument, []).append(found)
        return found

    with _rare_collection():
        loaded = _loaded(settings, overrides, plugins)
        pipelines = prepare(loaded, account)
        for _ in _driven(loaded, pipelines):
            pass
    return Results({each.instrument: Result(each, kept[each.instrument]) for each in pipelines})


def stream(
    settings: str | Path | Mapping[str, Any],
    *,
    overrides: Mapping[str, Any] | None = None,
    plugins: Sequence[ByHand] = (),
    events: Iterable[type[Any]] | None = None,
) -> Iterator[Any]:
    """Run settings as `run` does and yield events one by one, each instrument's in time order.

        for event in stream("settings.toml", events=(Trade, MetricBar)):
            ...

    `events` are row classes of the core, `BookWindow`, `Book`, `Trade`, `TradeBatch`, `Bar`,
    `MetricBar`, and event classes of one's own; left out, closed bars and all events of one's own
    that the plugins publish. The arrays of a book row or a batch are valid until the next event
    is asked for. Who stops asking ends the run: files are written, and their report says
    `interrupted`.
    """
    loaded = _loaded(settings, overrides, plugins)
    wanted = _published(loaded) if events is None else list(events)
    waiting: deque[Any] = deque()
    loaded = with_plugins(loaded, [lambda: _tap(wanted, waiting)])
    for _ in _driven(loaded, prepare(loaded)):
        while waiting:
            yield waiting.popleft()


def _loaded(
    settings: str | Path | Mapping[str, Any],
    overrides: Mapping[str, Any] | None,
    plugins: Sequence[ByHand],
) -> Settings:
    given = settings if isinstance(settings, Mapping) else Path(settings)
    values: dict[Key, Any] = {
        tuple(key.split(".")): value for key, value in (overrides or {}).items()
    }
    return with_plugins(load(given, values, {"dashboard": _Elsewhere}), plugins)


def _driven(settings: Settings, pipelines: Sequence[InstrumentRun]) -> Iterator[None]:
    """Yield after each step of the pipelines, and raise what ended one of them early."""
    with _all_finished(pipelines):
        yield from steps(pipelines, settings.stream.speed, _unwatched, Interrupt())
    for pipeline in pipelines:
        if pipeline.error is not None:
            raise pipeline.error


@contextmanager
def _rare_collection() -> Iterator[None]:
    """Look for cycles as seldom as the command does; a start that imports Numba makes many objects.

    It saves a fifth of a second, and the caller's thresholds come back.
    """
    before = gc.get_threshold()
    gc.set_threshold(200_000, 20, 20)
    try:
        yield
    finally:
        gc.set_threshold(*before)


@contextmanager
def _all_finished(pipelines: Sequence[InstrumentRun]) -> Iterator[None]:
    """Let no pipeline go on, and no sink hold its folder, when the run is left early."""
    try:
        yield
    except BaseException:
        for pipeline in pipelines:
            if pipeline.report.status == "running":
                pipeline.interrupt(SIGINT)
                pipeline.finish()
        raise


def _unwatched(report: Report) -> None:
    """Show nothing."""


def _published(settings: Settings) -> list[type[Any]]:
    """Return the rows of bars, and the event classes, that the plugins say they publish."""
    published = [each for table in settings.plugins for each in table.found.plugin_class.publishes]
    rows = [_ROWS.get(each, each) for each in published]
    return [each for each in dict.fromkeys(rows) if each in _HOOKS or issubclass(each, Event)]


def _tap(wanted: Iterable[type[Any]], waiting: deque[Any]) -> Plugin:
    """Return a plugin that puts each event that its hooks get into the queue."""

    def taking(hook: str) -> Any:
        return hookimpl(specname=hook)(lambda self, *given: waiting.extend(given))

    hooks = {hook: taking(hook) for hook in map(_hook, wanted)}
    kind = type("Stream", (Plugin,), {"__doc__": "Hands on what its hooks get.", **hooks})
    tap: Plugin = kind(name="stream")
    return tap


def _hook(event: type[Any]) -> str:
    if event in _HOOKS:
        return _HOOKS[event]
    if isinstance(event, type) and issubclass(event, Event) and event is not Event:
        return event.hook
    names = ", ".join(each.__name__ for each in _HOOKS)
    raise SettingsError(f"events: {event!r} is neither one of {names} nor an event class")
