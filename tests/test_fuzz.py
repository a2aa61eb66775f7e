"""A sample of `python -m benchmarks.fuzz`, always the same."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.fuzz.__main__ import ATTEMPTS
from benchmarks.fuzz.level_texts import check
from benchmarks.fuzz.tally import Tally
from tests.roads import Road, every_road


def tried(name: str, count: int, folder: Path, seed: int = 7) -> Tally:
    total = Tally()
    for tally in ATTEMPTS[name][1](seed, count, folder):
        total.add(tally)
    return total


@every_road
def test_ten_thousand_texts_of_levels_are_read_as_the_oracle_reads_them(
    tmp_path: Path, road: Road
) -> None:
    with road():
        tally = tried("levels", 10_000, tmp_path)

    assert tally.wrong == []
    assert min(tally.outcomes["used"], tally.outcomes["refused"]) > 1_000


@every_road
def test_two_hundred_changed_databases_give_what_the_oracle_gives_or_are_refused(
    tmp_path: Path, road: Road
) -> None:
    with road():
        tally = tried("databases", 200, tmp_path)

    assert tally.wrong == []
    assert min(tally.outcomes["equal"], tally.outcomes["refused by both"]) > 20


@pytest.mark.slow
def test_twenty_killed_runs_leave_whole_files_and_run_again_to_the_same_digest(
    tmp_path: Path,
) -> None:
    tally = tried("kills", 20, tmp_path)

    assert tally.wrong == []
    assert tally.tried == 20


ANY = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4)
VALUES = st.recursive(ANY, lambda inner: st.lists(inner, max_size=4) | st.tuples(inner, inner))
TEXTS = st.lists(st.binary(max_size=60) | VALUES.map(repr).map(str.encode), max_size=8)


@settings(max_examples=60, deadline=None)
@given(batch=TEXTS)
def test_any_bytes_and_any_literals_are_read_as_the_oracle_reads_them(
    tmp_path_factory: pytest.TempPathFactory, batch: list[bytes]
) -> None:
    assert check(batch, tmp_path_factory.mktemp("texts")).wrong == []
