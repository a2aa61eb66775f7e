"""Kernels as files: called without Numba, and never in the place of others."""

import json
import sys
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from shutil import copytree, rmtree
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest

from orderflow_core.plugin import kernels, stored, storing
from orderflow_core.plugin.kernels import load_kernels

KERNELS = """
import numpy as np
from numba import types
from orderflow_core import column, kernel
from package_of_a_test import helping

@kernel(types.void(column(types.float64), types.float64, types.float64[:, ::1]))
def fill(values, factor, table):
    for place in range(len(values)):
        table[1, place] = factor * values[place] + helping.ADDED

@kernel(types.UniTuple(types.int64, 2)(types.Array(types.int8, 2, "A", readonly=True)))
def first_and_last(table):
    return np.int64(table[0, 0]), np.int64(table[-1, -1])

@kernel(types.boolean(types.boolean, types.int64))
def either(one, other):
    return one or other > 7

@kernel(types.int64(types.int64, types.int64))
def over(one, other):
    return one // other

@kernel(types.int64(types.int64, types.none, types.int64))
def without(one, nothing, other):
    return one - other if nothing is None else nothing[one]
"""
ONE = """
from numba import types
from orderflow_core import kernel

@kernel(types.int64(types.int64))
def doubled(number):
    return 2 * number
"""
ALLOCATING = """
import numpy as np
from numba import types
from orderflow_core import kernel

@kernel(types.float64(types.int64))
def total(count):
    return np.arange(count).astype(np.float64).sum()
"""
MODULE = "package_of_a_test.kernel"


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a package whose kernels have been stored."""
    folder = tmp_path_factory.mktemp("compiled")
    package = folder / "package_of_a_test"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "helping.py").write_text("ADDED = 1.0\n")
    (package / "kernel.py").write_text(KERNELS)
    with pytest.MonkeyPatch.context() as monkeypatch:
        prepare(monkeypatch, folder)
        loaded()
    return folder


@pytest.fixture
def object_files() -> Iterator[None]:
    """Code that can only be loaded by LLVM, as on other systems."""
    with patch.object(storing, "laid_out", side_effect=ValueError("for LLVM")):
        yield


@pytest.fixture
def package(compiled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a copy of the package."""
    copytree(compiled, tmp_path, dirs_exist_ok=True)
    prepare(monkeypatch, tmp_path)
    return tmp_path / "package_of_a_test"


def prepare(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.syspath_prepend(folder)
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
    monkeypatch.setenv("NUMBA_BOUNDSCHECK", "0")
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)


def loaded() -> Any:
    """Load the kernels as a new process does."""
    for each in (load_kernels, stored._content, stored._here):
        each.cache_clear()
    for name in [each for each in sys.modules if each.startswith("package_of_a_test")]:
        del sys.modules[name]
    found = load_kernels(MODULE)
    load_kernels.cache_clear()
    return found


def without_numba() -> Any:
    """Load the kernels from their file; None where they are not taken from it."""
    with patch.object(kernels, "import_module", side_effect=ImportError("no numba here")):
        return loaded()


def file_of(package: Path) -> Path:
    return package / "__pycache__" / "kernel.kernels"


def test_stored_kernels_give_what_those_of_numba_give(package: Path) -> None:
    table = np.arange(12, dtype=np.int8).reshape(3, 4)
    with patch.object(stored, "load", return_value=None):
        of_numba = loaded()
    for made in (of_numba, without_numba()):
        filled = np.zeros((2, 3))
        assert made.fill(np.array([1.0, 2.0, np.nan]), 2, filled) is None
        np.testing.assert_array_equal(filled, [[0, 0, 0], [3, 5, np.nan]])
        assert made.first_and_last(table) == (0, 11)
        assert made.first_and_last(table[::-2, ::-1]) == (11, 0)
        assert [made.either(False, number) for number in (7, 8)] == [False, True]
        assert made.either(np.True_, np.int64(0)) is True
        assert made.over(-7, 2) == -4
        assert made.without(7, None, 2) == 5


@pytest.mark.usefixtures("object_files")
def test_code_that_needs_llvm_is_loaded_by_it(package: Path) -> None:
    (package / "kernel.py").write_text(ONE)
    loaded()

    with patch.object(stored, "put", side_effect=AssertionError):
        assert without_numba().doubled(21) == 42


@pytest.mark.parametrize(
    "values",
    [
        pytest.param((np.ones(3), 2.0), id="one less"),
        pytest.param((np.ones(3), 2.0, np.ones((2, 3)), 1), id="one more"),
        pytest.param((np.ones(3, np.float32), 2.0, np.ones((2, 3))), id="float32"),
        pytest.param((np.ones((3, 1)), 2.0, np.ones((2, 3))), id="two dimensions"),
        pytest.param((np.ones(6)[::2], 2.0, np.ones((2, 3))), id="strided"),
        pytest.param((np.ones(3), 2.0, np.ones((2, 6))[:, ::2]), id="strided rows"),
        pytest.param((np.ones(1), 2.0, np.frombuffer(bytes(16)).reshape(2, 1)), id="read only"),
        pytest.param(([1.0, 2.0, 3.0], 2.0, np.ones((2, 3))), id="list"),
    ],
)
def test_a_stored_kernel_refuses_what_it_is_not_made_for(
    package: Path, values: tuple[Any, ...]
) -> None:
    with pytest.raises(TypeError, match="fill takes"):
        without_numba().fill(*values)


