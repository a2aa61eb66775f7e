"""Eight hex digits of what decides the numbers of a run."""

from pathlib import Path

import pytest

from orderflow_core.settings.fingerprint import fingerprint
from orderflow_core.settings.layers import parse_override
from orderflow_core.settings.reading import load

PLUGIN = """
from orderflow_core import Metric


class Mine(Metric):
    pass
"""
SETTINGS = """
[source]
path = "data"
[plugins.book]
[plugins.obi]
[plugins.mine]
use = "mine.py:Mine"
[plugins.json]
"""


def found(folder: Path, *overrides: str, plugin: str = PLUGIN, settings: str = SETTINGS) -> str:
    folder.mkdir()
    (folder / "mine.py").write_text(plugin)
    (folder / "settings.toml").write_text(settings)
    return fingerprint(
        load(folder / "settings.toml", dict(map(parse_override, overrides))), "TEST-USDT"
    )


@pytest.mark.parametrize(
    "override",
    [
        "source.path=elsewhere",
        "source.pattern={instrument}-%Y-%m-%d.db",
        "source.start=2025-06-01",
        'source.instruments=["A"]',
        "source.speed=60",
        "source.book_batch=1",
        "source.trade_batch=1",
        "source.sample=true",
        "source.gap_seconds=1",
        "plugins.json.directory=elsewhere",
        "plugins.json.flush_ms=1",
        "plugins.json.enabled=false",
        "instruments.OTHER.tick=0.5",
    ],
)
def test_what_changes_no_number_leaves_it_as_it_is(tmp_path: Path, override: str) -> None:
    assert found(tmp_path / "a") == found(tmp_path / "b", override)


@pytest.mark.parametrize(
    "override",
    [
        "run.window_seconds=1",
        "run.strict=true",
        "source.snapshot=never",
        "source.timestamp_unit=us",
        "plugins.book.levels=5",
        "plugins.obi.window_seconds=1",
        "plugins.obi.enabled=false",
        "instruments.TEST-USDT.tick=0.5",
    ],
)
def test_what_changes_a_number_changes_it(tmp_path: Path, override: str) -> None:
    assert found(tmp_path / "a") != found(tmp_path / "b", override)


def test_another_text_of_a_local_plugin_changes_it(tmp_path: Path) -> None:
    assert found(tmp_path / "a") != found(tmp_path / "b", plugin=PLUGIN + "\n# better\n")


def test_another_order_of_the_tables_leaves_it_as_it_is(tmp_path: Path) -> None:
    turned = SETTINGS.replace("[plugins.obi]\n", "") + "[plugins.obi]\n"

    assert found(tmp_path / "a") == found(tmp_path / "b", settings=turned)
