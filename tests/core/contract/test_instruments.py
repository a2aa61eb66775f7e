"""What an instrument may be called, and which are simulated."""

import re
from pathlib import Path

import pytest

from orderflow_core.contract.instruments import (
    FOLDER,
    filled,
    folder_name,
    instrument_of,
    is_name,
    is_simulated,
)

NAMES = [
    "BTC-USDT",
    "SIM-A",
    "1INCH",
    "a.b_c",
    "A/B",
    "A B",
    "../A",
    "BTC/USDT:USDT",
    "币安人生USDT",
]
NAMES += [".", "..", "-A", "50%", "a{instrument}", "CON.", " a", 'x"y', "%2F", "a\\b"]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_any_text_and_can_be_read_back_from_its_folder(name: str) -> None:
    folder = folder_name(name)

    assert is_name(name)
    assert re.fullmatch(FOLDER, folder)
    assert instrument_of(folder) == name
    assert Path("out", folder).parent == Path("out").resolve().relative_to(Path.cwd())


@pytest.mark.parametrize(
    ("name", "folder"), [("BTC-USDT", "BTC-USDT"), ("A/B", "A%2FB"), ("..", "%2E%2E"), ("币", "币")]
)
def test_what_cannot_be_in_the_name_of_a_folder_is_escaped(name: str, folder: str) -> None:
    assert folder_name(name) == folder
    assert filled("out/{instrument}/x", name) == Path("out") / folder / "x"


@pytest.mark.parametrize("name", ["", "A\n", "a\u202eb", "x" * 300, "/" * 100])
def test_what_is_empty_long_or_not_printable_is_no_name(name: str) -> None:
    assert not is_name(name)


@pytest.mark.parametrize(("name", "simulated"), [("SIM-A", True), ("A-SIM-", False)])
def test_an_instrument_is_simulated_by_its_name(name: str, simulated: bool) -> None:
    assert is_simulated(name) == simulated