def test_what_a_kernel_raises_is_an_error_of_the_stored_one(package: Path) -> None:
    with pytest.raises(RuntimeError, match="over failed"):
        without_numba().over(1, 0)


def put(told: Callable[[dict[str, Any]], dict[str, Any]]) -> Callable[[Path], object]:
    """Return what changes the words of a file, one line of which is about the other."""

    def change(file: Path) -> None:
        key, words, code = file.read_bytes().split(b"\n", 2)
        rest = json.dumps(told(json.loads(words))).encode() + b"\n" + code
        key = json.dumps({**json.loads(key), "sha256": sha256(rest).hexdigest()}).encode()
        file.write_bytes(key + b"\n" + rest)

    return change


def with_an_unknown_function(told: dict[str, Any]) -> dict[str, Any]:
    within, _, entries = told["layout"]
    return {**told, "layout": [within, [[0, "no_such"]], entries]}


def with_another_key(file: Path) -> None:
    key, _, rest = file.read_bytes().partition(b"\n")
    file.write_bytes(json.dumps({**json.loads(key), "key": "another"}).encode() + b"\n" + rest)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda file: file.write_bytes(b""), id="empty"),
        pytest.param(lambda file: file.write_bytes(b"{}\n"), id="no words"),
        pytest.param(lambda file: file.write_bytes(b"\xff" * 99), id="garbage"),
        pytest.param(lambda file: file.write_bytes(file.read_bytes()[:-9]), id="cut"),
        pytest.param(lambda file: file.unlink(), id="gone"),
        pytest.param(lambda file: file.write_bytes(file.read_bytes()[1:]), id="other words"),
        pytest.param(with_another_key, id="other key"),
        pytest.param(put(with_an_unknown_function), id="unknown function"),
    ],
)
def test_a_file_that_is_not_of_these_kernels_is_not_used(
    package: Path, change: Callable[[Path], object]
) -> None:
    assert without_numba() is not None

    change(file_of(package))
    assert without_numba() is None


@pytest.mark.parametrize("name", ["helping.py", "kernel.py", "another.py"])
def test_stored_kernels_are_those_of_the_very_sources(package: Path, name: str) -> None:
    (package / name).write_text("ADDED = 2.0\n")

    assert without_numba() is None


def test_a_kernel_is_compiled_anew_where_what_it_calls_has_changed(package: Path) -> None:
    """Numba's cache of its own would give the one of before, to be stored as that of now."""
    (package / "helping.py").write_text("ADDED = 2.0\n")
    filled = np.zeros((2, 3))

    for load in (loaded, without_numba):
        load().fill(np.zeros(3), 1, filled)
        assert filled[1].tolist() == [2.0, 2.0, 2.0]


def test_stored_kernels_are_those_of_the_very_settings_of_numba(
    package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NUMBA_BOUNDSCHECK", "1")

    assert without_numba() is None


def test_kernels_whose_folder_takes_no_file_are_stored_in_that_of_the_user(package: Path) -> None:
    rmtree(package / "__pycache__")
    (package / "__pycache__").write_text("no folder")
    (package / "kernel.py").write_text(ONE)
    loaded()

    assert without_numba().doubled(21) == 42
    assert (package.parent / "cache" / "orderflow" / f"{MODULE}.kernels").is_file()


def test_kernels_that_can_be_stored_nowhere_work_all_the_same(
    package: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(kernels, "_told", set())
    no_folder = package / "helping.py"
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(no_folder))

    for _ in range(2):
        assert loaded().over(7, 2) == 3
    [message] = caplog.messages
    assert message.startswith("kernels are compiled in every run, no cache can be kept: ")
    assert str(no_folder) in message


def test_code_that_cannot_be_loaded_here_is_compiled_by_numba_once(package: Path) -> None:
    (package / "kernel.py").write_text(ONE)
    with patch.object(stored, "_callable", side_effect=OSError("no memory may be executed")):
        assert loaded().doubled(21) == 42
        with patch.object(kernels.Kernel, "code", side_effect=AssertionError):
            assert loaded().doubled(21) == 42


def test_a_kernel_that_numba_does_not_compile_leaves_the_work_to_plain_python(
    package: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(kernels, "_told", set())
    (package / "kernel.py").write_text(ONE.replace("2 * number", "number.no_such"))

    assert loaded() is None
    assert "plain Python does the work of compiled kernels" in caplog.messages[-1]


def test_kernels_that_allocate_are_left_to_numba(package: Path) -> None:
    (package / "kernel.py").write_text(ALLOCATING)

    assert loaded().total(5) == 10
    assert without_numba() is None

    with patch.object(kernels.Kernel, "code", side_effect=AssertionError):
        assert loaded().total(5) == 10
