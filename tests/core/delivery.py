"""Plugins on a bus whose failures stay there, where the test kit would raise them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from orderflow_core import Plugin, Report
from orderflow_core.bus.bus import Bus, drive
from orderflow_core.bus.seat import Seat
from orderflow_core.running.digest import Account
from orderflow_core.testing import INSTRUMENT, Row, Tick, blocks


@dataclass
class Delivered:
    """A bus after its run, and the account of it."""

    bus: Bus
    account: Account

    def member(self, name: str) -> Seat:
        """Return the plugin's place on the bus."""
        return next(seat for seat in self.bus.seats if seat.name == name)

    def error(self, name: str) -> str | None:
        """Return what the report says of the plugin's failure."""
        return self.member(name).report.error


def deliver(
    plugins: Sequence[Plugin], market: Iterable[Row | Tick], *, block_size: int = 2048
) -> Delivered:
    """Run plugins over a market to its end."""
    account = Account()
    bus = Bus(INSTRUMENT, plugins, account)
    report = Report("test", "running", 0, INSTRUMENT, False, {})
    drive(bus, blocks(market, block_size), report)
    return Delivered(bus, account)
