"""Several markets side by side, for a plugin that sees them all."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from math import inf

from orderflow_core.bus.bus import Bus
from orderflow_core.bus.rows import Derived
from orderflow_core.contract.instruments import is_simulated
from orderflow_core.contract.report import Report
from orderflow_core.events import Block, Published
from orderflow_core.plugin.base import Plugin, Run
from orderflow_core.running.digest import Account
from orderflow_core.running.legs import Merge, leg_of
from orderflow_core.testing.market import Moment
from orderflow_core.testing.running import blocks_of, copied, raise_failures, upstream

_MOST = 2048


def run_across(
    plugin: Plugin,
    markets: Mapping[str, Iterable[Moment | Block]],
    *,
    beside: Callable[[], Sequence[Plugin]] = list,
    block_size: int = 2048,
) -> list[Published]:
    """Run a plugin with `across = True` over markets merged by time; return what it published.

        published = run_across(Pair(), {"A": [book(0, "9 x 1", "11 x 1")], "B": [...]})

    `beside` is called for each instrument, and gives the plugins whose bars or events the plugin
    gets. What any of them raises is raised here.
    """
    published: list[Published] = []
    bus = Bus(
        plugin.name,
        [plugin],
        Account(),
        published=lambda table, event: published.append(copied(event)),
    )
    if not bus.seats[0].declared.across:
        raise ValueError(f"{plugin.name} is of one instrument: run it with run_plugin")
    legs = _Legs(bus, markets, beside, block_size)
    report = Report("test", "running", os.getpid(), plugin.name, is_simulated(plugin.name))
    run = Run(plugin.name, [*markets, plugin.name], {plugin.name: plugin.settings})
    bus.start(replace(run, legs=sorted(markets)))
    raise_failures(bus)
    for block, rows in legs.merged():
        bus.deliver(block, across=rows)
        bus.tick(report)
        raise_failures(bus)
    bus.end()
    report.status = "ok"
    bus.finish(report)
    raise_failures(bus)
    return published


class _Legs:
    """The instruments, each with a bus of its own."""

    def __init__(
        self,
        bus: Bus,
        markets: Mapping[str, Iterable[Moment | Block]],
        beside: Callable[[], Sequence[Plugin]],
        block_size: int,
    ) -> None:
        legs = {name: leg_of(bus.seats[0].declared) for name in sorted(markets)}
        self._merge = Merge(bus.instrument, list(legs.values()))
        self._buses: dict[str, Bus] = {}
        self._blocks: dict[str, Iterator[Block]] = {}
        for name, leg in legs.items():
            self._blocks[name], rows = blocks_of(markets[name], block_size, name, None)
            members = [*upstream(rows, ()), *beside(), leg]
            self._buses[name] = Bus(name, members, Account())
            settings = {member.name: member.settings for member in members}
            self._buses[name].start(Run(name, [*markets, bus.instrument], settings))

    def merged(self) -> Iterator[tuple[Block, list[Derived]]]:
        """Yield the rows that none of the instruments can have any before."""
        heads = {name: block for name in self._buses if (block := self._next(name))}
        while heads:
            name = min(heads, key=lambda name: heads[name].first_time)
            self._buses[name].deliver(heads.pop(name))
            raise_failures(self._buses[name])
            if block := self._next(name):
                heads[name] = block
            before = min((block.first_time for block in heads.values()), default=inf)
            while taken := self._merge.take(before, _MOST):
                yield taken

    def _next(self, name: str) -> Block | None:
        """Return the next block of an instrument; at its end None, when its bus has ended too."""
        block = next(self._blocks[name], None)
        if block is None:
            self._buses[name].end()
            raise_failures(self._buses[name])
        return block
