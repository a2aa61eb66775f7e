"""What plugins have published, on its way out: who gets it, and what waits for whom."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from orderflow_core.bus.hooks import ANY_EVENT
from orderflow_core.bus.rows import Derived
from orderflow_core.bus.seat import Seat
from orderflow_core.bus.wiring import wants_bars, wants_event
from orderflow_core.events import Bars, Batch, Block, Books, Cells, Event, MetricBars

_BARS = (Bars, MetricBars)
_COLUMNS = {Bars: "on_bars", MetricBars: "on_metric_bars"}
_ROWS = {Bars: "on_bar", MetricBars: "on_metric_bar"}


class Observer(Protocol):
    """Who keeps the account of what the bus delivers."""

    def saw_block(self, block: Block, books: Books | None) -> None:
        """Take a block that has been delivered, with its books where there are any."""

    def saw_bars(self, bars: Bars | MetricBars) -> None:
        """Take bars on their delivery."""

    def saw_event(self, event: Event) -> None:
        """Take an event of a class of one's own on its delivery."""

    def saw_events(self, events: Batch) -> None:
        """Take many of one class and series, which no plugin gets."""


class Post:
    """Carries what plugins have published to those that get it.

    `seats` are in the order of their calls and `upstream_first` in that of delivery, `owners` are
    the tables of the series, and `followers` those whose bars close with those of a series.
    """

    def __init__(
        self,
        seats: Sequence[Seat],
        upstream_first: Sequence[Seat],
        owners: Mapping[str, str],
        followers: Mapping[str, Sequence[Seat]],
        observer: Observer,
    ) -> None:
        self._seats = seats
        self._upstream_first = upstream_first
        self._owners = owners
        self._followers = followers
        self._observer = observer
        self._inbox: dict[str, list[tuple[int, Any]]] = {seat.name: [] for seat in seats}
        self._receivers: dict[tuple[type[Any], str, str], list[Seat]] = {}

    def take(self, seat: Seat) -> list[Derived]:
        """Give a plugin its columns of bars, and return its derived rows in time order."""
        inbox, self._inbox[seat.name] = self._inbox[seat.name], []
        for _, event in inbox:
            if isinstance(event, _BARS):
                self._give_columns(seat, event)
        rows = [
            (derived.time, place, number, derived)
            for number, (place, event) in enumerate(inbox)
            for derived in _rows(seat, event)
        ]
        rows.sort(key=lambda row: row[:3])
        return [derived for *_, derived in rows]

    def _give_columns(self, seat: Seat, bars: Bars | MetricBars) -> None:
        """Call the hook for columns of bars; open ones are for plugins that publish nothing."""
        hook = _COLUMNS[type(bars)]
        if not seat.takes(hook):
            return
        if seat.declared.publishes and not bars.closed.all():
            bars = bars.rows(bars.closed)
        if len(bars):
            seat.call(hook, bars)

    def send(self, seat: Seat) -> None:
        """Send what a plugin has published downstream, in the order in which it is delivered."""
        if not seat.outbox:
            return
        place = self._upstream_first.index(seat)
        for event in in_delivery_order(self._unfolded(seat)):
            if isinstance(event, Batch):
                self._observer.saw_events(event)
                continue
            if isinstance(event, _BARS):
                self._observer.saw_bars(event)
                if isinstance(event, Bars):
                    for follower in self._followers.get(event.series.key, ()):
                        follower.follow(event)
            elif is_closed(event):
                self._observer.saw_event(event)
            for receiver in self._who_gets(seat, event):
                self._inbox[receiver.name].append((place, event))
        seat.outbox.clear()

    def _unfolded(self, seat: Seat) -> list[Any]:
        """Return what a plugin has published, and each event of a batch that somebody gets.

        So do events of a batch beside others of their series, which may be known between them.
        """
        if not any(isinstance(event, Batch) for event in seat.outbox):
            return seat.outbox
        kinds = Counter(map(_kind, seat.outbox))
        found: list[Any] = []
        for event in seat.outbox:
            alone = isinstance(event, Batch) and kinds[_kind(event)] == 1
            if not isinstance(event, Batch) or (alone and not self._who_gets(seat, event.first)):
                found.append(event)
            else:
                found += event
        return found

    def _who_gets(self, seat: Seat, event: Any) -> Iterable[Seat]:
        """Return the seats that get an event of this kind."""
        series = getattr(event, "series", None)
        key = getattr(series, "key", "")
        known = self._receivers.get((type(event), seat.name, key))
        if known is None:
            known = [other for other in self._seats if self._wants(other, seat, event, key)]
            self._receivers[type(event), seat.name, key] = known
        if is_closed(event):
            return known
        return [other for other in known if not other.declared.publishes]

    def _wants(self, other: Seat, publisher: Seat, event: Any, key: str) -> bool:
        if isinstance(event, Event):
            return wants_event(other.declared, type(event), publisher.name, key)
        hooks = (_COLUMNS[type(event)], _ROWS[type(event)])
        return any(map(other.takes, hooks)) and wants_bars(other.declared, key, self._owners)


def in_delivery_order(events: Sequence[Any]) -> list[Any]:
    """Return what one plugin has published in the order in which it is delivered.

    Events of one's own go by the time at which they are known; the rows of bars are in that order
    already.
    """
    own = iter(sorted((e for e in events if isinstance(e, Event)), key=lambda e: e.known_at))
    return [next(own) if isinstance(event, Event) else event for event in events]


def _kind(event: Any) -> tuple[type[Any], str]:
    """Return the class and the series of an event, or of a batch of them."""
    one = event.first if isinstance(event, Batch) else event
    return type(one), getattr(getattr(one, "series", None), "key", "")


def is_closed(event: Any) -> bool:
    """Return whether an event is final; a stretch of cells that still grows is not."""
    return not isinstance(event, Cells) or event.closed


def _rows(seat: Seat, event: Any) -> list[Derived]:
    """Return the rows of an event for the row hooks of a plugin."""
    hook = _ROWS.get(type(event)) or event.hook
    if isinstance(event, Event) and not seat.takes(hook):
        hook = ANY_EVENT
    if not seat.takes(hook):
        return []
    call = seat.declared.hooks[hook]
    if isinstance(event, Event):
        return [Derived(event.known_at, call, event)]
    return [Derived(bar.known_at, call, bar) for bar in event if bar.closed]
