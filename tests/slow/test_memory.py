"""Memory that does not grow with the input."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.app.test_run import SETTINGS
from tests.command import orderflow

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name != "posix", reason="peak memory is asked of the POSIX kernel"),
]

PEAK = (
    "import resource, sys\n"
    "from orderflow_app.cli import main\n"
    "try: main()\n"
    "except SystemExit: pass\n"
    "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
)


def peak_memory(folder: Path) -> int:
    command = [sys.executable, "-c", PEAK, "run", "--quiet"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    return int(done.stdout)


def test_a_file_four_times_as_long_costs_no_more_memory(tmp_path: Path) -> None:
    peaks = []
    for hours in ("0.5", "2"):
        folder = tmp_path / hours
        folder.mkdir()
        (folder / "settings.toml").write_text(SETTINGS)
        orderflow(folder, "sample", "--hours", hours)
        peaks.append(peak_memory(folder))

    assert peaks[1] < peaks[0] * 1.1
