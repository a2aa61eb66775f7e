"""The memory of a worker, kept from one unit to the next."""

import platform

import numpy as np
import pytest

from orderflow_core.engine.memory import keep_memory

PAGES = 2_048


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries are told nothing")
def test_memory_that_was_let_go_of_is_not_got_anew_page_by_page() -> None:
    resource = pytest.importorskip("resource")
    keep_memory()

    def got_anew() -> int:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        np.empty(PAGES * 4_096, np.uint8).fill(1)
        return int(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)

    got_anew()

    assert got_anew() < PAGES // 8
