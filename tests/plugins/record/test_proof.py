"""What files of a recorder prove, and what speaks against them."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from orderflow_record.database import DayFile, file_of
from orderflow_record.proof import Proof, prove

from orderflow_core import InputError
from tests.command import orderflow
from tests.plugins.record.feeds import (
    DAY_1,
    DAY_2,
    NAME,
    Sent,
    recording,
    snapshot,
    trade,
    update,
)

OVER_MIDNIGHT: list[Sent] = [
    snapshot(DAY_2 - 1_000),
    update(DAY_2 - 500, 12, 10, ["98", "7"]),
    trade(DAY_2 - 400, 7),
    trade(DAY_2 - 300, 9),
    update(DAY_2 + 500, 15, 12),
]


def files(folder: Path, *messages: Sent) -> list[Path]:
    """Record messages, and return the files."""
    made = recording()
    for message in messages:
        made.take(message, message.time)
    for batch in made.batches(end=True):
        file = DayFile(file_of(folder, NAME, batch.day), NAME, "kill", {"venue": "okx"})
        file.write(batch)
        file.close()
    return sorted(folder.glob("*.db"))


def change(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(statement)


def test_a_day_begins_as_the_day_before_ended(tmp_path: Path) -> None:
    first, second = prove(files(tmp_path, *OVER_MIDNIGHT))

    assert (first.rows, first.trades, first.missing_ids) == (2, 2, 1)
    assert (first.begins_as_ended, second.begins_as_ended) == (None, True)
    assert (first.holds, second.holds, second.proven) == (True, True, 1.0)


def test_another_book_at_midnight_speaks_against_the_file(tmp_path: Path) -> None:
    paths = files(tmp_path, *OVER_MIDNIGHT)
    change(paths[1], "UPDATE book SET bids = '[]' WHERE id = 1")

    second = prove(paths)[1]

    assert (second.begins_as_ended, second.holds) == (False, False)


def test_a_row_that_is_taken_out_is_a_break(tmp_path: Path) -> None:
    [path] = files(
        tmp_path,
        snapshot(DAY_1),
        *(update(DAY_1 + 100 * n, 10 + n, 9 + n) for n in range(1, 5)),
    )
    change(path, "DELETE FROM book WHERE id = 3")

    [proof] = prove([path])

    assert (proof.breaks, proof.holds, proof.proven) == (1, False, 0.75)


def test_a_gap_that_is_told_speaks_against_nothing(tmp_path: Path) -> None:
    [path] = files(
        tmp_path,
        snapshot(DAY_1),
        update(DAY_1 + 100, 12, 10),
        update(DAY_1 + 200, 20, 17),
        snapshot(DAY_1 + 300, 21),
        update(DAY_1 + 400, 22, 21),
    )

    [proof] = prove([path])

    assert (proof.breaks, proof.holds, proof.proven) == (0, True, 0.5)
    assert proof.gaps == [(DAY_1 + 100, DAY_1 + 300, "book", "sequence")]


def test_a_day_that_is_not_there_is_no_day_before(tmp_path: Path) -> None:
    paths = files(tmp_path, *OVER_MIDNIGHT)

    assert prove(paths[1:])[0].begins_as_ended is None


def test_a_file_of_another_kind_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    change(path, "CREATE TABLE book (id)")

    with pytest.raises(InputError, match="no file of a recorder"):
        prove([path])


@pytest.mark.parametrize("command", [["prove"], ["inspect", "--proof"]])
def test_the_commands_tell_it(tmp_path: Path, command: list[str]) -> None:
    paths = [str(path) for path in files(tmp_path, *OVER_MIDNIGHT)]

    done = orderflow(tmp_path, *command, *paths)
    as_json = orderflow(tmp_path, *command, "--json", *paths)

    assert (done.returncode, done.stderr) == (0, "")
    assert "begins as the day before ended: yes" in done.stdout
    told = [json.loads(line) for line in as_json.stdout.splitlines()]
    assert [Proof(**{k: v for k, v in each.items() if k != "holds"}).rows for each in told] == [
        2,
        2,
    ]


def test_several_paths_are_for_the_proof_alone(tmp_path: Path) -> None:
    done = orderflow(tmp_path, "inspect", "a", "b")

    assert done.returncode == 2
    assert "several are for --proof alone" in done.stderr
