"""Blocks in their order."""

from typing import Any

import pytest

from orderflow_core.errors import EventError
from orderflow_core.streaming.order import in_order
from orderflow_core.testing import blocks, trade, update

FIRST, SECOND = blocks([update(0), trade(5, "1 buy 1"), update(10)], 1)


def test_blocks_that_rise_in_time_are_passed() -> None:
    assert list(in_order([FIRST, SECOND])) == [FIRST, SECOND]


def test_an_empty_block_is_passed_over() -> None:
    assert list(in_order([FIRST, FIRST.rows(0, 0), SECOND])) == [FIRST, SECOND]


def test_a_block_before_the_last_trade_of_the_one_before_is_told() -> None:
    early = blocks([update(4)])

    with pytest.raises(EventError, match="begins at 4, after one whose last row or trade is of 5"):
        list(in_order([FIRST, *early]))


def test_what_is_no_block_is_told() -> None:
    given: Any = [FIRST, {"rows": 1}]

    with pytest.raises(EventError, match="a dict where a Block was expected"):
        list(in_order(given))
