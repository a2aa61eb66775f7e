"""Plugins on a bus whose failures stay there, where the test kit would raise them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from orderflow_core import Plugin, Report
from orderflow_core.bus.bus import Bus
from orderflow_core.bus.seat import Member
from orderflow_core.running.digest import Account
from orderflow_core.testing import INSTRUMENT, Row, Tick, blocks


@dataclass
class Delivered:
    """A bus after its run, and the account of it."""

    bus: Bus
    account: Account

    def member(self, name: str) -> Member:
        """Return the plugin's place on the bus."""
        return next(member for member in self.bus.members if member.plugin.name == name)

    def error(self, name: str) -> str | None:
        """Return what the report says of the plugin's failure."""
        return self.member(name).report.error


def deliver(
    plugins: Sequence[Plugin], market: Iterable[Row | Tick], *, block_size: int = 2048
) -> Delivered:
    """Run plugins over a market to its end."""
    account = Account()
    bus = Bus(INSTRUMENT, plugins, account)
    bus.start({plugin.name: plugin.settings for plugin in plugins}, [INSTRUMENT])
    for block in blocks(market, block_size):
        bus.deliver(block)
    if account.last_time is not None:
        bus.end(account.last_time)
    bus.finish(Report("test", "ok", 0, INSTRUMENT, False, {}))
    return Delivered(bus, account)
