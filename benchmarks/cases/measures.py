"""What each measure of the catalogue costs a window, with its bars and events, beside the book.

python benchmarks/cases/measures.py FOLDER

What is told is the difference between a bus with the book and the measure, and one with the book
alone, so that a measure finds the book's columns where a run leaves them, in the cache. The least
of nine rounds is taken. What a run does once is told apart: wiring plugins is left out, the
instrument's facts are given as a run gives them, and loading a measure's kernels from the cache,
with those of its package, is a figure of its own. That of `orders` has what the book does to keep
the numbers of orders, and not what it takes to read them.
"""

import json
import sys
from collections.abc import Sequence
from importlib.metadata import entry_points
from itertools import islice
from pathlib import Path
from time import thread_time
from typing import Any

from orderflow_book import OrderBook
from orderflow_sqlite.source import SqliteSource

from orderflow_core import Block, Plugin, Report, Run
from orderflow_core.bus.bus import Bus, drive
from orderflow_core.plugin.kernels import load_kernels, warm_kernels
from orderflow_core.running.digest import Account

BLOCKS, ROUNDS = 40, 9
MEASURES = (
    *("obi", "cvd", "ofi", "trade_imbalance", "weighted_mid", "vamp", "microprice", "vwap"),
    *("quoted_spread", "effective_spread", "realised_spread", "depth", "fill_cost", "orders"),
    *("kyle", "amihud", "vpin", "large_trades", "sweeps"),
    *("footprint", "profile", "heatmap", "liquidity"),
)
WITH_CELLS = {"liquidity, with its three heat maps": ("liquidity", {"reach": 200})}
"""A measure that draws heat maps where it is asked to, by what that is called."""


def seconds(plugins: Sequence[Plugin], blocks: Sequence[Block], run: Run) -> float:
    """Return the CPU time that plugins take over blocks; raises what one of them raises."""
    bus = Bus(run.instrument, plugins, Account())
    report = Report("", "running", 0, run.instrument, False, {})
    began = thread_time()
    drive(bus, blocks, report, run=run)
    taken = thread_time() - began
    for seat in bus.seats:
        if seat.failure is not None:
            raise seat.failure
    return taken


def blocks_of(source: SqliteSource, instrument: str, counted: bool) -> Sequence[Block]:
    """Return blocks with the numbers of orders, or without, as a run would have them read."""
    source.with_orders = counted
    return list(islice(source.blocks(instrument), BLOCKS))


def loading(plugin: Plugin) -> float:
    """Return the CPU time that loading a plugin's kernels takes, where they are not there yet.

    Those of the book are among them, as `orders` has one of its own there.
    """
    began = thread_time()
    warm_kernels([OrderBook(), plugin])
    return thread_time() - began


def main(folder: Path) -> dict[str, Any]:
    """Return the nanoseconds a window of each measure, and the milliseconds of its loading."""
    source = SqliteSource(path=folder)
    instrument = source.instruments()[0]
    run = Run(instrument, [instrument], {}, facts=source.facts(instrument))
    blocks = {counted: blocks_of(source, instrument, counted) for counted in (False, True)}
    seconds([OrderBook(name="book", levels=50)], blocks[False], run)
    found = {entry.name: entry.load() for entry in entry_points(group="orderflow.plugins")}
    used = [OrderBook(), *(found[name](name=name) for name in MEASURES)]
    warm_kernels(used)  # compiled, where they were not
    load_kernels.cache_clear()
    load = {name: loading(found[name](name=name)) for name in MEASURES}
    made: dict[str, tuple[str, dict[str, Any]]] = {name: (name, {}) for name in MEASURES}
    made |= WITH_CELLS
    least: dict[str, float] = {}
    for _ in range(ROUNDS):
        for name in ("", *made):
            plugin, values = made.get(name, ("", {}))
            measured = [found[plugin](name=plugin, **values)] if plugin else []
            told = blocks[any(plugin.order_counts for plugin in measured)]
            taken = seconds([OrderBook(name="book", levels=50), *measured], told, run)
            least[name] = min(taken, least.get(name, taken))
    windows = sum(map(len, blocks[False]))
    costs = {name: (least[name] - least[""]) / windows * 1e9 for name in made}
    loads = {name: load[plugin] * 1e3 for name, (plugin, _) in made.items()}
    return {"windows": windows, "ns": costs, "load_ms": loads}


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]))))
