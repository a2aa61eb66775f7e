"""`BarMaker`: samples into bars, and when a bar is closed and known."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderflow_core import Bars, Block, Series
from orderflow_core.bus.publishing import Bounds, Latest, check_bars, check_continues
from orderflow_core.plugin.bars import BarColumns, BarMaker
from orderflow_core.testing import Row, Tick, blocks, trade, update
from tests.roads import Road, fast, without_kernels

WINDOW = 10
Bar = tuple[int, float, float, float, float, float, int]
"""Timestamp, open, high, low, close, volume, known_at."""


def rows(bars: BarColumns) -> list[tuple[Bar, bool]]:
    """Return the bars as tuples, each with whether it is closed."""
    columns = (bars.timestamp, bars.open, bars.high, bars.low, bars.close, bars.volume)
    values = zip(*(column.tolist() for column in (*columns, bars.known_at)), strict=True)
    return list(zip(values, bars.closed.tolist(), strict=True))


class Made:
    """The bars of trades, each block's, then those at the end; a price is a value."""

    def __init__(
        self, market: Sequence[Row | Tick], block_size: int = 2048, *, previous: bool = False
    ) -> None:
        maker = BarMaker(WINDOW, open_at_previous=previous)
        self.blocks = []
        end = 0
        for block in blocks(market, block_size):
            trades = block.batches
            bars = maker.add(trades.trade_timestamp, trades.price, trades.size, trades)
            self.blocks.append(rows(bars))
            end = trades.last_time
        self.end = rows(maker.finish(end))

    @property
    def closed(self) -> list[Bar]:
        found = [bar for block in self.blocks for bar, closed in block if closed]
        return found + [bar for bar, _ in self.end]


# What a bar holds


def test_a_bar_has_the_first_highest_lowest_and_last_value_and_the_sum_of_sizes() -> None:
    made = Made(
        [trade(1, "5 buy 1"), trade(2, "9 buy 2"), trade(3, "2 buy 4"), trade(9, "4 buy 0.5")]
    )

    assert made.closed == [(0, 5, 9, 2, 4, 7.5, 9)]


def test_a_sample_at_the_end_of_a_window_is_in_the_next() -> None:
    made = Made([trade(0, "1 buy 1"), trade(9, "2 buy 1"), trade(10, "3 buy 1")])

    assert made.closed == [(0, 1, 2, 1, 2, 2, 10), (10, 3, 3, 3, 3, 1, 10)]


def test_windows_begin_at_multiples_of_their_length_since_the_epoch() -> None:
    assert [bar[0] for bar in Made([trade(27, "1 buy 1")]).closed] == [20]


def test_times_before_the_epoch_are_floored() -> None:
    assert [bar[0] for bar in Made([trade(-1, "1 buy 1")]).closed] == [-10]


def test_there_is_no_bar_without_a_sample() -> None:
    made = Made([trade(5, "1 buy 1"), trade(45, "2 buy 1")])

    assert [bar[0] for bar in made.closed] == [0, 40]


def test_a_block_without_samples_makes_no_bar() -> None:
    assert Made([update(0), update(10)]).closed == []


def test_negative_zero_is_zero() -> None:
    zero = np.array([0])
    bars = BarMaker(WINDOW).finish(0, zero, np.array([-0.0]), np.zeros(1))

    assert not np.signbit(bars.close).any()


# Opening at the previous value


def test_the_first_bar_opens_at_zero_where_bars_open_at_the_previous_value() -> None:
    made = Made([trade(1, "5 buy 1"), trade(2, "3 buy 1")], previous=True)

    assert [bar[1:5] for bar in made.closed] == [(0, 5, 0, 3)]


