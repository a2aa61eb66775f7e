"""What a plugin is: `Plugin` for anything, `Source` for inputs; `Metric` stands in `metric.py`."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from orderflow_core.contract.api import own_version
from orderflow_core.contract.facts import InstrumentFacts
from orderflow_core.contract.series import TIME
from orderflow_core.errors import SettingsError
from orderflow_core.events import Bars, Block, Books, Ints, MetricBars, Publishable
from orderflow_core.plugin.ticks import Ticks
from orderflow_core.streaming.ledger import Ledger
from orderflow_core.times import DAY_MS, MONDAY_MS, day_of, midnight

OWN_INIT = (
    "it begins with def __init__(self, settings=None, /, **values): "
    "super().__init__(settings, **values)"
)
"""What is told of a plugin whose `__init__` leaves out its base class's."""

LONGEST_BAR = 1_000_000_000
_UNCHANGING = (str, int, float, date, Path, type(None))
"""What a copy of settings may share; the rest is copied too, which costs ten times as much."""

Model = TypeVar("Model", bound=BaseModel)
Number = TypeVar("Number", int, Ints)


class PluginSettings(BaseModel):
    """The base of every plugin's settings: unknown keys are refused.

    A `Path`, in a field or in what it holds, is read relative to the settings file. `undeciding`
    names the keys that change no number of a run, such as the size of what is read at once; those
    with a `Path` are taken to be such.
    """

    # deferred, as of classes that inherit from one another only the last one validates
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)
    undeciding: ClassVar[Sequence[str]] = ()


class BarSettings(PluginSettings):
    """Settings of a plugin that makes bars; the default is that of `[run]`."""

    window_seconds: float = Field(
        default=60,
        gt=0,
        le=LONGEST_BAR,
        description="length of a bar in seconds; default: that of [run]",
    )
    offset_seconds: float = Field(
        default=0,
        ge=-LONGEST_BAR,
        le=LONGEST_BAR,
        description="how much later bars begin; default: that of [run]",
    )

    @field_validator("window_seconds", "offset_seconds")
    @classmethod
    def _whole_milliseconds(cls, value: float) -> float:
        ms = value * 1000
        if not math.isfinite(ms) or not math.isclose(ms, round(ms), rel_tol=1e-12):
            raise ValueError("must be a whole number of milliseconds")
        return value

    @property
    def window_ms(self) -> int:
        """The length of a bar in ms."""
        return round(self.window_seconds * 1000)

    @property
    def origin_ms(self) -> int:
        """Where a bar begins, in ms: others begin a whole number of lengths from there.

        It is the epoch, of bars of whole weeks a Monday, and `offset_seconds` from there.
        """
        weeks = self.window_ms % (7 * DAY_MS) == 0
        return round(self.offset_seconds * 1000) + (MONDAY_MS if weeks else 0)

    def bars_at(self, times: Ints) -> Ints:
        """Return for each time in ms the number of its bar."""
        return (times - self.origin_ms) // self.window_ms

    def start_of(self, bar: Number) -> Number:
        """Return where the bar of a number begins, or those of several, in ms."""
        return bar * self.window_ms + self.origin_ms


def clock_of(settings: BaseModel) -> str:
    """Return what closes the bars of a table: `TIME` where its settings say nothing else."""
    return str(getattr(settings, "clock", TIME))


@dataclass(frozen=True)
class Run:
    """What a plugin learns at `on_start`: a copy of its own, whatever it does to it.

    `instruments` are all that the run treats, each with plugins of its own, and the names of those
    plugins that see several; `legs`, for these, the instruments whose rows they get, sorted.
    `settings` maps each plugin's table to its validated settings; `series` maps each series key to
    the table that publishes it, `publishes` each table to the event classes that it publishes;
    `book_table` names the table that publishes `Books` and `book_levels` how many levels they
    carry, both None without one. `facts` is what is known of the instrument. `source` are the
    settings of `[source]` and `run` those of `[run]`, both None in the test kit; `version` is that
    of orderflow. `fingerprint` is 8 hex digits of all that decides the numbers: runs of other ones
    give other results.
    """

    instrument: str
    instruments: Sequence[str]
    settings: Mapping[str, BaseModel]
    series: Mapping[str, str] = field(default_factory=dict)
    publishes: Mapping[str, Sequence[type[Any]]] = field(default_factory=dict)
    book_table: str | None = None
    book_levels: int | None = None
    facts: InstrumentFacts = field(default_factory=InstrumentFacts)
    source: SourceSettings | None = None
    run: BaseModel | None = None
    version: str = field(default_factory=own_version)
    fingerprint: str = ""
    legs: Sequence[str] = ()

    def copy(self) -> Run:
        """Return one whose settings share nothing with these that could be written into."""
        settings = {name: _copied(model) for name, model in self.settings.items()}
        source, run = self.source and _copied(self.source), self.run and _copied(self.run)
        return replace(self, settings=MappingProxyType(settings), source=source, run=run)

    def ticks(self, given: float | None) -> Ticks:
        """Return prices as whole numbers of a tick: the given one, else the instrument's."""
        return Ticks(given or self.facts.tick)

    def check_levels(self, table: str, levels: int | None) -> None:
        """Raise SettingsError where `Books` carry fewer levels than a table asks for."""
        if levels is not None and self.book_levels is not None and levels > self.book_levels:
            raise SettingsError(
                f"[plugins.{table}] levels = {levels}: [plugins.{self.book_table}] carries only "
                f"{self.book_levels}; lower the one or raise the other"
            )


