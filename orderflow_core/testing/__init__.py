"""What a plugin author needs to test a plugin: small markets by hand, and a bus to run it on.

    published = run_plugin(Spread(window_seconds=1), [
        book(0, bids="100.0 x 5, 99.9 x 7", asks="100.1 x 3"),
        trade(500, "100.1 buy 2"),
        book(1000, bids="100.0 x 5", asks="100.3 x 4"),
    ])
    assert bars(published, "spread") == [(0, 0.1, 0.1, 0.1, 0.1), ...]

There is no database, no file and no sleep. pytest has the fixture `sample_market` besides.
"""

from orderflow_core.testing.across import run_across
from orderflow_core.testing.checks import assert_same_results
from orderflow_core.testing.market import (
    INSTRUMENT,
    Market,
    Moment,
    Row,
    Tick,
    blocks,
    book,
    metric_bars,
    price_bars,
    trade,
    trades,
    update,
)
from orderflow_core.testing.recorder import Call, HookRecorder
from orderflow_core.testing.running import bars, events, run_instruments, run_plugin, run_plugins
from orderflow_core.testing.sample import sample_market

__all__ = [
    "INSTRUMENT",
    "Call",
    "HookRecorder",
    "Market",
    "Moment",
    "Row",
    "Tick",
    "assert_same_results",
    "bars",
    "blocks",
    "book",
    "events",
    "metric_bars",
    "price_bars",
    "run_across",
    "run_instruments",
    "run_plugin",
    "run_plugins",
    "sample_market",
    "trade",
    "trades",
    "update",
]