@pytest.mark.parametrize("block_size", [1, 2048])
def test_a_bar_opens_at_the_previous_close_which_counts_for_high_and_low(block_size: int) -> None:
    market: list[Row | Tick] = [
        update(0),
        trade(1, "5 buy 1"),
        update(30),
        trade(31, "7 buy 1"),
        update(60),
        trade(61, "6 buy 1"),
        trade(62, "8 buy 1"),
    ]

    made = Made(market, block_size, previous=True)

    assert [bar[1:5] for bar in made.closed] == [(0, 5, 0, 5), (5, 7, 5, 7), (7, 8, 6, 8)]


# When a bar is closed and known


def test_the_open_bar_comes_last_and_is_known_at_the_blocks_last_time() -> None:
    made = Made([update(0), trade(3, "1 buy 1"), update(12), trade(13, "2 buy 1"), update(14)])

    assert made.blocks == [[((0, 1, 1, 1, 1, 1, 12), True), ((10, 2, 2, 2, 2, 1, 14), False)]]


@pytest.mark.parametrize(
    ("following", "known_at"),
    [(update(10), 10), (update(14), 14), (trade(12, "1 buy 1"), 12)],
    ids=["row at its end", "row", "trade"],
)
def test_a_bar_is_known_at_the_first_row_or_trade_at_or_after_its_end(
    following: Row | Tick, known_at: int
) -> None:
    made = Made([update(0), trade(3, "1 buy 1"), update(9), following, update(15)])

    assert made.closed[0] == (0, 1, 1, 1, 1, 1, known_at)


def test_a_row_just_before_its_end_closes_no_bar() -> None:
    made = Made([update(0), trade(3, "1 buy 1"), update(9)])

    assert made.blocks == [[((0, 1, 1, 1, 1, 1, 9), False)]]
    assert made.end == [((0, 1, 1, 1, 1, 1, 9), True)]


def test_a_bar_is_closed_by_a_block_without_samples() -> None:
    made = Made([update(0), trade(3, "1 buy 1"), update(9), update(14), update(25)], block_size=2)

    assert made.blocks == [
        [((0, 1, 1, 1, 1, 1, 9), False)],
        [((0, 1, 1, 1, 1, 1, 14), True)],
    ]


def test_the_open_bar_is_carried_from_block_to_block() -> None:
    market: list[Row | Tick] = [
        update(0),
        trade(1, "5 buy 1"),
        update(4),
        trade(5, "7 buy 2"),
        update(6),
    ]

    made = Made(market, block_size=1)

    assert made.blocks == [
        [((0, 5, 5, 5, 5, 1, 1), False)],
        [((0, 5, 7, 5, 7, 3, 5), False)],
        [((0, 5, 7, 5, 7, 3, 6), False)],
    ]


def test_at_the_end_the_open_bar_is_closed_and_known_at_the_end() -> None:
    made = Made([update(0), trade(3, "1 buy 1"), trade(13, "2 buy 4")])

    assert made.end == [((10, 2, 2, 2, 2, 4, 13), True)]


def test_the_end_takes_samples_too() -> None:
    maker = BarMaker(WINDOW)
    maker.add(np.array([3]), np.array([1.0]), np.ones(1), blocks([update(3)])[0].batches)

    bars = maker.finish(4, np.array([4]), np.array([2.0]), np.ones(1))

    assert rows(bars) == [((0, 1, 2, 1, 2, 2, 4), True)]


@pytest.mark.parametrize("road", [fast, without_kernels], ids=lambda road: road.__name__)
def test_times_that_go_to_and_fro_are_an_error(road: Road) -> None:
    """They make more bars than there is time for between the first and the last."""
    times = np.where(np.arange(100_001) % 2, 10**9, 0)
    samples = np.ones(len(times))

    with road(), pytest.raises(ValueError, match="times of samples fall"):
        BarMaker(WINDOW).finish(10**9, times, samples, samples)


@pytest.mark.parametrize("short", [1, 2])
def test_each_sample_needs_a_time_a_value_and_a_size(short: int) -> None:
    columns = [np.array([3, 4]), np.ones(2), np.ones(2)]
    columns[short] = np.ones(1)

    with pytest.raises(ValueError, match="give each sample one of each"):
        BarMaker(WINDOW).finish(4, *columns)


