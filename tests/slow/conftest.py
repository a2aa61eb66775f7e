"""The wheel, and an environment of its own."""

import os
import venv
from pathlib import Path

import pytest

from tests.slow.commands import REPOSITORY, call


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the wheel, built of the repository."""
    folder = tmp_path_factory.mktemp("wheel")
    call("uv", "build", "--wheel", "--out-dir", folder, cwd=REPOSITORY)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="session")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the interpreter of an empty environment into which the wheel was installed."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False, symlinks=os.name != "nt")
    found = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    call("uv", "pip", "install", "--quiet", "--python", found, wheel, cwd=folder)
    return found
