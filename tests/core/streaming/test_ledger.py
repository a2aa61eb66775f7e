"""The ledger in which a source counts what it refuses."""

import pytest

from orderflow_core import InputError
from orderflow_core.streaming.ledger import Ledger


def test_refusals_are_counted_by_their_reason() -> None:
    ledger = Ledger()
    for reason in ("price", "side", "price"):
        ledger.refuse(reason, "a.db, table trades, id 4")

    assert ledger.refused == {"price": 2, "side": 1}


def test_a_strict_ledger_raises_at_the_first_refusal_with_place_and_reason() -> None:
    ledger = Ledger(strict=True)

    with pytest.raises(InputError, match=r"^a\.db, table trades, id 4: no price \(refused, and"):
        ledger.refuse("no price", "a.db, table trades, id 4")
