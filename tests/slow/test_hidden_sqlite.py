"""A Python that hides SQLite's functions reads by those of apsw, and gives the same."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.app.test_run import SETTINGS
from tests.command import orderflow

pytestmark = pytest.mark.slow

HIDE = """
import _sqlite3, sqlite3
vars(_sqlite3).pop("__file__", None)
sqlite3.sqlite_version = "none"
"""
RUN = """
from orderflow_core import run
from orderflow_sqlite.c_api import find_c_api
print(find_c_api(locked=True).call["libversion"]().decode())
print(*(result.report.digest for result in run("settings.toml").values()))
"""


def printed(folder: Path, code: str) -> list[str]:
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_the_digest_is_the_same_by_the_functions_of_apsw(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text(SETTINGS)
    orderflow(tmp_path, "sample", "--hours", "0.2")
    own, theirs = printed(tmp_path, RUN), printed(tmp_path, HIDE + RUN)

    assert own[1:] == theirs[1:] != []
