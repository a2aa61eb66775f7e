"""Tapes through a venue into recordings."""

import json
from pathlib import Path
from typing import Any

import pytest
from orderflow_record.database import file_of
from orderflow_record.importing import import_tapes

from orderflow_core import InputError, OutputError
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
