"""Tapes through a venue into recordings."""

import json
from pathlib import Path
from typing import Any

import pytest
from orderflow_record.database import file_of
from orderflow_record.importing import import_tapes
from orderflow_sqlite.source import SqliteSource

from orderflow_core import InputError, OutputError
from orderflow_core.sources import DAY_MS
from tests.plugins.record.feeds import DAY_1, NAME, NOON
from tests.plugins.record.test_record_database import rows


def book(ms: int, action: str, seq: int, prev: int) -> Any:
    data = {"bids": [["100", "1"]], "asks": [["101", "1"]], "ts": str(NOON + ms)}
    return {
        "arg": {"channel": "books", "instId": NAME},
        "action": action,
        "data": [{**data, "seqId": seq, "prevSeqId": prev}],
    }


def tape(folder: Path, *lines: tuple[int, Any] | str) -> Path:
    """Write a tape of frames, received so many ms after noon, and of other lines."""
    path = folder / "tape.jsonl"
    with path.open("w") as file:
        for line in lines:
            text = line if isinstance(line, str) else f"{NOON + line[0]} {json.dumps(line[1])}"
            file.write(f"{text}\n")
    return path


START = (30, book(0, "snapshot", 10, -1))


def imported(folder: Path, *lines: tuple[int, Any] | str) -> Path:
    import_tapes([tape(folder, *lines)], "okx", [NAME], folder / "data")
    return file_of(folder / "data", NAME, DAY_1)


def test_the_rows_of_a_tape_are_in_the_files_of_their_days(tmp_path: Path) -> None:
    path = imported(tmp_path, START, (130, book(100, "update", 12, 10)))

    assert rows(path, "SELECT seq_id, timestamp, receipt FROM book") == [
        (10, NOON, NOON + 30),
        (12, NOON + 100, NOON + 130),
    ]
    assert ("venue", "okx") in rows(path, "SELECT * FROM meta")


def test_what_okx_says_of_orders_is_written_and_read_again(tmp_path: Path) -> None:
    """Also in the book with which the file of the next day begins."""
    before, after = DAY_MS // 2 - 1_000, DAY_MS // 2 + 1_000
    first, second = book(before, "snapshot", 10, -1), book(after, "update", 12, 10)
    first["data"][0]["bids"] = [["100", "5", "0", "3"], ["99", "1", "0", "1"]]
    second["data"][0]["bids"] = [["99", "0", "0", "0"], ["98", "2", "0", "4"]]
    imported(tmp_path, (before + 30, first), (after + 30, second))

    source = SqliteSource(path=tmp_path / "data")
    source.with_orders = True
    windows = [block.windows.with_orders() for block in source.blocks(NAME)]

    assert [
        [] if window.bid_orders is None else window.bid_orders.tolist()
        for each in windows
        for window in each
    ] == [[3, 1], [3, 1], [0, 4]]


GAPS: dict[str, tuple[list[tuple[int, Any] | str], set[str]]] = {
    "a new connection": (["wss://x <-> 1", (900, book(800, "snapshot", 40, -1))], {"disconnect"}),
    "half a minute without a frame": ([(40_000, book(39_000, "update", 40, 10))], {"silent"}),
    "half a frame": (['1748779200040 {"arg":', (90, book(80, "update", 14, 12))], {"sequence"}),
}


@pytest.mark.parametrize(("lines", "reasons"), GAPS.values(), ids=GAPS)
def test_what_is_missing_has_a_row(
    tmp_path: Path, lines: list[tuple[int, Any] | str], reasons: set[str]
) -> None:
    path = imported(tmp_path, START, *lines)

    assert {reason for (reason,) in rows(path, "SELECT reason FROM gaps")} == reasons


def test_levels_that_are_none_leave_the_book_unsure(tmp_path: Path) -> None:
    broken = book(100, "update", 12, 10)
    broken["data"][0]["bids"] = [["nothing", "x"]]

    path = imported(tmp_path, START, (130, broken), (230, book(200, "update", 14, 12)))

    assert rows(path, "SELECT channel FROM gaps ORDER BY channel") == [("book",), ("trades",)]


def test_recordings_that_are_there_stay(tmp_path: Path) -> None:
    imported(tmp_path, START)

    with pytest.raises(OutputError, match="has recordings of BTC-USDT"):
        imported(tmp_path, START)


def test_a_tape_of_something_else_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nothing of BTC-USDT at okx is in there"):
        imported(tmp_path, (1, {"a": 1, "data": []}))
