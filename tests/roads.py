"""The fast road and each road that stands in for it where something is missing."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from unittest.mock import patch

import pytest

from orderflow_core.plugin import kernels

NO_NUMBA = ImportError("no numba here")


@contextmanager
def fast() -> Iterator[None]:
    """Compiled kernels that step SQLite's own C functions."""
    yield


@contextmanager
def without_c_functions() -> Iterator[None]:
    """SQLite's functions are hidden: rows come from Python's `sqlite3`."""
    with patch("orderflow_sqlite.connection.find_c_api", return_value=None):
        yield


@contextmanager
def without_kernels(error: Exception = NO_NUMBA) -> Iterator[None]:
    """Numba is not to be had: plain Python does all the work."""
    kernels.load_kernels.cache_clear()
    with (
        patch("orderflow_core.plugin.stored.load", return_value=None),
        patch.object(kernels, "import_module", side_effect=error),
    ):
        yield
    kernels.load_kernels.cache_clear()


Road = Callable[[], AbstractContextManager[None]]
ROADS: list[Road] = [fast, without_c_functions, without_kernels]
every_road = pytest.mark.parametrize("road", ROADS, ids=lambda road: road.__name__)
