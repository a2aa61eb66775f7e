"""A recorder that is killed loses nothing that it had committed."""

import os
from pathlib import Path

import pytest

from benchmarks.fuzz import recorder_kills

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name != "posix", reason="kills as POSIX has them"),
]


def test_a_killed_recorder_goes_on_with_a_gap_row_and_all_that_was_committed(
    tmp_path: Path,
) -> None:
    wrong = [text for tally in recorder_kills.kills(1, 3, tmp_path) for text in tally.wrong]

    assert wrong == []
