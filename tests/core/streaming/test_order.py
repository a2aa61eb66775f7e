"""Blocks in their order, and of what numbers they are."""

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from orderflow_core.errors import EventError
from orderflow_core.streaming.order import check_numbers, in_order
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


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("side", 2, "a trade with side 2, where it has to be +1 for a buy, -1 for a sell"),
        ("side", 0, "a trade with side 0"),
        ("price", np.nan, "a trade with price nan, where it has to be finite"),
        ("size", 0.0, "a trade with size 0.0, where it has to be above 0"),
        ("size", -1.0, "a trade with size -1.0"),
        ("size", np.inf, "a trade with size inf"),
        ("bid_price", -np.inf, "a level with price -inf, where it has to be finite"),
        ("ask_size", -3.0, "a level with size -3.0, where it has to be 0 or more"),
        ("ask_size", np.nan, "a level with size nan"),
    ],
)
def test_a_number_that_no_market_has_is_told(name: str, value: float, words: str) -> None:
    [block] = blocks([update(0, "1 x 1", "2 x 1"), trade(5, "1 buy 1")])
    part = "batches" if name in {"side", "price", "size"} else "windows"
    columns = getattr(block, part)
    column = getattr(columns, name).copy()
    column[0] = value
    given: Any = {part: replace(columns, **{name: column})}

    with pytest.raises(EventError, match=re.escape(words)):
        check_numbers(replace(block, **given))
