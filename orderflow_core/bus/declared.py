"""What a plugin says of itself, asked once and checked, before anything is delivered."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from operator import index
from typing import Any, NamedTuple

from orderflow_core.bus.hooks import (
    COLUMNS,
    CORE,
    ROWS,
    TAKES,
    Hook,
    calls_of,
    hook_mistakes,
)
from orderflow_core.contract.series import TIME
from orderflow_core.errors import SettingsError
from orderflow_core.events import Bars, Books, Event, MetricBars
from orderflow_core.events.event import event_classes, undecorated_event
from orderflow_core.plugin.base import OWN_INIT, Plugin, clock_of
from orderflow_core.plugin.metric import Metric, samples_of
from orderflow_core.words import error_text

PUBLISHED = (Books, Bars, MetricBars)


class Declared(NamedTuple):
    """The name of a plugin's table, and what it publishes, consumes and hooks.

    `keys` are the keys of its series of bars; `consumes` is None where all of the others' are
    meant; `levels` is how many levels a side its `Books` carry; `follows` is the key of the price
    bars with which a metric's own begin and end, None where they are its own windows; one that is
    `across` gets the rows of several instruments; one with `order_counts` needs how many orders
    stand at each level.
    """

    name: str
    publishes: Sequence[type[Any]]
    consumes: Sequence[str] | None
    keys: Sequence[str]
    levels: int | None
    required: bool
    hooks: Mapping[str, Hook]
    follows: str | None = None
    across: bool = False
    order_counts: bool = False

    @property
    def publishes_bars(self) -> bool:
        """Whether the plugin publishes bars of either kind."""
        return not {Bars, MetricBars}.isdisjoint(self.publishes)

    @property
    def is_sink(self) -> bool:
        """Whether the plugin only writes down what there is, in whatever order it comes."""
        return self.required and not self.publishes

    @property
    def takes(self) -> list[type[Any]]:
        """The event classes that the plugin's hooks take, the core's first."""
        return taken_events(self.hooks)

    def names(self, *names: str) -> bool:
        """Return whether `consumes` has one of these series or tables."""
        return not set(self.consumes or ()).isdisjoint(names)


def taken_events(hooks: Iterable[str]) -> list[type[Any]]:
    """Return the event classes that hooks take, the core's first."""
    given = set(hooks)
    core = [event for hook, event in TAKES.items() if hook in given]
    own = [event for hook in sorted(given - CORE.keys()) for event in event_classes(hook)[-1:]]
    return list(dict.fromkeys([*core, *own]))


def declared(plugin: Plugin) -> Declared:
    """Ask a plugin; raises SettingsError with all that is wrong with its answers."""
    name = _name(plugin)
    answers = _Answers(plugin, name)
    publishes = answers.take("publishes", _event_classes, ())
    if answers.problems:  # the rest follows from it
        raise SettingsError(*answers.problems)
    found = Declared(
        name=name,
        publishes=publishes,
        consumes=answers.take("consumes", _texts_or_none, None),
        keys=answers.take("series_keys", lambda keys: _texts(keys()), ()),
        levels=answers.take("book_levels", _levels, None) if Books in publishes else None,
        required=answers.take("required", bool, False),
        hooks=answers.hooks(),
        follows=_followed(plugin),
        across=bool(type(plugin).across),
        order_counts=answers.take("order_counts", bool, False),
    )
    problems = answers.problems or list(_unfit_across(found))
    if problems:
        raise SettingsError(*problems)
    return found


def _unfit_across(plugin: Declared) -> Iterator[str]:
    """Yield why a plugin cannot be across several instruments: what it has of one alone."""
    if not plugin.across:
        return
    table = f"[plugins.{plugin.name}] is across instruments"
    columns = [hook for hook in COLUMNS if hook in plugin.hooks]
    if columns:
        yield (
            f"{table} and has {' and '.join(columns)}: columns are of one instrument and come "
            f"before the rows of the others; take rows, by {', '.join(ROWS[:4])}, or on_bar and "
            "on_metric_bar"
        )
    if Books in plugin.publishes:
        yield f"{table} and publishes Books, which are those of one"
    if plugin.follows is not None:
        yield (
            f'{table}: clock = "{plugin.follows}" is a table of each of them; its bars are of '
            f'time, clock = "{TIME}"'
        )


def _name(plugin: Plugin) -> str:
    """Return the plugin's table; raises SettingsError where its `__init__` has not set it up."""
    own = type(plugin).__name__
    try:
        name, _ = plugin.name, plugin.settings
    except AttributeError:
        name = ""
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        raise SettingsError(f"{own}: its name or settings failed: {error_text(error)}") from error
    unmade = isinstance(plugin, Metric) and samples_of(plugin) is None
    if not isinstance(name, str) or not name or unmade:
        raise SettingsError(f"{own}: its __init__ is incomplete, {OWN_INIT}")
    return name


def _followed(plugin: Plugin) -> str | None:
    clock = clock_of(plugin.settings) if isinstance(plugin, Metric) else TIME
    return None if clock == TIME else clock


class _Answers:
    """Takes what a plugin says of itself, and keeps what is wrong with it."""

    def __init__(self, plugin: Plugin, name: str) -> None:
        self.problems: list[str] = []
        self._plugin = plugin
        self._table = f"[plugins.{name}]"

    def take(self, attribute: str, read: Callable[[Any], Any], default: Any) -> Any:
        """Return an attribute as `read` makes it, or the default where that is not to be had."""
        try:
            return read(getattr(self._plugin, attribute))
        except SettingsError as error:
            self.problems += [f"{self._table} {attribute} {text}" for text in error.problems]
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # a plugin's own code: its mistake is told, as any other
            self.problems.append(f"{self._table} {attribute} failed: {error_text(error)}")
        return default

    def hooks(self) -> Mapping[str, Hook]:
        try:
            mistakes = hook_mistakes(self._plugin)
            self.problems += [f"{self._table} {mistake}" for mistake in mistakes]
            return {} if mistakes else calls_of(self._plugin)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            self.problems.append(f"{self._table} its hooks failed: {error_text(error)}")
            return {}


def _event_classes(found: Any) -> tuple[type[Any], ...]:
    fitting = isinstance(found, Iterable) and not isinstance(found, str)
    classes = tuple(found) if fitting else ()
    if not fitting or not all(map(_may_be_published, classes)):
        names = ", ".join(event.__name__ for event in PUBLISHED)
        raise SettingsError(
            f"must be a tuple of {names} and event classes of one's own; found {found!r}"
        )
    undecorated = [problem for problem in map(undecorated_event, classes) if problem]
    if undecorated:
        raise SettingsError(*(f"names {problem}" for problem in undecorated))
    return classes


def _may_be_published(event: Any) -> bool:
    if not isinstance(event, type):
        return False
    return event in PUBLISHED or (issubclass(event, Event) and event is not Event)


def _texts_or_none(found: Any) -> tuple[str, ...] | None:
    return None if found is None else _texts(found)


def _texts(found: Any) -> tuple[str, ...]:
    if isinstance(found, str):
        raise SettingsError(f"must be a list of series, as in [{found!r}]")
    texts = tuple(found)
    if not all(isinstance(text, str) for text in texts):
        raise SettingsError(f"must be a list of texts; found {found!r}")
    return texts


def _levels(found: Any) -> int | None:
    if found is None:
        return None
    levels = index(found)
    if levels < 1:
        raise SettingsError(f"must be 1 or more; found {found!r}")
    return levels
