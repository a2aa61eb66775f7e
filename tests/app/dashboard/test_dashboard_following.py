"""Files that grow, read as they grow."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from orderflow_app.dashboard.reading.following import Following

NAME, OLDER = "lines", "lines.1"


@pytest.fixture
def open_file(tmp_path: Path) -> Callable[[str], int]:
    return lambda name: os.open(tmp_path / name, os.O_RDONLY)


@pytest.fixture
def file() -> Following[int]:
    return Following(NAME, OLDER, int)


def append(folder: Path, text: str) -> None:
    with (folder / NAME).open("a") as found:
        found.write(text)


def rename(folder: Path) -> None:
    (folder / NAME).replace(folder / OLDER)


def test_what_has_come_is_added(
    tmp_path: Path, file: Following[int], open_file: Callable[[str], int]
) -> None:
    for text, rows in (
        ("1\n2\n", (1, 2)),
        ("", (1, 2)),
        ("3\n4", (1, 2, 3)),
        ("5\n", (1, 2, 3, 45)),
    ):
        append(tmp_path, text)
        file.look(open_file)
        assert (file.rows.first, file.rows.rows) == (0, rows)


def test_a_file_that_was_renamed_is_read_to_its_end(
    tmp_path: Path, file: Following[int], open_file: Callable[[str], int]
) -> None:
    append(tmp_path, "1\n")
    file.look(open_file)
    epoch = file.rows.epoch
    append(tmp_path, "2\n")
    rename(tmp_path)
    append(tmp_path, "3\n")
    file.look(open_file)

    assert (file.rows.epoch, file.rows.first, file.rows.rows) == (epoch, 0, (1, 2, 3))


def test_rows_of_a_file_that_is_no_more_are_dropped_and_the_others_keep_their_numbers(
    tmp_path: Path, file: Following[int], open_file: Callable[[str], int]
) -> None:
    for number in (1, 2, 3):
        append(tmp_path, f"{number}0\n{number}1\n")
        file.look(open_file)
        rename(tmp_path)
    append(tmp_path, "40\n")
    file.look(open_file)

    assert (file.rows.first, file.rows.rows) == (4, (30, 31, 40))


def test_another_run_begins_another_epoch(
    tmp_path: Path, file: Following[int], open_file: Callable[[str], int]
) -> None:
    append(tmp_path, "1\n2\n")
    file.look(open_file)
    epoch = file.rows.epoch
    (tmp_path / "new").write_text("7\n")
    (tmp_path / "new").replace(tmp_path / NAME)
    file.look(open_file)

    assert file.rows.epoch != epoch
    assert (file.rows.first, file.rows.rows) == (0, (7,))


def test_who_comes_later_has_the_older_file_too(
    tmp_path: Path, file: Following[int], open_file: Callable[[str], int]
) -> None:
    append(tmp_path, "1\n")
    rename(tmp_path)
    append(tmp_path, "2\n")
    file.look(open_file)

    assert file.rows.rows == (1, 2)


def test_without_a_file_there_are_no_rows(
    file: Following[int], open_file: Callable[[str], int]
) -> None:
    file.look(open_file)

    assert file.rows.rows == ()


def test_a_line_that_is_none_is_left_out_and_told_of(
    tmp_path: Path, file: Following[int], open_file: Callable[[str], int]
) -> None:
    append(tmp_path, "1\nx\n3\n")
    file.look(open_file)
    file.look(open_file)

    assert file.rows.rows == (1, 3)
    assert "invalid literal" in str(file.error)
