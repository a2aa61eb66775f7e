"""Kernels: compiled once, cached where that can be, and never missed."""

import importlib.util
import logging
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numba
import pytest

from orderflow_core.plugin.kernels import COMPILING, load_kernels
from tests.roads import without_kernels

KERNEL = """
from numba import types
from orderflow_core.plugin.kernels import kernel

@kernel(types.int64(types.int64))
def doubled(number):
    return 2 * number
"""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "kernel_of_a_test.py"
    path.write_text(KERNEL)
    return path


def imported(path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, path.stem, module)
    spec.loader.exec_module(module)
    return module


def test_a_kernel_is_compiled_once_and_said_to_be(
    source: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    assert imported(source, monkeypatch).doubled(21) == 42
    assert caplog.messages == [COMPILING]

    caplog.clear()
    assert imported(source, monkeypatch).doubled(21) == 42
    assert caplog.messages == []


def test_without_a_folder_for_a_cache_a_kernel_works_all_the_same(
    source: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    njit = numba.njit

    def no_locator(*args: Any, cache: bool, **options: Any) -> Any:
        if cache:
            raise RuntimeError("cannot cache function: no locator available")
        return njit(*args, **options)

    monkeypatch.setattr(numba, "njit", no_locator)

    assert imported(source, monkeypatch).doubled(21) == 42
    assert "no folder to cache kernels in" in caplog.text


def test_kernels_that_do_not_import_are_a_warning_and_none(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with without_kernels():
        assert load_kernels("orderflow_book.kernel") is None

    assert caplog.messages == [
        "plain Python does the work of orderflow_book.kernel, slower: no numba here"
    ]