def check_whole_book(table: str, books: Books) -> None:
    """Raise SettingsError where `Books` do not tell a table of the whole book."""
    if books.bid_before is None or books.ask_before is None:
        raise SettingsError(
            f"[plugins.{table}] needs the whole book, of which these Books tell nothing: "
            'let the plugin "book" publish them'
        )


def _copied(model: Model) -> Model:
    deep = not all(isinstance(value, _UNCHANGING) for value in vars(model).values())
    try:
        return model.model_copy(deep=deep)
    except Exception:  # a setting that cannot be copied, such as a lock, is shared
        return model


class Plugin:
    """A member of the bus: methods marked `@hookimpl`, settings, and what it publishes.

    Attributes:
        Settings: a pydantic model, the plugin's table in the settings file.
        publishes: the event classes that the plugin publishes.
        consumes: the series, or the tables, whose bars and events its hooks get. None: the events
            of all others, and the bars of all others if the plugin publishes no bars itself.
        order_counts: whether it needs how many orders stand at each level of the book, which
            recordings of some feeds tell; no one else pays for them.
        required: whether the run stops when the plugin fails, as it should for a sink.
        across: whether there is one plugin for the whole run, that gets the rows of all instruments
            in time order, in the hooks for rows alone. Its results have its table's name in the
            place of an instrument's.
        shares_directory: whether several days and instruments may be written into the `directory`
            of its settings at the same time, by other processes too; else they take turns.
        outputs: the files that the plugin has written, for the summary.
        name, instrument: the plugin's table and the instrument that it sees.

    The state that the base classes keep for themselves has mangled names, so that a subclass is
    free in its own.

    """

    Settings: ClassVar[type[PluginSettings]] = PluginSettings
    publishes: ClassVar[Sequence[type[Any]]] = ()
    consumes: Sequence[str] | None = None
    order_counts: bool = False
    required: ClassVar[bool] = False
    across: ClassVar[bool] = False
    shares_directory: ClassVar[bool] = False
    settings: PluginSettings
    instrument: str = ""
    __publish: Callable[[Any], None] | None = None

    def __init__(
        self, settings: PluginSettings | None = None, /, *, name: str = "", **values: Any
    ) -> None:
        """Make the plugin of table `name` with `settings`, or with settings made of `values`."""
        self.settings = self.Settings(**values) if settings is None else settings
        self.name = name or type(self).__name__.lower()
        self.outputs: list[Path] = []

    @property
    def book_levels(self) -> int | None:
        """How many levels a side the plugin's `Books` carry."""
        return None

    def series_keys(self) -> list[str]:
        """Return the keys of the series that the plugin publishes: by default its table's name."""
        publishes_bars = Bars in self.publishes or MetricBars in self.publishes
        return [self.name] if publishes_bars else []

    def tally(self, what: str, number: int = 1) -> int:
        """Add to a number of the plugin's own, and return its total, which the report shows.

        A thread of the plugin's own may do so, of numbers that no other thread adds to. Raises
        ValueError for a number below 0.
        """
        if number < 0:
            raise ValueError(f"tally({what!r}, {number}): a number that is added is 0 or more")
        totals: dict[str, int] = vars(self).setdefault("_Plugin__totals", {})
        totals[what] = totals.get(what, 0) + number
        return totals[what]

    def publish(self, event: Publishable) -> None:
        """Hand an event, or many, to the bus, which delivers it to the plugins downstream.

        Nothing is delivered while a hook runs. Raises TypeError or ValueError for an event that
        the plugin may not publish.
        """
        if self.__publish is None:
            raise RuntimeError(
                f"{self.name} is on no bus: publish in a hook, and run it with "
                "orderflow_core.testing"
            )
        self.__publish(event)


