"""Tests of what became of liquidity."""

from typing import Any

import pytest
from orderflow_book import OrderBook
from orderflow_liquidity import Liquidity
from pydantic import ValidationError

from orderflow_core import Cells, Plugin
from orderflow_core.testing import bars, events, run_plugins, sample_market, trade, update
from tests import measures_oracle as plain
from tests import oracle

START = update(0, "100 x 5, 99 x 5, 80 x 5", "101 x 5", snapshot=True)
KEYS = ("consumed", "pulled", "added", "pulled_near", "added_near")


def published(market: list[Any], block_size: int = 2048, **values: Any) -> list[Any]:
    made = {"name": "fate", "window_seconds": 1, "tick": 1, "near": 2, "reach": 3, **values}
    plugins: list[Plugin] = [OrderBook(name="book", levels=1), Liquidity(**made)]
    return run_plugins(plugins, market, block_size=block_size)


def fates(market: list[Any], **values: Any) -> list[float]:
    """Return what was consumed, pulled, added, and the last two near the touch, in one bar."""
    found = published(market, **values)
    return [bars(found, "fate" if key == "pulled" else f"fate.{key}")[-1][4] for key in KEYS]


def test_what_was_traded_at_the_price_was_consumed_and_the_rest_pulled() -> None:
    market = [START, trade(5, "100 sell 2"), update(10, "100 x 2"), update(20, "100 x 6")]

    assert fates(market) == [2, 1, 4, 1, 4]


@pytest.mark.parametrize(
    "deal",
    [trade(5, "99 sell 2"), trade(5, "100 buy 2"), trade(11, "100 sell 2")],
    ids=["another price", "the other side", "later"],
)
def test_other_trades_consume_nothing(deal: Any) -> None:
    assert fates([START, deal, update(10, "100 x 2"), update(20)])[:2] == [0, 3]


@pytest.mark.parametrize(("time", "consumed"), [(0, 0), (1, 2), (10, 2)])
def test_trades_count_from_after_the_row_before_to_the_rows_own_millisecond(
    time: int, consumed: float
) -> None:
    market = [START, trade(time, "101 buy 2"), update(10, "", "101 x 3"), trade(12, "101 buy 1")]

    assert fates(market)[0] == consumed


def test_a_trade_consumes_no_more_than_went() -> None:
    assert fates([START, trade(5, "100 sell 9"), update(10, "100 x 4")])[:2] == [1, 0]


def test_near_is_within_so_many_ticks_of_the_best_price_before() -> None:
    market = [START, update(10, "99 x 4, 80 x 1", "102 x 7, 104 x 9")]

    assert fates(market) == [0, 5, 16, 1, 7]


@pytest.mark.parametrize(
    ("band", "expected"), [("0", [0, 1]), ("1", [1, 7]), ("5", [0, 9]), ("20", [4, 0])]
)
def test_bands_part_the_changes_by_their_distance_from_the_best_price_before(
    band: str, expected: list[float]
) -> None:
    """Of bids 99 is a tick away and 80 twenty, of asks 100 is better, 102 one away and 104 three.

    The end of what is near parts no band.
    """
    rows = "99 x 4, 80 x 1", "100.5 x 1, 102 x 7, 104 x 9"
    found = published([START, update(10, *rows)], near=2, bands=[0, 1, 5, 20])

    assert [bars(found, f"fate.{fate}_{band}")[-1][4] for fate in ("pulled", "added")] == expected
    assert bars(found, f"fate.consumed_{band}")[-1][4] == 0


def test_cells_by_distance_have_each_fate_by_ticks_from_the_best_price_before() -> None:
    """Row 1 is the touch; what is better is in the first row, what is farther in the last."""
    start = update(0, "100 x 5, 99 x 5, 80 x 5", "104 x 5", snapshot=True)
    rows = "100 x 2, 99 x 4, 80 x 1", "103 x 1, 105 x 7, 107 x 9"
    market = [start, trade(5, "100 sell 2"), update(10, *rows), update(1000)]
    cells = events(published(market, distances=2), Cells)
    found = {each.series.key: each for each in cells if each.timestamp == 0}

    pulled, consumed = found["fate.pulled_distances"], found["fate.consumed_distances"]
    assert (pulled.timestamp, pulled.end, pulled.known_at, pulled.low) == (0, 1000, 1000, -1)
    assert pulled.values[:, 0].tolist() == [0, 1, 1, 0, 4]
    assert consumed.values[:, 0].tolist() == [0, 2, 0, 0, 0]
    assert found["fate.added_distances"].values[:, 0].tolist() == [1, 0, 7, 0, 9]


