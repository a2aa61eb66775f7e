"""The first run of all, killed while it writes its sample."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from orderflow_core import files
from tests.app.test_run import SETTINGS
from tests.command import orderflow

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name != "posix", reason="kills as POSIX has them"),
]


def test_the_next_run_writes_the_sample_again_and_leaves_nothing_unfinished(
    tmp_path: Path,
) -> None:
    (tmp_path / "settings.toml").write_text(
        SETTINGS.replace('path = "data"', 'path = "data"\nsample = true')
    )
    command = [sys.executable, "-m", "orderflow_app.cli", "run", "--quiet"]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.DEVNULL) as run:
        while not list((tmp_path / "data").glob("*.part")):
            assert run.poll() is None
            time.sleep(0.01)
        run.kill()
    assert list((tmp_path / "data").glob("*.part"))

    done = orderflow(tmp_path, "run", "--quiet")

    assert done.returncode == 0
    assert [path.suffix for path in (tmp_path / "data").iterdir()] == [".db"]
    assert {path.name for path in (tmp_path / "out" / "SIM-BTC-USDT").iterdir()} == {
        *(files.OHLC, files.BARS, files.DEPTH, files.METRICS, files.SERIES, files.SIGNALS),
        *(files.CELLS, files.OPEN_CELLS, files.RUN),
    }
