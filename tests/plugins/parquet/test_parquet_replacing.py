"""What becomes of the files of other runs, and of a sink that cannot write."""

import errno
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from orderflow_parquet.file import read_footer
from orderflow_parquet.places import folder_of
from orderflow_parquet.sink import ParquetSink

from orderflow_core import OrderflowError, OutputError, Plugin, Run, SettingsError, hookimpl
from orderflow_core.testing import INSTRUMENT, run_plugins
from tests.plugins.parquet.test_parquet import (
    DAY_1,
    DAY_2,
    MINUTE,
    TWO,
    WHOLE,
    closes,
    file_of,
    files,
    keep,
    minutes,
    rows_at,
)

BOTH = [(DAY_1, 2.0), (DAY_1 + MINUTE, 3.0)]


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Return a store with a day of two bars."""
    keep(tmp_path, WHOLE, TWO)
    return tmp_path


def test_a_run_over_all_that_the_file_is_of_replaces_it(store: Path) -> None:
    keep(store, WHOLE, minutes((DAY_1, 4.0), (DAY_1 + MINUTE, 5.0)))

    assert closes(store) == [(DAY_1, 4.0), (DAY_1 + MINUTE, 5.0)]


@pytest.mark.parametrize(
    ("times", "told"),
    [
        (
            (DAY_1 + 1, DAY_1 + 2 * MINUTE),
            "it is of 2024-10-04 00:00:00 UTC to 2024-10-04 00:02:00 UTC, and this run of "
            "2024-10-04 00:00:00 UTC to 2024-10-04 00:02:00 UTC",
        ),
        (
            (DAY_1, DAY_1 + MINUTE),
            "it is of 2024-10-04 00:00:00 UTC to 2024-10-04 00:02:00 UTC, and this run of "
            "2024-10-04 00:00:00 UTC to 2024-10-04 00:01:00 UTC",
        ),
    ],
    ids=["later", "shorter"],
)
def test_a_run_over_less_leaves_the_file_and_ends_with_4(
    store: Path, caplog: pytest.LogCaptureFixture, times: tuple[int, ...], told: str
) -> None:
    with pytest.raises(OutputError, match=r"1 files in .* stay as they were") as caught:
        keep(store, rows_at(*times), minutes((DAY_1, 7.0)))

    assert caught.value.exit_code == 4
    assert f"{file_of(store)} stays as it was: {told}" in caplog.text
    assert closes(store) == BOTH


def test_a_run_with_fewer_rows_by_the_same_settings_leaves_the_file(
    store: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(OutputError):
        keep(store, WHOLE, TWO[:1])

    assert "it has 2 rows of obi, and this run 1" in caplog.text
    assert closes(store) == BOTH


def test_other_days_of_such_a_run_are_written(store: Path) -> None:
    with pytest.raises(OutputError):
        keep(
            store,
            rows_at(DAY_1 + MINUTE, DAY_1 + 2 * MINUTE, DAY_2, DAY_2 + MINUTE),
            minutes((DAY_1 + MINUTE, 9.0), (DAY_2, 1.0)),
        )

    assert closes(store) == [*BOTH, (DAY_2, 1.0)]


def test_a_whole_day_stays_until_the_run_has_gone_over_all_of_it(store: Path) -> None:
    seen: list[int] = []

    class Watch(Plugin):
        @hookimpl
        def on_tick(self) -> None:
            seen.append(len(closes(store)))

    sink = ParquetSink(name="parquet", directory=store, flush_seconds=1)
    times = iter(range(0, 100, 2))
    sink.clock = lambda: next(times)
    run_plugins([sink, Watch(name="watch")], WHOLE, derived=TWO, block_size=1)

    assert seen == [2, 2, 2]
    assert closes(store) == BOTH


class Named(Plugin):
    """Has the sink believe in other settings."""

    def __init__(self, sink: ParquetSink, fingerprint: str) -> None:
        super().__init__(name="named")
        self._sink, self._fingerprint = sink, fingerprint

    @hookimpl
    def on_start(self, run: Run) -> None:
        self._sink.fingerprint = self._fingerprint


def keep_by(fingerprint: str, store: Path, *args: Any) -> None:
    sink = ParquetSink(name="parquet", directory=store)
    market, derived = args
    run_plugins([sink, Named(sink, fingerprint)], market, derived=derived, block_size=1)


def test_days_of_other_settings_stay_and_are_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    keep_by("aaaaaaaa", tmp_path, WHOLE, TWO)
    keep_by("bbbbbbbb", tmp_path, rows_at(DAY_2, DAY_2 + MINUTE), minutes((DAY_2, 1.0)))

    assert closes(tmp_path) == [(DAY_2, 1.0)]
    assert closes(tmp_path, settings="aaaaaaaa") == BOTH
    assert "days of TEST-USDT by other settings than this run's, the first of them 2024-10-04" in (
        caplog.text
    )


def test_a_file_that_is_none_of_a_store_stays(
    store: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file_of(store).write_bytes(b"PAR1 and no more")

    with pytest.raises(OutputError):
        keep(store, WHOLE, TWO)

    assert "is no whole Parquet file" in caplog.text
    assert file_of(store).read_bytes() == b"PAR1 and no more"


# What goes wrong


@pytest.fixture
def no_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every replacing of a file find the disk full."""

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)


