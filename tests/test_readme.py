"""What the README shows works as it stands there."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.app.test_run import TEN_ROWS, TRADES, read
from tests.command import orderflow
from tests.make import write_recording

README = (Path(__file__).resolve().parents[1] / "README.md").read_text(encoding="utf-8")


def code(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """Return a folder with the README's settings, metric and test, and a recording."""
    (tmp_path / "settings.toml").write_text("".join(code("toml")))
    (tmp_path / "my_plugins").mkdir()
    metric, test = code("python")
    (tmp_path / "my_plugins" / "spread.py").write_text(metric)
    (tmp_path / "my_plugins" / "test_spread.py").write_text(test)
    (tmp_path / "data").mkdir()
    write_recording(tmp_path / "data" / "TEST-USDT-26-01-01.db", TEN_ROWS, TRADES)
    return tmp_path


def test_the_settings_run_with_the_metric(clone: Path) -> None:
    done = orderflow(clone, "run", "--config", "settings.toml")

    assert done.returncode == 0, done.stderr
    assert read(clone, "series_data.json")["series"]["spread"]["style"] == "line"
    assert "ohlc_5m 1" in done.stdout


def test_the_metrics_test_passes(clone: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "my_plugins"],
        cwd=clone,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout
    assert "1 passed" in done.stdout
