"""The check that what a plugin gives does not depend on how it is called."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields
from typing import Any, TypeAlias

import numpy as np

from orderflow_core.bus.post import is_closed
from orderflow_core.events import Bars, Books, Event, MetricBars, Published
from orderflow_core.plugin.base import Plugin
from orderflow_core.testing.market import Market
from orderflow_core.testing.running import bars, run_plugins

BLOCK_SIZES = (2048, 1, 2, 3, 7)
Make: TypeAlias = Callable[..., Plugin]


def assert_same_results(
    *makes: Make,
    market: Market,
    block_sizes: Sequence[int] = BLOCK_SIZES,
    derived: Sequence[Bars | MetricBars] = (),
    companions: Sequence[Make] = (),
    outcome: Callable[[Plugin, list[Published]], Any] | None = None,
) -> None:
    """Raise AssertionError unless all plugins give the same results at every block size.

        assert_same_results(Spread, SpreadRowByRow, market=sample_market())

    Each of `makes` is a plugin class, or a `functools.partial` of one with its settings; several
    are one measure written in several ways, such as in either lane. `companions` are made anew for
    each run, and stand before it on its bus, such as those whose bars it consumes. Compared are
    the closed bars of each series, with `known_at`, events of one's own, and the rows of `Books`;
    for a plugin that publishes nothing give `outcome`, which returns what is to be compared. A
    plugin that keeps an array past its block fails too, as in `run_plugin`.
    """
    items = list(market)
    results: dict[str, Any] = {}
    for make in makes:
        for size in block_sizes:
            plugin = make(name="checked")
            beside = [companion() for companion in companions]
            bus = [*beside, plugin]
            published = run_plugins(bus, items, block_size=size, derived=derived)
            result = outcome(plugin, published) if outcome else _results(published)
            results[f"{type(plugin).__name__} in blocks of {size}"] = result
    (first, expected), *others = results.items()
    if not expected:
        raise AssertionError(f"{first} gave no result: give a market in which it has something")
    for name, result in others:
        if result != expected:
            raise AssertionError(
                f"{first} and {name} differ{_first_difference(expected, result)}; if a result "
                "depends on the block, look for what is not carried from one to the next"
            )


def _results(published: Iterable[Published]) -> dict[str, list[tuple[Any, ...]]]:
    events = list(published)
    keys = {event.series.key for event in events if isinstance(event, Bars | MetricBars)}
    results = {key: bars(events, key, known_at=True) for key in sorted(keys)}
    books = [row for event in events if isinstance(event, Books) for row in map(_plain, event)]
    own = [event for event in events if isinstance(event, Event) and is_closed(event)]
    for event in sorted(own, key=lambda event: event.known_at):
        series = getattr(event, "series", None)
        name = f"{type(event).__name__} of {getattr(series, 'key', event.table)}"
        results.setdefault(name, []).append(_own(event))
    return {**results, "Books": books} if books else results


def _own(event: Event) -> tuple[str, ...]:
    """Return the fields of an event such that equal ones compare equal, NaN and arrays too."""
    values = (getattr(event, field.name) for field in fields(event))
    shown = (value.tolist() if isinstance(value, np.ndarray) else value for value in values)
    return tuple(map(repr, shown))


def _plain(book: Any) -> tuple[Any, ...]:
    """Return a row of books such that equal ones compare equal, NaN too."""
    columns = (book.bid_price, book.bid_size, book.ask_price, book.ask_size)
    return (book.timestamp, book.crossed, book.sure, *(repr(each.tolist()) for each in columns))


def _first_difference(expected: Any, found: Any) -> str:
    if not (isinstance(expected, dict) and isinstance(found, dict)):
        return f": {expected!r} and {found!r}"
    for key in dict.fromkeys([*expected, *found]):
        one, other = expected.get(key, []), found.get(key, [])
        for left, right in zip(one, other, strict=False):
            if left != right:
                return f" in {key}: {left} and {right}"
        if len(one) != len(other):
            return f" in {key}: {len(one)} and {len(other)} rows"
    return ""
