"""Numbers and times as people read them."""

import pytest
from orderflow_app.dashboard.numbers import decimals_for, decimals_of, number


@pytest.mark.parametrize(
    ("prices", "decimals"),
    [
        ([61600.0, 61596.9], 1),
        ([100.0, 99.0], 0),
        ([0.000123], 6),
        ([1.1015e-09, 1.103e-09], 13),
        ([0.1 + 0.2], 1),
        ([], 0),
    ],
)
def test_prices_have_the_decimals_they_are_quoted_in(prices: list[float], decimals: int) -> None:
    assert decimals_of(prices) == decimals


@pytest.mark.parametrize(
    ("values", "decimals"),
    [([0.25, -0.5], 4), ([17_534.2], 0), ([9.5, None], 3), ([0.0], 0), ([], 0), ([1e-30], 8)],
)
def test_values_have_four_digits(values: list[float | None], decimals: int) -> None:
    assert decimals_for(values) == decimals


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [(61600.0, 1, "61,600.0"), (-0.142, 2, "−0.14"), (None, 2, "–")],
)
def test_a_number(value: float | None, decimals: int, text: str) -> None:
    assert number(value, decimals) == text


def test_a_change_has_its_sign() -> None:
    assert number(12.5, 1, signed=True) == "+12.5"
