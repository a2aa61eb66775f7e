"""A metric that fails at its 1,000th window, from the settings file to the exit code."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.app.test_run import read
from tests.command import Done, orderflow
from tests.make import write_recording

METRICS = """
from orderflow_core import Books, Metric, TradeBatch, hookimpl


class Spread(Metric):
    @hookimpl
    def on_books(self, books: Books) -> None:
        self.sample(books.timestamp, books.spread)


class Fails(Metric):
    seen = 0

    @hookimpl
    def on_book(self, book) -> None:
        self.seen += 1
        if self.seen == 1000:
            raise ArithmeticError("the thousandth")
        self.sample(book.timestamp, self.seen)


class Volume(Metric):
    total = 0.0

    @hookimpl
    def on_trade_batch(self, batch: TradeBatch) -> None:
        self.tally("trades seen", len(batch))
        for trade in batch:
            self.total += trade.size
            self.sample(trade.timestamp, self.total)
"""
SETTINGS = """
[run]
window_seconds = 100
[source]
path = "data"
[plugins.book]
[plugins.spread]
use = "metrics.py:Spread"
{fails}
[plugins.traded]
use = "metrics.py:Volume"
[plugins.json]
"""
FAILS = '[plugins.fails]\nuse = "metrics.py:Fails"'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with three metrics and a recording of 1,200 rows, one a second."""
    (tmp_path / "metrics.py").write_text(METRICS)
    (tmp_path / "data").mkdir()
    write_recording(
        tmp_path / "data" / "TEST-USDT-26-01-01.db",
        [(1000 * n, [[100, 1 + n % 7]], [[101 + n % 5, 1]]) for n in range(1, 1201)],
        [(1000 * n, 100, 1 + n % 3, "buy") for n in range(1, 1201)],
    )
    return tmp_path


def run(folder: Path, *options: str, fails: str = FAILS) -> Done:
    (folder / "settings.toml").write_text(SETTINGS.format(fails=fails))
    return orderflow(folder, "run", *options)


def series(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = read(folder, "series_data.json")["series"]
    return found


def test_the_other_metrics_have_the_results_that_they_would_have_had(folder: Path) -> None:
    alone = run(folder, fails="")
    expected = series(folder)
    failed = run(folder)

    assert (alone.returncode, failed.returncode) == (0, 1)
    assert {key: series(folder)[key] for key in ("spread", "traded")} == expected
    assert len(expected["traded"]["rows"]) == 13


def test_the_failure_is_logged_with_name_time_and_traceback(folder: Path) -> None:
    done = run(folder)

    assert "ERROR plugin fails failed at the event of 1000000" in done.stderr
    assert 'raise ArithmeticError("the thousandth")' in done.stderr


def test_summary_and_report_say_who_failed_how_long_each_took_and_what_it_tallied(
    folder: Path,
) -> None:
    done = run(folder)
    report = read(folder, "run.json")
    plugins = {plugin["name"]: plugin for plugin in report["plugins"]}

    assert report["status"] == "failed"
    assert plugins["fails"]["status"] == "failed"
    assert plugins["fails"]["error"] == "ArithmeticError: the thousandth"
    assert plugins["spread"]["status"] == plugins["traded"]["status"] == "ok"
    assert all(plugins[name]["seconds"] > 0 for name in ("spread", "fails", "traded"))
    assert plugins["traded"]["totals"] == {"trades seen": 1200}
    assert "s, FAILED: ArithmeticError: the thousandth" in done.stdout
    assert "s, 1,200 trades seen" in done.stdout


def test_with_stop_the_run_ends_at_the_first_failure(folder: Path) -> None:
    done = run(
        folder, "--set", "run.on_plugin_error=stop", "--set", "source.book_batch=100", "--json"
    )
    [report] = json.loads(done.stdout)

    assert done.returncode == 1
    assert report["counts"]["windows"] == 1000
    assert report["status"] == "failed"
