"""The wheel in an environment of its own, and a fresh folder with the repository's settings."""

import json
import shutil
import zipfile
from pathlib import Path

import pytest

from tests.slow.commands import REPOSITORY, call

pytestmark = pytest.mark.slow


def test_the_wheel_holds_the_rooms_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    rooms = {name.split("/")[0] for name in names if ".dist-info" not in name}

    plugins = {path.name for path in (REPOSITORY / "plugins").iterdir() if path.is_dir()}
    assert rooms == {"orderflow_app", "orderflow_core", *plugins}
    assert sum(name.endswith("py.typed") for name in names) == len(rooms)


def test_a_fresh_folder_gets_a_simulated_market_from_the_wheel(
    python: Path, tmp_path: Path
) -> None:
    shutil.copy(REPOSITORY / "settings.toml", tmp_path)
    orderflow = python.with_name("orderflow")
    printed = call(orderflow, "run", "--config", "settings.toml", "--json", cwd=tmp_path)
    report = json.loads(printed)[0]

    assert report["instrument"] == "SIM-BTC-USDT"
    assert (report["status"], report["simulated"]) == ("ok", True)
    assert report["counts"]["windows"] == 72_000
    assert report["counts"]["refused"] == {}
    out = tmp_path / "out" / "SIM-BTC-USDT"
    cells = (out / "cells_data.jsonl").read_text().splitlines()
    styles = {json.loads(line)["style"] for line in cells}
    assert styles == {"heat", "footprint", "profile"}
    assert (out / "trades_data.jsonl").stat().st_size > 0
    assert len(json.loads((out / "ohlc_data.json").read_text())) == 120
    assert json.loads((out / "run.json").read_text())["digest"] == report["digest"]
