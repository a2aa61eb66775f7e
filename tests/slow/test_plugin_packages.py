"""Metrics in distributions of their own, installed beside the wheel."""

import json
from pathlib import Path

import pytest

from tests.app.test_run import SETTINGS
from tests.slow.commands import REPOSITORY, call

pytestmark = pytest.mark.slow


def install(python: Path, *packages: str | Path) -> None:
    call("uv", "pip", "install", "--quiet", "--python", python, *packages, cwd=python.parent)


def test_the_example_is_found_and_runs_with_a_table_of_its_name(
    python: Path, tmp_path: Path
) -> None:
    install(python, REPOSITORY / "examples" / "orderflow-trade-size")
    orderflow = python.with_name("orderflow")
    (tmp_path / "settings.toml").write_text(f"{SETTINGS}\n[plugins.trade_size]\nleast = 0.001\n")
    call(orderflow, "sample", "--hours", "0.02", cwd=tmp_path)
    [listed] = json.loads(call(orderflow, "plugins", "trade_size", "--json", cwd=tmp_path))
    call(orderflow, "run", cwd=tmp_path)

    assert (listed["where"], listed["origin"]) == ("installed", "orderflow-trade-size")
    path = tmp_path / "out" / "SIM-BTC-USDT" / "series_data.json"
    series = json.loads(path.read_text())["series"]
    assert {"trade_size", "trade_size.each"} <= set(series)
    assert series["trade_size"]["rows"]


def test_a_new_package_installs_and_passes_its_own_tests(python: Path, tmp_path: Path) -> None:
    call(python.with_name("orderflow"), "new-plugin", "tape_speed", "--package", cwd=tmp_path)
    root = tmp_path / "orderflow-tape-speed"
    install(python, "pytest", root)

    assert "2 passed in" in call(python, "-m", "pytest", "-q", cwd=root)
    [listed] = json.loads(
        call(python.with_name("orderflow"), "plugins", "tape_speed", "--json", cwd=tmp_path)
    )
    assert (listed["where"], listed["class_name"]) == ("installed", "TapeSpeed")
