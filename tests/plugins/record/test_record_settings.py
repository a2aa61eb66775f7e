"""The file `record.toml`."""

from pathlib import Path

import pytest
from orderflow_record.settings import load_settings

from orderflow_core import SettingsError

FEED = '[[feeds]]\nvenue = "okx"\ninstruments = ["BTC-USDT"]\n'
WRONG = {
    "no feeds": ("", "feeds: Field required"),
    "no instruments": ('[[feeds]]\nvenue = "okx"\ninstruments = []', "feeds.0.instruments"),
    "a key that is none": (FEED + 'hurry = "yes"', "feeds.0.hurry is no setting here"),
    "an instrument twice": (FEED + FEED, "BTC-USDT: recorded twice"),
    "no websocket": (FEED + 'url = "http://x"', "must begin with ws:// or wss://"),
    "no REST": (FEED + 'rest_url = "file:///etc"', "must begin with http:// or https://"),
    "no durability": ('[record]\ndurability = "none"\n' + FEED, "record.durability"),
    "no TOML": ("[[feeds]", "is no TOML"),
}


def test_what_is_not_said_has_its_default(tmp_path: Path) -> None:
    path = tmp_path / "record.toml"
    path.write_text(FEED)

    settings = load_settings(path)

    assert settings.record.directory == Path("data")
    assert settings.record.timing.hold_ms == 250


@pytest.mark.parametrize(("text", "problem"), WRONG.values(), ids=WRONG)
def test_a_mistake_is_told_with_its_file_and_key(tmp_path: Path, text: str, problem: str) -> None:
    path = tmp_path / "record.toml"
    path.write_text(text)

    with pytest.raises(SettingsError) as told:
        load_settings(path)

    assert problem in str(told.value)
    assert str(path) in str(told.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"record\.toml cannot be read"):
        load_settings(tmp_path / "record.toml")