@pytest.mark.usefixtures("no_room")
def test_a_full_disk_is_told_and_leaves_no_half_file(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"part-0\.parquet cannot be written: No space left"):
        keep(tmp_path, WHOLE, TWO)

    assert files(tmp_path) == []


def test_a_full_disk_leaves_the_file_of_before(store: Path, request: pytest.FixtureRequest) -> None:
    before = file_of(store).read_bytes()
    request.getfixturevalue("no_room")

    with pytest.raises(OutputError):
        keep(store, WHOLE, minutes((DAY_1, 4.0), (DAY_1 + MINUTE, 5.0)))

    assert file_of(store).read_bytes() == before
    assert [path.name for path in file_of(store).parent.iterdir()] == ["part-0.parquet"]


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "store").write_text("a file")

    with pytest.raises(OutputError, match="is not writable"):
        keep(tmp_path / "store", WHOLE, TWO)


def test_what_a_killed_run_left_half_written_goes_with_the_next_write(store: Path) -> None:
    half = file_of(store).with_name("part-0.parquet.orderflow-tmp")
    half.write_bytes(b"half")

    keep(store, WHOLE, TWO)

    assert not half.exists()


HOLDER = (
    "import fcntl, os, sys\n"
    "fcntl.flock(os.open(sys.argv[1], os.O_RDONLY), fcntl.LOCK_EX)\n"
    "print('held', flush=True)\n"
    "sys.stdin.read()"
)


@pytest.mark.parametrize("day", ["", "date=2024-10-04"], ids=["instrument", "day"])
def test_one_run_at_a_time_writes_the_results_of_an_instrument_or_a_day(
    tmp_path: Path, day: str
) -> None:
    pytest.importorskip("fcntl", reason="there are no locks as POSIX has them")
    folder = folder_of(tmp_path, "bars", INSTRUMENT) / day
    folder.mkdir(parents=True)
    command = [sys.executable, "-c", HOLDER, str(folder)]
    with subprocess.Popen(command, stdin=-1, stdout=-1, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        with pytest.raises(OutputError, match="belongs to a run that is still going on"):
            keep(tmp_path, WHOLE, TWO)
        process.kill()
    keep(tmp_path, WHOLE, TWO)

    assert closes(tmp_path) == BOTH


def test_two_tables_with_one_directory_are_refused(tmp_path: Path) -> None:
    sinks = [ParquetSink(name=name, directory=tmp_path) for name in ("first", "second")]

    with pytest.raises(SettingsError, match=r"first\] and .*second\] write into one directory"):
        run_plugins(sinks, WHOLE)


def test_a_footer_of_a_newer_schema_is_told(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orderflow_parquet.file.SCHEMA", 0)

    with pytest.raises(OrderflowError, match="is of schema 1; this orderflow reads 0"):
        read_footer(file_of(store))
