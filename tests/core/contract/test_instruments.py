"""What an instrument may be called, and which are simulated."""

import pytest

from orderflow_core.contract.instruments import is_name, is_simulated


@pytest.mark.parametrize("name", ["BTC-USDT", "SIM-A", "1INCH", "a.b_c"])
def test_a_name_is_letters_digits_and_a_few_signs(name: str) -> None:
    assert is_name(name)


@pytest.mark.parametrize("name", ["", ".", "-A", "A/B", "A B", "../A", "A\n"])
def test_what_is_no_folder_is_no_name(name: str) -> None:
    assert not is_name(name)


@pytest.mark.parametrize(("name", "simulated"), [("SIM-A", True), ("A-SIM-", False)])
def test_an_instrument_is_simulated_by_its_name(name: str, simulated: bool) -> None:
    assert is_simulated(name) == simulated
