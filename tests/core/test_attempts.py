"""Attempts: the later one takes a folder over, and the earlier one finds out."""

import os
from pathlib import Path

import pytest

from orderflow_core import OutputError
from orderflow_core.output.attempt import MARK, Attempt, attempting
from orderflow_core.sinks import (
    TEMPORARY,
    beside_others,
    hold,
    living_owner,
    release,
    still_held,
    write_whole,
)

FIRST = Attempt("run", 1, "here", 11)
SECOND = Attempt("run", 2, "there", 22)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "out"


def held_by(attempt: Attempt, folder: Path) -> None:
    with attempting(attempt):
        hold(folder)


def test_an_attempt_finds_out_that_a_later_one_has_its_folder(folder: Path) -> None:
    held_by(FIRST, folder)
    with attempting(FIRST):
        still_held(folder)
    release(folder)
    held_by(SECOND, folder)

    with attempting(FIRST), pytest.raises(OutputError, match="taken over by a later attempt"):
        still_held(folder)
    with attempting(SECOND):
        still_held(folder)
        release(folder)


def test_an_attempt_finds_out_even_when_the_later_one_has_ended(folder: Path) -> None:
    held_by(SECOND, folder)
    with attempting(SECOND):
        release(folder)

    assert list(folder.iterdir()) == []
    with attempting(FIRST), pytest.raises(OutputError, match="taken over"):
        still_held(folder)


@pytest.mark.parametrize(
    ("later", "taken"),
    [
        (SECOND, True),
        (Attempt("run", 1, "there", 22), True),
        (Attempt("another", 2, "there", 22), False),
        (Attempt("run", 0, "there", 22), False),
    ],
)
def test_a_later_attempt_at_the_same_run_alone_takes_a_locked_folder(
    folder: Path, later: Attempt, taken: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    held_by(FIRST, folder)
    monkeypatch.setattr("orderflow_core.output.owner._held", {})  # as in another process

    if taken:
        held_by(later, folder)
        with attempting(later):
            still_held(folder)
    else:
        with pytest.raises(OutputError, match="belongs to a run that is still going on"):
            held_by(later, folder)


def test_the_report_of_an_earlier_attempt_that_lives_on_stops_no_later_one(folder: Path) -> None:
    held_by(FIRST, folder)
    report = folder / "run.json"
    report.write_text('{"status": "running", "pid": 1}')

    assert living_owner(report) == 1
    with attempting(SECOND):
        assert living_owner(report) is None
    release(folder)


def test_a_temporary_file_is_named_for_its_attempt(tmp_path: Path) -> None:
    (tmp_path / f"a.txt{FIRST.name}{TEMPORARY}").mkdir()

    write_whole(tmp_path / "a.txt", b"without")
    with attempting(SECOND):
        write_whole(tmp_path / "a.txt", b"second")
    with attempting(FIRST), pytest.raises(OutputError, match="cannot be written"):
        write_whole(tmp_path / "a.txt", b"first")

    assert (tmp_path / "a.txt").read_bytes() == b"second"


def test_without_an_attempt_nothing_is_marked(folder: Path) -> None:
    hold(folder)
    still_held(folder)

    assert not beside_others()
    assert not (folder / MARK).exists()
    release(folder)


def test_a_pipe_in_the_place_of_a_mark_is_not_waited_for(folder: Path) -> None:
    folder.mkdir()
    os.mkfifo(folder / MARK)

    with attempting(FIRST):
        hold(folder)
        still_held(folder)
        release(folder)

    assert not (folder / MARK).exists()
