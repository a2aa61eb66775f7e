"""The file `record.toml`."""

from pathlib import Path

import pytest
from orderflow_record.settings import load_settings, settings_of

from orderflow_core import SettingsError
from tests.command import orderflow

FEED = '[[feeds]]\nvenue = "okx"\ninstruments = ["BTC-USDT"]\n'
WRONG = {
    "no feeds": ("", "feeds: Field required"),
    "no instruments": ('[[feeds]]\nvenue = "okx"\ninstruments = []', "feeds.0.instruments"),
    "a key that is none": (FEED + 'hurry = "yes"', "feeds.0.hurry is no setting here"),
    "an instrument twice": (FEED + FEED, "BTC-USDT: recorded twice"),
    "no websocket": (FEED + 'url = "http://x"', "must begin with ws:// or wss://"),
    "no REST": (FEED + 'rest_url = "file:///etc"', "must begin with http:// or https://"),
    "no host": (FEED + 'url = "ws://"', "'ws://': names no host and port that can be"),
    "no port": (FEED + 'url = "ws://h:99999"', "names no host and port that can be"),
    "a port that is a word": (FEED + 'rest_url = "http://h:x"', "names no host and port"),
    "a name that no host has": (FEED + 'url = "wss://a..b/ws"', "names no host and port"),
    "no durability": ('[record]\ndurability = "none"\n' + FEED, "record.durability"),
    "no TOML": ("[[feeds]", "is no TOML"),
    "brackets without end": (f"a = {'[' * 5000}", "is no TOML"),
    "a number without end": (f"a = {'9' * 5000}", "is no TOML"),
}


def test_what_is_not_said_has_its_default(tmp_path: Path) -> None:
    path = tmp_path / "record.toml"
    path.write_text(FEED)

    settings = load_settings(path)

    assert settings.record.directory == Path("data")
    assert settings.record.timing.hold_ms == 250


def test_a_byte_order_mark_is_no_part_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "record.toml"
    path.write_text(FEED, encoding="utf-8-sig")

    assert load_settings(path).feeds[0].venue == "okx"


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


def test_a_venue_needs_no_file(tmp_path: Path) -> None:
    settings = settings_of("okx", ["BTC-USDT"], tmp_path, url="ws://localhost")

    [feed] = settings.feeds
    assert (feed.venue, feed.instruments, feed.url) == ("okx", ["BTC-USDT"], "ws://localhost")
    assert settings.record.directory == tmp_path


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["okx"], "orderflow record okx: feeds.0.instruments"),
        (["okx", "BTC-USDT", "--config", "x.toml"], "x.toml says what to record: leave it out"),
        (["--directory", "x"], "--directory, --url and --rest-url go with a venue"),
    ],
    ids=["no instrument", "a file too", "no venue"],
)
def test_arguments_that_do_not_go_together_are_told(
    tmp_path: Path, arguments: list[str], problem: str
) -> None:
    done = orderflow(tmp_path, "record", *arguments)

    assert done.returncode == 2
    assert f"error: {problem}" in done.stderr