def test_there_is_nothing_to_close_twice() -> None:
    maker = BarMaker(WINDOW)
    maker.finish(3, np.array([3]), np.array([1.0]), np.ones(1))

    assert rows(maker.finish(3)) == []


# However the stream is cut


@dataclass(frozen=True)
class Stream:
    """A block, and the rows before which it is cut."""

    block: Block
    cuts: list[int]

    def parts(self) -> list[Block]:
        edges = [0, *self.cuts, len(self.block)]
        return [self.block.rows(start, stop) for start, stop in pairwise(edges)]


@st.composite
def streams(draw: st.DrawFn) -> Stream:
    """Rows and trades in random order and at random distances, cut in random places."""
    kinds = draw(st.lists(st.booleans(), max_size=30))
    steps = draw(st.lists(st.sampled_from([0, 1, 3, 8, 25]), min_size=len(kinds) + 1))
    number = st.floats(-1e9, 1e9).map(lambda value: value + 0.0)
    market: list[Row | Tick] = [update(0)]
    for is_row, time in zip(kinds, accumulate(steps), strict=False):
        value, size = draw(number), draw(st.floats(1e-8, 1e9))
        market.append(update(time) if is_row else Tick(time, value, size, 1))
    [block] = blocks(market)
    cuts = draw(st.sets(st.integers(1, len(block))).map(sorted))
    return Stream(block, [cut for cut in cuts if cut < len(block)])


def made_of(blocks: Sequence[Block], *, previous: bool) -> list[Bar]:
    maker = BarMaker(WINDOW, open_at_previous=previous)
    made = []
    for block in blocks:
        trades = block.batches
        bars = maker.add(trades.trade_timestamp, trades.price, trades.size, trades)
        made += [bar for bar, closed in rows(bars) if closed]
    return made + [bar for bar, _ in rows(maker.finish(blocks[-1].batches.last_time))]


def naive(block: Block, *, previous: bool) -> list[Bar]:
    """Work the bars out sample by sample."""
    trades = block.batches
    times = sorted([*trades.timestamp.tolist(), *trades.trade_timestamp.tolist()])
    bars: list[list[float]] = []
    last = 0.0
    samples = zip(trades.trade_timestamp, trades.price.tolist(), trades.size.tolist(), strict=True)
    for time, value, size in samples:
        start = int(time) // WINDOW * WINDOW
        if not bars or bars[-1][0] != start:
            first = last if previous else value
            known_at = next((time for time in times if time >= start + WINDOW), times[-1])
            bars.append([start, first, first, first, first, 0.0, known_at])
        bar = bars[-1]
        bar[2], bar[3], bar[4] = max(bar[2], value), min(bar[3], value), value
        bar[5] += size
        last = value
    return [tuple(bar) for bar in bars]  # type: ignore[misc]


@given(stream=streams(), previous=st.booleans())
def test_bars_equal_a_loop_over_the_samples_to_the_bit_however_the_stream_is_cut(
    stream: Stream, previous: bool
) -> None:
    right = naive(stream.block, previous=previous)

    assert made_of([stream.block], previous=previous) == right
    assert made_of(stream.parts(), previous=previous) == right


@given(stream=streams(), previous=st.booleans())
def test_bars_that_are_made_pass_the_checks_of_bars_that_are_published(
    stream: Stream, previous: bool
) -> None:
    """So the bus need not check those that it makes itself."""
    maker = BarMaker(WINDOW, open_at_previous=previous)
    latest: dict[str, Latest] = {}
    for block in stream.parts():
        trades = block.batches
        made = maker.add(trades.trade_timestamp, trades.price, trades.size, trades)
        bars = Bars(instrument="X", series=Series("price"), **made.columns())
        check_bars(bars, Bounds(block.first_time, block.last_time, trades))
        check_continues(bars, latest)
