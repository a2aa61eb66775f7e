"""The kernels that are shipped: each can be called without Numba, whose import a run then saves."""

import sys
from contextlib import nullcontext
from importlib import import_module
from pathlib import Path
from platform import machine
from unittest.mock import patch

import pytest

from orderflow_core.plugin import stored
from orderflow_core.plugin.storing import store

REPOSITORY = Path(__file__).resolve().parents[1]
MODULES = [
    ".".join(path.relative_to(folder).with_suffix("").parts)
    for folder in (REPOSITORY, REPOSITORY / "plugins")
    for path in sorted(folder.glob("orderflow_*/**/*kernel.py"))
]


LAID_OUT = sys.platform == "linux" and machine() == "x86_64"


@pytest.mark.parametrize("module", MODULES)
def test_a_module_of_kernels_is_stored_and_loaded(module: str) -> None:
    if stored.read(module) is None:
        store(import_module(module))

    needless = patch.object(stored, "_linked", side_effect=AssertionError("LLVM is not needed"))
    with needless if LAID_OUT else nullcontext():
        assert stored.load(module) is not None
