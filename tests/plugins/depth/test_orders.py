"""How many orders stand at the best levels, how even that is, and how large they are."""

from collections.abc import Sequence
from functools import partial
from random import Random

import pytest
from orderflow_book import OrderBook
from orderflow_depth import Orders

from orderflow_core import BookWindows, Plugin, SettingsError, hookimpl, load_kernels
from orderflow_core.testing import (
    Row,
    assert_same_results,
    bars,
    book,
    run_plugin,
    run_plugins,
    update,
)
from tests.roads import Road, fast, without_kernels

BIDS, ASKS = "100.0 x 5 (3), 99.9 x 7 (1)", "100.1 x 3 (1)"
KERNELS = (
    "orderflow_book.orders_kernel",
    "orderflow_depth.kernel",
    "orderflow_core.plugin.bar_kernel",
)
KEYS = ("orders", "orders.bid", "orders.ask", "orders.bid_size", "orders.ask_size")


def closes(plugin: Plugin, market: Sequence[Row]) -> dict[str, float]:
    published = run_plugin(plugin, market)
    return {key: bar[4] for key in KEYS for bar in bars(published, key)[-1:]}


def values(*numbers: float) -> dict[str, float]:
    return dict(zip(KEYS, numbers, strict=True))


@pytest.mark.parametrize(
    ("levels", "wanted"), [(1, values(0.5, 3, 1, 5 / 3, 3)), (2, values(0.6, 4, 1, 3, 3))]
)
def test_orders_are_counted_within_the_best_levels(levels: int, wanted: dict[str, float]) -> None:
    found = closes(Orders(levels=levels), [book(0, BIDS, ASKS)])

    assert found == pytest.approx(wanted)


@pytest.mark.parametrize(
    ("bids", "asks", "wanted"),
    [
        (BIDS, "", {"orders": 1, "orders.bid": 3, "orders.ask": 0, "orders.bid_size": 5 / 3}),
        ("", "", {"orders.bid": 0, "orders.ask": 0}),
        ("100 x 5", "101 x 3 (2)", {"orders.ask": 2, "orders.ask_size": 1.5}),
        ("100 x 5", "101 x 3", {}),
    ],
    ids=["one side", "no side", "one that is not told", "none that is told"],
)
def test_a_side_that_is_empty_or_not_told(bids: str, asks: str, wanted: dict[str, float]) -> None:
    assert closes(Orders(), [book(0, bids, asks)]) == pytest.approx(wanted)


def test_a_level_that_is_not_told_hides_those_before_it_only_where_it_counts() -> None:
    market = [book(0, "100 x 5 (3), 99 x 1", ASKS)]

    assert closes(Orders(levels=1), market)["orders.bid"] == 3
    assert "orders.bid" not in closes(Orders(levels=2), market)


def test_a_row_that_is_not_sure_has_none() -> None:
    market = [book(0, BIDS, ASKS), book(10, "100 x 5 (9)", ASKS, snapshot=False, sure=False)]

    assert closes(Orders(), market)["orders.bid"] == 3


def test_a_snapshot_has_the_orders_that_it_tells_and_no_others() -> None:
    market = [update(0, BIDS, ASKS), update(1, "99.9 x 2 (2)", "100.1 x 1 (1)", snapshot=True)]
    published = run_plugins([OrderBook(), Orders(levels=5)], market)

    assert bars(published, "orders.bid")[-1][1:] == (4, 4, 2, 2)


def test_more_levels_than_the_books_carry_are_a_settings_error() -> None:
    with pytest.raises(SettingsError, match=r"\[plugins.orders\] levels = 9"):
        run_plugins([OrderBook(levels=8), Orders(levels=9)], [update(0, BIDS, ASKS)])


class Silent(OrderBook):
    """Publishes books without the number of orders."""

    @hookimpl
    def on_book_windows(self, windows: BookWindows) -> None:
        super().on_book_windows(windows.without_orders())


def test_books_that_tell_no_orders_are_an_error_that_says_what_to_do() -> None:
    with pytest.raises(SettingsError, match='let the plugin "book" publish them'):
        run_plugins([Silent(), Orders()], [update(0, BIDS, ASKS)])


def tape(rows: int) -> list[Row]:
    """Return updates of ten prices a side, of which some tell no orders, and a snapshot."""
    random = Random(18)

    def level(price: int) -> tuple[float, ...]:
        size, orders = random.choice([0, 0, 1, 2]), random.randint(1, 9)
        return (price, size) if random.random() < 0.02 else (price, size, orders * (size > 0))

    return [
        update(
            100 * time,
            [level(random.randint(90, 99)) for _ in range(3)],
            [level(random.randint(100, 109)) for _ in range(3)],
            snapshot=time == rows // 2,
        )
        for time in range(rows)
    ]


def test_the_result_does_not_depend_on_blocks() -> None:
    assert_same_results(
        partial(Orders, window_seconds=1, levels=3), market=tape(60), companions=[OrderBook]
    )


@pytest.mark.parametrize("road", [fast, without_kernels], ids=["fast", "without_kernels"])
@pytest.mark.parametrize("levels", [1, 3])
def test_each_value_is_that_of_dictionaries(levels: int, road: Road) -> None:
    market = tape(120)
    wanted: dict[str, list[float]] = {key: [] for key in KEYS}
    sides: tuple[dict[float, tuple[float, float | None]], ...] = ({}, {})
    for row in market:
        counts: list[float | None] = []
        for side, updates, sign in zip(sides, (row.bids, row.asks), (-1, 1), strict=True):
            if row.snapshot:
                side.clear()
            for price, size, *orders in updates:
                side.pop(price, None)
                if size:
                    side[price] = size, orders[0] if orders else None
            best = [side[price] for price in sorted(side, key=lambda each: sign * each)[:levels]]
            told = [orders for _, orders in best if orders is not None]
            counts.append(sum(told) if len(told) == len(best) else None)
            name = "bid" if sign < 0 else "ask"
            if counts[-1] is not None:
                wanted[f"orders.{name}"].append(counts[-1])
                if best:
                    size = sum(size for size, _ in best)
                    wanted[f"orders.{name}_size"].append(size / counts[-1])
        bid, ask = counts
        if bid is not None and ask is not None and bid + ask:
            wanted["orders"].append((bid - ask) / (bid + ask))

    with road():
        for module in KERNELS:
            load_kernels(module)  # else the log keeps the error, and what frames it had
        made = [OrderBook(), Orders(window_seconds=0.001, levels=levels)]
        published = run_plugins(made, market)

    for key, found in wanted.items():
        assert [bar[4] for bar in bars(published, key)] == pytest.approx(found)
        assert found
