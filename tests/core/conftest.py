"""Fixtures of the core's tests."""

import os
from pathlib import Path

import pytest

from tests.core.assembly import Clock, wind
from tests.core.settings_folder import Folder


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folder:
    """Return a folder to load settings from, the environment being empty of settings."""
    for name in os.environ:
        if name.startswith("ORDERFLOW_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return Folder(tmp_path, monkeypatch)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Return the clock by which the loop and the pipelines of this test go."""
    return wind(monkeypatch)
