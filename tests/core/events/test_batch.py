"""Tests of many events that are published at once."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from orderflow_core import (
    Cells,
    Event,
    Events,
    Plugin,
    Report,
    Series,
    Signal,
    TradeBatches,
    hookimpl,
)
from orderflow_core.bus.bus import Bus, drive
from orderflow_core.errors import EventError
from orderflow_core.running.digest import Account
from orderflow_core.testing import blocks, events, run_plugins, sample_market
from orderflow_core.testing.running import raise_failures

HEAT = Series(style="heat", pane="price", title="Heat").named("many.heat")
STARTS = np.array([1, 2])


@dataclass(frozen=True, kw_only=True)
class Mark(Event, hook="on_mark_of_many"):
    """An event of one's own."""

    size: float


def marks(batches: TradeBatches) -> Events[Any]:
    time = batches.trade_timestamp
    return Events(Mark, timestamp=time, known_at=time, size=batches.size)


def signals(batches: TradeBatches) -> Events[Any]:
    return Events(
        Signal,
        timestamp=batches.trade_timestamp,
        known_at=batches.trade_timestamp,
        price=batches.price,
        value=batches.size.tolist(),
        side=batches.side,
        text=[f"größer {size:g}" for size in batches.size.tolist()],
    )


def pictures(batches: TradeBatches) -> Events[Any]:
    return Events(
        Cells,
        series=HEAT,
        timestamp=batches.trade_timestamp,
        known_at=batches.trade_timestamp,
        end=batches.trade_timestamp + 1,
        tick=0.1,
        low=batches.price,
        values=np.stack([batches.size, batches.price], axis=1)[:, :, None],
    )


class Many(Plugin):
    """Publishes an event a trade, at once or one by one."""

    publishes = (Signal, Cells, Mark)

    def __init__(self, make: Any, *, at_once: bool) -> None:
        super().__init__(name="many")
        self._make, self._at_once = make, at_once

    @hookimpl
    def on_trade_batches(self, batches: TradeBatches) -> None:
        found = self._make(batches)
        for each in [found] if self._at_once else found:
            self.publish(each)


class Takes(Plugin):
    """Takes signals, so that they are made."""

    def __init__(self) -> None:
        super().__init__(name="takes")
        self.seen: list[Signal] = []

    @hookimpl
    def on_signal(self, signal: Signal) -> None:
        self.seen.append(signal)


def digest(*plugins: Plugin, size: int = 2048) -> str:
    account = Account()
    bus = Bus("TEST", plugins, account)
    drive(bus, blocks(sample_market(100), size), Report("", "running", 0, "TEST", False, {}))
    raise_failures(bus)
    assert sum(account.events.values())
    return account.digest()


@pytest.mark.parametrize("make", [signals, pictures, marks])
def test_many_at_once_have_the_digest_of_one_after_the_other(make: Any) -> None:
    whole = digest(Many(make, at_once=False))

    assert digest(Many(make, at_once=True)) == whole
    assert digest(Many(make, at_once=True), size=3) == whole
    assert digest(Many(make, at_once=True), Takes()) == whole


def test_those_of_one_series_go_by_their_times_whoever_publishes_them() -> None:
    """An event by itself stands among those of a batch, not before or after them all."""

    class Both(Many):
        @hookimpl
        def on_trade_batches(self, batches: TradeBatches) -> None:
            one, *others = list(self._make(batches))
            found = self._make(batches)
            for each in [found, one] if self._at_once else [one, *others, one]:
                self.publish(each)

    assert digest(Both(signals, at_once=True)) == digest(Both(signals, at_once=False))


def test_who_takes_them_gets_each() -> None:
    takes = Takes()
    published = run_plugins([Many(signals, at_once=True), takes], sample_market(100))

    assert takes.seen == events(published, Signal)
    assert takes.seen


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"side": [1, 2]}, "side is"),
        ({"price": [1.0, float("inf")]}, "price = inf"),
        ({"value": np.array([np.nan, 1])}, "value = "),
        ({"text": ["a", 5]}, "is no text"),
        ({"price": np.ones(3)}, "3 values where 2"),
    ],
)
def test_what_one_signal_may_not_have_many_may_not_have(
    fields: dict[str, Any], message: str
) -> None:
    with pytest.raises((EventError, ValueError), match=message):
        [*Events(Signal, timestamp=STARTS, known_at=STARTS, **fields)]