def test_each_cell_by_distance_is_what_plain_loops_over_the_rows_find() -> None:
    market = sample_market(300, levels=0)
    rows: Any = [each for each in market if hasattr(each, "bids")]
    trades: Any = [each for each in market if hasattr(each, "price")]
    wanted = plain.fates_by_distance(
        rows, list(oracle.replay(rows, 1)), trades, width=2000, tick=0.1, distances=9
    )
    found: dict[str, plain.Columns] = {fate: [] for fate in wanted}
    for each in events(published(market, tick=0.1, distances=9, window_seconds=2), Cells):
        fate, _, kind = each.series.key.removeprefix("fate.").partition("_")
        if kind == "distances":
            sizes = {row - 1: size for row, size in enumerate(each.values.tolist()) if any(size)}
            found[fate].append((each.timestamp, sizes))

    assert all(any(sizes for _, sizes in columns) for columns in wanted.values())
    for fate, columns in wanted.items():
        for (start, sizes), (right, values) in zip(found[fate], columns, strict=True):
            assert start == right
            assert sizes == {row: pytest.approx(each) for row, each in values.items()}


def test_where_a_side_had_no_best_price_all_is_at_the_touch() -> None:
    market = [update(0, "100 x 5", snapshot=True), update(10, "", "103 x 2"), update(1000)]
    cells = events(published(market, distances=2), Cells)
    added = next(each for each in cells if each.series.key == "fate.added_distances")

    assert added.values[:, 0].tolist() == [0, 2, 0, 0, 0]


@pytest.mark.parametrize("bands", [[5, 1], [5, 5], [-1]])
def test_bands_must_rise(bands: list[int]) -> None:
    with pytest.raises(ValidationError, match="must rise"):
        Liquidity(bands=bands)


@pytest.mark.parametrize(
    "rows",
    [
        [update(10, "100 x 1", snapshot=True)],
        [update(10, "100 x 1", sure=False), update(20, "99 x 1")],
    ],
    ids=["a snapshot", "a row that is not sure, and the one after it"],
)
def test_what_is_no_flow_counts_for_nothing(rows: list[Any]) -> None:
    assert fates([START, *rows]) == [0, 0, 0, 0, 0]


def test_a_first_row_that_is_no_snapshot_is_no_flow_either() -> None:
    market = [trade(0, "100 buy 1"), update(1, "100 x 5", "101 x 5"), update(2, "100 x 6")]

    assert fates(market)[2] == 1


def test_cells_have_each_fate_by_price() -> None:
    market = [START, update(10, "99 x 4, 80 x 1", "102 x 7"), update(1000)]
    cells = [each for each in events(published(market), Cells) if each.timestamp == 0]
    found = {each.series.key: each for each in cells}

    pulled, added = found["fate.pulled_cells"], found["fate.added_cells"]
    assert (pulled.timestamp, pulled.end, pulled.known_at, pulled.tick) == (0, 1000, 1000, 1)
    assert pulled.values[:, 0].tolist() == [4, 0, 0, 1, 0, 0, 0, 0, 0]
    assert [pulled.low + row for row in range(9) if added.values[row, 0]] == [102]


@pytest.mark.parametrize(
    ("settings", "left"), [({}, []), ({"bands": [1, 20]}, []), ({"distances": 9}, ["distances"])]
)
def test_without_reach_there_are_no_cells_by_price_and_all_else_is_the_same(
    settings: dict[str, Any], left: list[str]
) -> None:
    market = sample_market(60, levels=0)
    whole, less = (
        published(market, tick=0.1, near=5, reach=reach, **settings) for reach in (50, 0)
    )
    kept = [each for each in events(whole, Cells) if each.series.key.endswith("distances")]
    found = events(less, Cells)

    assert sorted({each.series.key for each in found}) == [
        f"fate.{fate}_{what}" for what in left for fate in ("added", "consumed", "pulled")
    ]
    assert [each.values.tolist() for each in found] == [each.values.tolist() for each in kept]
    for key in ("fate", "fate.consumed", "fate.added_near"):
        assert bars(less, key, known_at=True) == bars(whole, key, known_at=True) != []


@pytest.mark.parametrize(("reach", "distances"), [(0, 0), (50, 0), (50, 9)])
def test_the_result_does_not_depend_on_blocks(reach: int, distances: int) -> None:
    market = sample_market(150, levels=0)
    how = {"tick": 0.1, "near": 5, "reach": reach, "distances": distances, "window_seconds": 2}
    results = []
    for size in (1, 2, 7, 2048):
        found = published(market, size, **how)
        keys = ["fate", *(f"fate.{key}" for key in KEYS if key != "pulled")]
        cells = sorted(
            (each.series.key, each.timestamp, each.known_at, each.low, each.values.tolist())
            for each in events(found, Cells)
        )
        results.append(([bars(found, key, known_at=True) for key in keys], cells))

    assert results[0][0][0]
    assert all(result == results[0] for result in results)
