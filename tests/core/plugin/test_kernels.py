"""Kernels: compiled once, cached where that can be, and never missed."""

import importlib.util
import logging
import sys
from collections.abc import Callable
from errno import ENOSPC
from pathlib import Path
from types import ModuleType

import numba
import pytest
from numba.core import caching
from numba.core.registry import cpu_target
from orderflow_book import OrderBook
from orderflow_depth import Depth, Orders

from orderflow_core.plugin import kernels
from orderflow_core.plugin.kernels import COMPILING, load_kernels, warm_kernels
from orderflow_core.plugin.storing import store
from tests.roads import without_kernels

KERNEL = """
from numba import types
from orderflow_core.plugin.kernels import kernel

@kernel(types.int64(types.int64))
def doubled(number):
    return 2 * number
"""

WITH_PARTS = """
from numba import njit, types
from orderflow_core.plugin.kernels import kernel, kernel_part

@njit
def halved(number):
    return number // 2

@kernel_part(forceinline=True)
def raised(number, by):
    return number + by

@kernel_part(error_model="numpy")
def doubled_and_raised(number, by):
    return raised(2 * number, halved(by))

@kernel(types.int64(types.int64))
def result(number):
    return doubled_and_raised(number, 4)
"""


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is told as yet, and kernels are cached beside their module."""
    monkeypatch.setattr(kernels, "_told", set())
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    monkeypatch.setattr(numba.config, "CACHE_DIR", "")


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


def test_a_cached_kernel_is_loaded_without_what_compiling_needs(
    source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    imported(source, monkeypatch).doubled(21)

    def refresh() -> None:
        raise AssertionError("Numba sets up to compile")

    monkeypatch.setattr(cpu_target.target_context, "refresh", refresh)
    assert imported(source, monkeypatch).doubled(21) == 42


@pytest.fixture
def with_parts(source: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    source.write_text(WITH_PARTS)
    return imported(source, monkeypatch)


def test_a_kernel_calls_its_parts_out_of_the_file_that_it_is_stored_in(
    with_parts: ModuleType,
) -> None:
    assert store(with_parts).result(20) == 42


def test_a_kernel_that_numba_keeps_calls_its_parts_too(with_parts: ModuleType) -> None:
    assert with_parts.result(20) == 42


def test_a_kernel_is_stored_and_called_through_numba_in_one_process(
    with_parts: ModuleType,
) -> None:
    assert (store(with_parts).result(20), with_parts.result(20)) == (42, 42)


def test_what_a_kernel_has_called_is_called_from_python_as_before(with_parts: ModuleType) -> None:
    store(with_parts)
    assert with_parts.halved(42) == 21


def test_a_part_called_from_python_is_an_error(with_parts: ModuleType) -> None:
    with pytest.raises(TypeError, match="is not callable"):
        with_parts.raised(40, 2)


@pytest.mark.parametrize("kind", [".nbi", ".nbc"])
@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"",
        lambda content: content[: len(content) // 2],
        lambda content: b"\xff" * 99,
    ],
    ids=["empty", "cut", "garbage"],
)
def test_a_damaged_cache_is_said_once_and_begun_anew(
    source: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    kind: str,
    damage: Callable[[bytes], bytes],
) -> None:
    imported(source, monkeypatch).doubled(21)
    cached = [path for path in source.parent.rglob("*.nb?") if path.suffix == kind]
    for path in cached:
        path.write_bytes(damage(path.read_bytes()))

    for _ in range(2):
        assert imported(source, monkeypatch).doubled(21) == 42
    [message] = caplog.messages
    assert message.startswith(f"the cache of kernels in {cached[0].parent} is damaged")

    caplog.set_level(logging.INFO)
    assert imported(source, monkeypatch).doubled(21) == 42
    assert COMPILING not in caplog.messages


def test_a_cache_that_cannot_be_written_is_said_once_and_the_kernel_works(
    source: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: object) -> None:
        raise OSError(ENOSPC, "No space left on device")

    monkeypatch.setattr(caching.IndexDataCacheFile, "_save_data", full)

    for _ in range(2):
        assert imported(source, monkeypatch).doubled(21) == 42

    [message] = caplog.messages
    assert message.startswith("kernels are compiled in every run, no cache can be kept: ")
    assert message.endswith("No space left on device")


def test_without_a_folder_for_a_cache_a_kernel_works_all_the_same(
    source: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(caching.CacheImpl, "_locator_classes", [])

    assert imported(source, monkeypatch).doubled(21) == 42
    assert "no cache can be kept: cannot cache function 'doubled': no locator" in caplog.text


@pytest.mark.parametrize("error", [ImportError("no numba here"), OSError("no library here")])
def test_kernels_that_do_not_import_are_one_warning_and_none(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    with without_kernels(error):
        assert load_kernels("orderflow_book.kernel") is None
        assert load_kernels("orderflow_core.plugin.bar_kernel") is None

    assert caplog.messages == [f"plain Python does the work of compiled kernels, slower: {error}"]


def test_kernels_are_none_where_numba_is_told_not_to_compile(
    source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(numba.config, "DISABLE_JIT", 1)

    with pytest.raises(ImportError, match="NUMBA_DISABLE_JIT is set"):
        imported(source, monkeypatch)


@pytest.mark.parametrize("asks", [False, True])
def test_kernels_of_orders_are_loaded_where_a_plugin_asks_for_them(
    monkeypatch: pytest.MonkeyPatch, asks: bool
) -> None:
    loaded: list[str] = []
    monkeypatch.setattr(kernels, "load_kernels", loaded.append)

    warm_kernels([OrderBook(), Orders() if asks else Depth()])

    assert "orderflow_book.kernel" in loaded
    assert ("orderflow_book.orders_kernel" in loaded) == asks
