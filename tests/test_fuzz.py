"""A sample of `python -m benchmarks.fuzz`, always the same."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.fuzz.__main__ import ATTEMPTS
from benchmarks.fuzz.databases import START
from benchmarks.fuzz.databases import check as check_database
from benchmarks.fuzz.level_texts import check
from benchmarks.fuzz.tally import Tally
from tests.plugins.sqlite.make import Row, write
from tests.roads import Road, every_road, fast


def tried(name: str, count: int, folder: Path, seed: int = 7) -> Tally:
    total = Tally()
    for tally in ATTEMPTS[name][1](seed, count, folder):
        total.add(tally)
    return total


@every_road
def test_thousands_of_texts_of_levels_are_read_as_the_oracle_reads_them(
    tmp_path: Path, road: Road
) -> None:
    with road():
        tally = tried("levels", 4_000, tmp_path)

    assert tally.wrong == []
    assert min(tally.outcomes["used"], tally.outcomes["refused"]) > 400


@every_road
def test_changed_databases_give_what_the_oracle_gives_or_are_refused(
    tmp_path: Path, road: Road
) -> None:
    with road():
        tally = tried("databases", 100 if road is fast else 40, tmp_path)

    assert tally.wrong == []
    assert min(tally.outcomes["equal"], tally.outcomes["refused by both"]) > 4


@pytest.mark.parametrize("seed", range(2))
def test_a_market_in_another_shape_gives_its_numbers(tmp_path: Path, seed: int) -> None:
    """One level a row, merged, sorted, packed, of other names, sides and times; trades again."""
    tally = tried("shapes", 5, tmp_path, seed)

    assert tally.wrong == []
    assert tally.tried == 5


@pytest.mark.slow
def test_with_all_indexes_checked_no_kernel_leaves_its_arrays(tmp_path: Path) -> None:
    tally = tried("checked", 5_000, tmp_path)

    assert tally.wrong == []
    assert tally.tried == 5_000


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


@given(batch=TEXTS)
def test_any_bytes_and_any_literals_are_read_as_the_oracle_reads_them(
    tmp_path_factory: pytest.TempPathFactory, batch: list[bytes]
) -> None:
    assert check(batch, tmp_path_factory.mktemp("texts")).wrong == []


TIMES = st.integers(START, START + 2_000) | st.sampled_from([None, "x", START / 1_000, -5, 7.5])
ROWS = {
    "bids": st.sampled_from(["[]", '[["100", "1"]]', "[[99, 0], [98, 2]]", "[[1]]"]) | st.text(),
    "asks": st.sampled_from(["[]", '[["101", "1"]]', "((102, 3),)", None]) | st.binary(max_size=9),
    "timestamp": TIMES,
    "seq_id": st.integers(-1, 3) | st.none(),
    "prev_seq_id": st.integers(-1, 3) | st.none(),
}
TRADES = {
    "price": st.sampled_from([100, "100.5", 0, -1.0, None, b"7"]) | st.floats(),
    "size": st.sampled_from([1, "2e0", 0, None]) | st.floats(),
    "side": st.sampled_from(["buy", "SELL", "bid", None, b"buy"]),
    "timestamp": TIMES,
}


@given(
    book=st.lists(st.fixed_dictionaries(ROWS), max_size=8),
    trades=st.lists(st.fixed_dictionaries(TRADES), max_size=8),
    in_order=st.booleans(),
)
def test_any_rows_are_run_over_as_the_oracle_does_or_refused(
    tmp_path_factory: pytest.TempPathFactory,
    book: list[Row],
    trades: list[Row],
    in_order: bool,
) -> None:
    if in_order:
        for rows in (book, trades):
            rows.sort(key=lambda row: row["timestamp"] if isinstance(row["timestamp"], int) else 0)
    path = tmp_path_factory.mktemp("rows") / "FUZZ-26-01-01.db"
    write(path, book, trades)

    assert check_database(path.read_bytes(), path).wrong == []
