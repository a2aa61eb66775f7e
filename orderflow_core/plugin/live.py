"""`LiveSource`: the base of sources whose rows come as they happen."""

from __future__ import annotations

from collections.abc import Iterator

from orderflow_core.events import Block
from orderflow_core.plugin.base import PluginSettings, Source
from orderflow_core.streaming.live_rows import LiveRows


class LiveSource(Source):
    """A source that puts rows into `LiveRows` as they come, and need not make blocks."""

    live = True

    def __init__(
        self, settings: PluginSettings | None = None, /, *, name: str = "source", **values: object
    ) -> None:
        super().__init__(settings, name=name, **values)
        self.__rows = LiveRows(self.ledger)

    def receive(self, instrument: str, rows: LiveRows) -> None:
        """Put in what comes until `rows.closed`; it runs in a thread of its own.

        What it raises ends the run; to connect anew after a failure is its own matter.
        """
        raise NotImplementedError

    def blocks(self, instrument: str) -> Iterator[Block]:
        """Yield what `receive` puts in."""
        return self.__rows.blocks(
            instrument,
            lambda: self.receive(instrument, self.__rows),
            whole_windows=self.whole_windows,
        )

    def close(self) -> None:
        """Give out what has come, and end."""
        self.__rows.close()
