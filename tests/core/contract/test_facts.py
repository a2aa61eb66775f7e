"""What is known of an instrument: said, inferred, and laid over each other."""

import numpy as np
import pytest

from orderflow_core import InstrumentFacts
from orderflow_core.sources import infer_facts


@pytest.mark.parametrize(
    ("prices", "tick", "decimals"),
    [
        ([61804.7, 61804.8, 61805.0], 0.1, 1),
        ([100.0, 100.5, 102.0], 0.5, 1),
        ([4100.0, 4125.0], 25.0, 0),
        ([1.1012e-09, 1.1011e-09], 1e-13, 13),
        ([0.1 + 0.2, 0.4], 0.1, 1),
        ([100.0], None, None),
        ([100.0, 100.0, 0.0, -1.0], None, None),
        ([], None, None),
    ],
)
def test_the_tick_is_the_step_that_all_prices_are_multiples_of(
    prices: list[float], tick: float | None, decimals: int | None
) -> None:
    facts = infer_facts(prices, [])

    assert (facts.tick, facts.decimals) == (tick, decimals)
    assert facts.inferred == (() if tick is None else ("tick",))


def test_what_is_said_goes_over_what_is_inferred() -> None:
    said = InstrumentFacts(tick=0.5, quote="USD", kind="inverse")

    facts = said.over(infer_facts([100.0, 101.0], [3.0, 4.0]))

    assert facts == InstrumentFacts(0.5, 1.0, None, "USD", "inverse", inferred=("lot",))


@pytest.mark.parametrize(
    ("facts", "coins"),
    [
        (InstrumentFacts(), [2.0, 4.0]),
        (InstrumentFacts(contract_value=0.01), [0.02, 0.04]),
        (InstrumentFacts(contract_value=0.01, kind="linear"), [0.02, 0.04]),
        (InstrumentFacts(contract_value=100.0, kind="inverse"), [2.0, 2.0]),
    ],
)
def test_sizes_in_contracts_become_coins(facts: InstrumentFacts, coins: list[float]) -> None:
    sizes, prices = np.array([2.0, 4.0]), np.array([100.0, 200.0])

    assert facts.coins(sizes, prices).tolist() == pytest.approx(coins)
