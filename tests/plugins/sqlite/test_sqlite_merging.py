"""Files that overlap in time, read as one."""

from pathlib import Path

import pytest
from orderflow_sqlite import merging

from orderflow_core import InputError
from tests.plugins.sqlite.make import book_row, execute, trade_row, write
from tests.plugins.sqlite.reading import DAY_1, DAY_2, read

BASE = 1_748_736_000_000


def book(times: list[int], first: int = 1) -> list[dict[str, object]]:
    return [book_row(BASE + time, [[first + place, 1]]) for place, time in enumerate(times)]


@pytest.fixture(params=[1, 1_024], autouse=True)
def at_once(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(merging, "_AT_ONCE", request.param)


def test_rows_are_merged_by_time_then_file_then_id(tmp_path: Path) -> None:
    write(tmp_path / DAY_1, book([1, 3, 3, 7]), [trade_row(BASE + time) for time in (2, 4)])
    write(tmp_path / DAY_2, book([2, 3, 9], 11), [trade_row(BASE + 4, 50.0)])

    found = read(tmp_path, overlap="merge")

    assert [time - BASE for time in found.times] == [1, 2, 3, 3, 3, 7, 9]
    assert [bids[0][0] for bids in found.bids] == [1, 11, 2, 3, 12, 4, 13]
    assert [(each.timestamp - BASE, each.price) for each in found.trades] == [
        (2, 100.0), (4, 100.0), (4, 50.0)
    ]  # fmt: skip
    assert [each.rows for each in found.ledger.inputs] == [6, 4]


def test_two_recorders_of_one_feed_give_what_one_gives(tmp_path: Path) -> None:
    rows = [
        {**row, "seq_id": 10 + place, "prev_seq_id": 9 + place if place else -1}
        for place, row in enumerate(book([1, 2, 3, 4, 5]))
    ]
    trades = [trade_row(BASE + time, trade_id=str(time)) for time in (1, 2, 3)]
    one_folder, both = tmp_path / "one", tmp_path / "both"
    for folder in (one_folder, both):
        folder.mkdir()
    write(one_folder / DAY_1, rows, trades)
    write(both / DAY_1, rows[:4], trades[:2])
    write(both / DAY_2, rows[1:], trades[1:])

    one = read(one_folder)
    found = read(both, overlap="merge", duplicates="drop")

    assert (found.times, found.bids, found.sure) == (one.times, one.bids, one.sure)
    assert [each.trade_id for each in found.trades] == ["1", "2", "3"]
    assert (found.ledger.stale, found.ledger.duplicates) == (3, 1)


def test_each_file_has_times_and_columns_of_its_own(tmp_path: Path) -> None:
    write(tmp_path / DAY_1, [book_row(BASE), book_row(BASE + 20)])
    write(tmp_path / DAY_2, [book_row((BASE + 10) * 1000, action="snapshot")])

    found = read(tmp_path, overlap="merge")

    assert [time - BASE for time in found.times] == [0, 10, 20]
    assert found.snapshots == [False, True, False]


@pytest.mark.parametrize("batch", [1, 2, 8192])
def test_a_file_without_marks_of_snapshots_has_none(tmp_path: Path, batch: int) -> None:
    """Whatever stands in the other file's rows of the same batch, or of the one before."""
    write(tmp_path / DAY_1, [book_row(BASE + time) for time in (0, 20, 40)])
    marks = [book_row(BASE + time, action="snapshot") for time in (10, 30, 50)]
    write(tmp_path / DAY_2, marks)

    found = read(tmp_path, overlap="merge", book_batch=batch)

    assert found.snapshots == [False, True] * 3


def test_a_file_whose_name_alone_tells_the_instrument_is_merged_with_one_that_has_others(
    tmp_path: Path,
) -> None:
    own, other = (book_row(BASE + 10, instrument=name) for name in ("BTC-USDT", "ETH-USDT"))
    write(tmp_path / DAY_1, [book_row(BASE), book_row(BASE + 20)])
    write(tmp_path / DAY_2, [own, other])

    found = read(tmp_path, overlap="merge")

    assert [time - BASE for time in found.times] == [0, 10, 20]


def test_one_level_a_row_is_merged_too(tmp_path: Path) -> None:
    for name, times in ((DAY_1, (0, 0, 20)), (DAY_2, (10, 30))):
        rows = [
            {"timestamp": BASE + time, "side": "bid", "price": 99 + place, "size": 1}
            for place, time in enumerate(times)
        ]
        write(tmp_path / name, rows, columns={"book": list(rows[0])})

    assert [time - BASE for time in read(tmp_path, overlap="merge").times] == [0, 10, 20, 30]


def test_files_that_do_not_overlap_are_read_in_the_order_of_their_times(tmp_path: Path) -> None:
    write(tmp_path / DAY_1, book([20]))
    write(tmp_path / DAY_2, book([10]))

    assert [time - BASE for time in read(tmp_path, overlap="merge").times] == [10, 20]


def test_what_is_refused_is_told_with_its_own_file(tmp_path: Path) -> None:
    write(tmp_path / DAY_1, book([1, 9]))
    path = write(tmp_path / DAY_2, [*book([2]), book_row(BASE + 3, "?")])

    with pytest.raises(InputError, match=f"{path}, table book, id 2: "):
        read(tmp_path, overlap="merge", strict=True)


def test_a_file_that_is_damaged_is_named(tmp_path: Path) -> None:
    write(tmp_path / DAY_1, book([1, 9]))
    path = write(tmp_path / DAY_2, book([2, 3]))
    execute(path, "DROP TABLE trades", "CREATE TABLE prints (price, size, side, timestamp)")

    with pytest.raises(InputError, match=f"{path} has no table 'trades'"):
        read(tmp_path, overlap="merge")
