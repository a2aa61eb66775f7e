"""What plugins publish, on its way in: checked, and laid into the outbox of its publisher."""

from __future__ import annotations

from collections.abc import Callable
from threading import current_thread
from typing import Any

from orderflow_core.bus.publishing import (
    Bounds,
    Latest,
    are_fit,
    check_bars,
    check_books,
    check_continues,
    check_event,
)
from orderflow_core.bus.seat import Seat
from orderflow_core.events import Bars, Books, BookWindows, Event, Events, MetricBars
from orderflow_core.events.event import stamped


class Intake:
    """Takes what the plugins of one instrument publish; `published` sees each event, if given.

    Attributes:
        bounds: when what is published now may be known, None before the stream has begun.
        windows: those for which books may be published now.
        books: those that have been published for the block under way.
        finishing: whether the run is over, when nothing may be published any more.

    """

    def __init__(self, instrument: str, published: Callable[[str, Any], None] | None) -> None:
        self.bounds: Bounds | None = None
        self.windows: BookWindows | None = None
        self.books: Books | None = None
        self.finishing = False
        self._instrument = instrument
        self._published = published
        self._latest: dict[str, Latest] = {}
        self._thread = current_thread()

    def publish(self, seat: Seat, event: Any) -> None:
        """Take an event from a plugin; raises what the plugin is told by."""
        if isinstance(event, Events):
            self._publish_events(seat, event)
            return
        self._check_moment(seat, event)
        if isinstance(event, Books):
            check_books(event, self.windows, self.books)
            self.books = event
        else:
            seat.outbox.append(event := self._derived(seat, event))
        if self._published:
            self._published(seat.name, event)

    def _publish_events(self, seat: Seat, events: Events[Any]) -> None:
        """Take many events: at once where they are fit in columns, else one after the other."""
        if not len(events):
            return
        batch = None
        if not self._published and self.bounds and seat.moment.event is None:
            batch = events.batch(self._instrument, seat.name)
        if batch is None or not are_fit(batch, seat.name, self.bounds):
            for event in events:
                self.publish(seat, event)
            return
        self._check_moment(seat, batch.first)
        seat.outbox.append(batch)

    def publish_made(self, seat: Seat, bars: MetricBars) -> None:
        """Take bars that the core has made of a plugin's samples, and so are fit as they are."""
        self._check_moment(seat, bars)
        _check_key(seat, bars)
        check_continues(bars, self._latest)
        seat.outbox.append(bars)
        if self._published:
            self._published(seat.name, bars)

    def _check_moment(self, seat: Seat, event: Any) -> None:
        name, kind = seat.name, type(event).__name__
        if current_thread() is not self._thread:
            error = RuntimeError(
                f"{name} publishes from the thread {current_thread().name!r}: the bus has "
                "one thread; put the event into a queue.Queue and publish it in on_tick"
            )
            seat.fail(error, event)
            raise error
        if type(event) not in seat.declared.publishes:
            raise TypeError(f"{name} publishes {kind}, which its `publishes` does not name")
        if self.finishing:
            raise RuntimeError(f"{name} publishes in on_finish, when nothing is delivered")

    def _derived(self, seat: Seat, event: Any) -> Any:
        """Return bars or an event of one's own as they travel; raises ValueError for unfit ones."""
        if self.bounds is None:
            raise RuntimeError(
                f"{seat.name} publishes {type(event).__name__} before the stream has begun"
            )
        bounds = self.bounds.at(seat.moment)
        if isinstance(event, Event):
            made: Event = stamped(
                event,
                instrument=self._instrument,
                table=seat.name,
                time=bounds.time,
                sure=seat.moment.is_sure,
            )
            check_event(made, seat.name, bounds)
            return made
        _check_key(seat, event)
        check_bars(event, bounds)
        check_continues(event, self._latest)
        return event.of_table(seat.name)


def _check_key(seat: Seat, bars: Bars | MetricBars) -> None:
    """Raise ValueError unless bars are of a series of the plugin's."""
    if bars.series.key not in seat.declared.keys:
        raise ValueError(
            f"{seat.name} publishes the series {bars.series.key!r}; its own are "
            f"{list(seat.declared.keys)}"
        )