def put_on_bus(plugin: Plugin, instrument: str, publish: Callable[[Any], None]) -> None:
    """Give a plugin its instrument and what `publish` hands events to; for its seat on the bus.

    It is no method, so that a plugin may have one of any name; a frozen plugin takes it too.
    Raises SettingsError for a plugin whose `instrument` cannot be set.
    """
    object.__setattr__(plugin, "_Plugin__publish", publish)
    try:
        object.__setattr__(plugin, "instrument", instrument)
    except AttributeError as error:
        raise SettingsError(
            f"[plugins.{plugin.name}] {type(plugin).__name__}.instrument is the host's to set: "
            "rename it"
        ) from error


def totals_of(plugin: Plugin) -> dict[str, int]:
    """Return what a plugin has tallied; for its seat on the bus."""
    return dict(vars(plugin).get("_Plugin__totals", {}))


def is_on_bus(plugin: Plugin) -> bool:
    """Return whether a plugin has a place on a bus, or had one."""
    return "_Plugin__publish" in vars(plugin)


class SourceSettings(PluginSettings):
    """Settings of every source."""

    undeciding: ClassVar[Sequence[str]] = ("instruments", "start", "end", "speed")

    instruments: list[str] | None = Field(None, description="default: all that are found")
    start: date | None = Field(None, description="first UTC day, included")
    end: date | None = Field(None, description="last UTC day, included")
    speed: Literal["max"] | float = Field("max", description="data seconds a second, or max")

    @field_validator("speed")
    @classmethod
    def _positive(cls, value: Literal["max"] | float) -> Literal["max"] | float:
        if value != "max" and not 0 < value < float("inf"):
            raise ValueError('must be "max" or a number above 0')
        return value

    @model_validator(mode="after")
    def _start_before_end(self) -> SourceSettings:
        if self.start and self.end and self.start > self.end:
            raise ValueError(f"start = {self.start} is after end = {self.end}")
        return self

    @property
    def start_ms(self) -> int | None:
        """The first ms of the range, None where it is open."""
        return None if self.start is None else midnight(self.start)

    @property
    def stop_ms(self) -> int | None:
        """The first ms after the range, None where it is open."""
        return None if self.end is None else midnight(self.end) + DAY_MS


class Source(Plugin):
    """An input: names its instruments and gives the stream of one of them in blocks.

    The host makes one instance per instrument, runs `blocks` in a thread of its own and reads
    the `ledger` for the report. It cuts what lies outside `start` and `end`; a source may use
    them to read less, but for the last snapshot before `start`, and the first row and trade after
    `end`: a session's book begins at the one, and its last bars are known at the other.

    Attributes:
        live: whether rows come as they happen: instruments then run side by side, `speed` counts
            for nothing, and an interrupted run delivers what came before `close`.
        whole_windows: set by the host before `blocks`: whether a plugin needs the trades of a
            window at once, so that no block may be `continued`.
        with_orders: set by the host before `blocks`: whether a plugin needs how many orders stand
            at each level, where the source can tell.

    """

    live: bool = False
    whole_windows: bool = False
    with_orders: bool = False

    class Settings(SourceSettings):
        """No settings but those of every source."""

    settings: SourceSettings

    def __init__(
        self, settings: PluginSettings | None = None, /, *, name: str = "source", **values: Any
    ) -> None:
        super().__init__(settings, name=name, **values)
        self.ledger = Ledger()

    def instruments(self) -> list[str]:
        """Return the instruments that can be read, sorted; raises `InputError`."""
        raise NotImplementedError

    def facts(self, instrument: str) -> InstrumentFacts:
        """Return what is known of an instrument before its stream; by default nothing.

        It is asked before the run, of an instance that gives no blocks.
        """
        return InstrumentFacts()

    def days(self, instrument: str) -> list[date]:
        """Return the UTC days, in their order, on which there is a row or a trade.

        By default the stream is read for it; a source that can look them up is asked in its place.
        It is asked before the run, of an instance that gives no blocks. Raises `InputError`.
        """
        found: set[int] = set()
        for block in self.blocks(instrument):
            for times in (block.windows.timestamp, block.batches.trade_timestamp):
                found.update((times // DAY_MS).tolist())
        return [day_of(each * DAY_MS) for each in sorted(found)]

    def files(self, instrument: str) -> Sequence[Path]:
        """Return the files that the instrument's stream is made of, within `start` and `end`.

        The files around the range that decide how it begins and ends are among them. A run that is
        resumed looks by them whether anything has changed; without any it begins anew.
        """
        return ()

    def blocks(self, instrument: str) -> Iterator[Block]:
        """Yield the instrument's stream, block by block; raises `InputError`."""
        raise NotImplementedError

    def close(self) -> None:
        """End `blocks` soon, as the run wants no more; called by another thread than it runs in."""
