"""An event that one distribution defines and publishes, and another consumes."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.app.test_run import append, read

GUSTS = """
from dataclasses import dataclass

from orderflow_core import Event, Plugin, TradeBatch, hookimpl


@dataclass(frozen=True, kw_only=True)
class Gust(Event, hook="on_gust"):
    size: float


class Gusts(Plugin):
    publishes = (Gust,)

    @hookimpl
    def on_trade_batch(self, batch: TradeBatch) -> None:
        if len(batch):
            self.publish(Gust(size=float(batch.size.sum())))
"""
FOLLOWS = """
from gusts import Gust
from orderflow_core import Metric, hookimpl


class Follows(Metric):
    @hookimpl
    def on_gust(self, gust: Gust) -> None:
        self.sample(gust.timestamp, gust.size)
"""


def distribute(site: Path, name: str, text: str) -> None:
    """Put a distribution with one module and one plugin where Python looks for them."""
    folder = site / f"{name}-1.0.dist-info"
    folder.mkdir(parents=True)
    (site / f"{name}.py").write_text(text)
    (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    entry = f"[orderflow.plugins]\n{name} = {name}:{name.capitalize()}\n"
    (folder / "entry_points.txt").write_text(entry)


@pytest.fixture
def site(folder: Path) -> Path:
    """Return a folder with both distributions, the run having a table for each."""
    distribute(folder / "site", "gusts", GUSTS)
    distribute(folder / "site", "follows", FOLLOWS)
    append(folder, "[plugins.follows]\n[plugins.gusts]\n")
    return folder / "site"


def command(site: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run `orderflow` in a process that finds the distributions."""
    return subprocess.run(
        [sys.executable, "-m", "orderflow_app.cli", *arguments],
        cwd=site.parent,
        env={**os.environ, "PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )


def test_an_event_of_one_distribution_reaches_the_plugin_of_another(site: Path) -> None:
    done = command(site, "run", "--json")

    [report] = json.loads(done.stdout)
    versions = {plugin["name"]: plugin["version"] for plugin in report["plugins"]}
    rows: Any = read(site.parent, "series_data.json")["series"]["follows"]["rows"]
    assert report["status"] == "ok"
    assert (versions["gusts"], versions["follows"]) == ("1.0", "1.0")
    assert rows == [[1000, 3.0, 3.0, 3.0, 3.0], [3000, 5.0, 5.0, 5.0, 5.0]]


@pytest.mark.slow
def test_the_digest_has_the_event(site: Path) -> None:
    options = ["run", "--json", "--set", "plugins.follows.enabled=false"]
    published = json.loads(command(site, *options).stdout)
    without = json.loads(command(site, *options, "--set", "plugins.gusts.enabled=false").stdout)

    assert published[0]["digest"] != without[0]["digest"]


def test_check_says_who_gets_the_event(site: Path) -> None:
    told = command(site, "check").stdout

    assert "gusts.Gust" in told
    assert "follows" in told
