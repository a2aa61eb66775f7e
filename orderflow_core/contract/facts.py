"""`InstrumentFacts`: what is known of an instrument besides its rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from functools import reduce
from math import gcd
from typing import Any, Literal, TypeAlias

from orderflow_core.contract.files import Finite

Kind: TypeAlias = Literal["linear", "inverse"]
_DIGITS = 12
"""How many digits of a price count: what a sum of floats leaves behind them is no step."""


@dataclass(frozen=True)
class InstrumentFacts:
    """What is known of an instrument; None where it is not.

    Attributes:
        tick: the least step of prices.
        lot: the least step of sizes.
        contract_value: what a size of 1 stands for: coins, or of an `"inverse"` instrument value
            in the quote currency.
        quote: the currency of prices.
        kind: `"linear"` or `"inverse"`.
        inferred: the names of those that nobody has said, but that rows let infer.

    """

    tick: Finite | None = None
    lot: Finite | None = None
    contract_value: Finite | None = None
    quote: str | None = None
    kind: Kind | None = None
    inferred: tuple[str, ...] = ()

    @property
    def decimals(self) -> int | None:
        """How many decimals prices have, None where no tick is known."""
        return None if self.tick is None else decimals_of(self.tick)

    def coins(self, sizes: Any, prices: Any) -> Any:
        """Return sizes, numbers or arrays, in coins; as they are where no contract is known."""
        if self.contract_value is None:
            return sizes
        value = sizes * self.contract_value
        return value / prices if self.kind == "inverse" else value

    def value(self, sizes: Any, prices: Any) -> Any:
        """Return what sizes, numbers or arrays, are worth in the quote currency."""
        if self.contract_value is None:
            return sizes * prices
        value = sizes * self.contract_value
        return value if self.kind == "inverse" else value * prices

    def over(self, other: InstrumentFacts) -> InstrumentFacts:
        """Return these facts, and those of another where these know nothing."""
        named = [field.name for field in fields(self) if field.name != "inferred"]
        own = {name: getattr(self, name) for name in named if getattr(self, name) is not None}
        inferred = (*self.inferred, *(name for name in other.inferred if name not in own))
        return replace(other, **own, inferred=inferred)


def infer_facts(prices: Iterable[float], sizes: Iterable[float]) -> InstrumentFacts:
    """Return tick and lot as the steps that all of these are multiples of.

    What is not above 0 is passed over; fewer than two different values tell nothing.
    """
    found = {name: step for name, step in (("tick", _step(prices)), ("lot", _step(sizes))) if step}
    return InstrumentFacts(**found, inferred=tuple(found))  # type: ignore[arg-type]


def decimals_of(value: float) -> int:
    """Return how many decimals a price has as it is quoted."""
    return max(0, -_exponent(_decimal(value)))


def _step(values: Iterable[float]) -> float | None:
    found = {_decimal(value) for value in values if value > 0}
    if len(found) < 2:
        return None
    exponent = min(map(_exponent, found))
    multiples = (int(value.scaleb(-exponent)) for value in found)
    return float(Decimal(reduce(gcd, multiples)).scaleb(exponent))


def _decimal(value: float) -> Decimal:
    return Decimal(f"{value:.{_DIGITS}g}").normalize()


def _exponent(value: Decimal) -> int:
    exponent = value.as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0
