"""What the tests of the command run on."""

from pathlib import Path

import pytest

from tests.app.test_run import SETTINGS, TEN_ROWS, TRADES
from tests.make import write_recording


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with settings and a ten-row recording."""
    (tmp_path / "settings.toml").write_text(SETTINGS)
    (tmp_path / "data").mkdir()
    write_recording(tmp_path / "data" / "TEST-USDT-26-01-01.db", TEN_ROWS, TRADES)
    return tmp_path
