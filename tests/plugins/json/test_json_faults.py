"""A disk that is full, a folder that cannot be written to: an error, and the last good files."""

import errno
import json
import os
import subprocess
import sys
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
from orderflow_json.atomic import write_json

from orderflow_core import OutputError, PluginReport, Report
from orderflow_core.testing import blocks
from tests.app.test_run import SETTINGS, TEN_ROWS, TRADES
from tests.command import orderflow
from tests.make import write_recording
from tests.plugins.json.test_json import ALL_FILES, ONE_ROW, names, write
from tests.plugins.json.test_json_owner import another_run, started

RUNNING = Report(
    "test", "running", 0, "TEST-USDT", False, {}, plugins=[PluginReport("json", "json", "test")]
)
OUT = Path("out") / "TEST-USDT"
ERRORS = [errno.ENOSPC, errno.EROFS, errno.EIO, errno.EACCES, errno.EDQUOT]
WRITES = range(1, 7 * 2 + 7 * 3 + 1)  # seven files are emptied, then all but the cells stay


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with the files of a run over ten rows."""
    (tmp_path / "settings.toml").write_text(SETTINGS)
    (tmp_path / "data").mkdir()
    write_recording(tmp_path / "data" / "TEST-USDT-26-01-01.db", TEN_ROWS, TRADES)
    assert orderflow(tmp_path, "run").returncode == 0
    return tmp_path


def contents(folder: Path) -> dict[str, Any]:
    """Return what the files hold; each must parse."""
    return {
        path.name: [json.loads(line) for line in path.read_text().splitlines()]
        if path.suffix == ".jsonl"
        else json.loads(path.read_text())
        for path in folder.iterdir()
    }


class Faults:
    """Lets the n-th call of a function that writes fail as a disk does."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, failing: int, number: int) -> None:
        self.calls = 0
        self._failing = failing
        self._number = number
        monkeypatch.setattr(os, "replace", self._faulty(os.replace))
        monkeypatch.setattr(os, "fsync", self._faulty(os.fsync))
        monkeypatch.setattr(Path, "open", self._faulty(Path.open, mode="xb"))

    def _faulty(self, function: Any, mode: str | None = None) -> Any:
        def call(*args: Any, **options: Any) -> Any:
            if mode is None or args[1:2] == (mode,):
                self.calls += 1
                if self.calls >= self._failing:
                    raise OSError(self._number, os.strerror(self._number))
            return function(*args, **options)

        return call


@pytest.mark.parametrize(("failing", "number"), list(zip(WRITES, cycle(ERRORS), strict=False)))
def test_from_whichever_write_on_the_disk_fails_every_file_is_whole(
    folder: Path, monkeypatch: pytest.MonkeyPatch, failing: int, number: int
) -> None:
    before = contents(folder / OUT)
    with monkeypatch.context() as patched:
        faults = Faults(patched, failing, number)
        done = orderflow(folder, "run")

    assert faults.calls >= failing
    assert done.returncode == 4
    assert f"cannot be written: {os.strerror(number)}" in done.stderr
    assert "Traceback" not in done.stderr
    found = contents(folder / OUT)
    assert set(found) == set(before) == set(ALL_FILES)
    assert orderflow(folder, "run").returncode == 0
    assert contents(folder / OUT)["run.json"]["digest"] == before["run.json"]["digest"]


def test_whoever_comes_second_ends_with_4_and_leaves_the_files(folder: Path) -> None:
    before = contents(folder / OUT)
    with another_run(folder / OUT):
        done = orderflow(folder, "run")

    assert done.returncode == 4
    assert "belongs to a run that is still going on: stop it" in done.stderr
    assert contents(folder / OUT) == before
    assert orderflow(folder, "run").returncode == 0


LIMITED = (
    "import resource, sys\n"
    "resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv.pop(1)),) * 2)\n"
    "from orderflow_app.cli import main\n"
    "main()"
)


def limited(folder: Path, limit: int) -> "subprocess.CompletedProcess[str]":
    """Run where no file may have more bytes than the limit."""
    return subprocess.run(
        [sys.executable, "-B", "-c", LIMITED, str(limit), "run"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("name", ["depth_data.json", "run.json"])
def test_after_a_full_disk_no_report_says_that_the_run_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Where only the larger files find no room the report also says why."""
    plugin = started(tmp_path)
    plugin.on_book_windows(next(iter(blocks(ONE_ROW))).windows)
    plugin.on_tick(RUNNING)
    full = tmp_path / f"{name}.orderflow-tmp"
    before = Path.open

    def faulty(self: Path, *args: Any, **options: Any) -> Any:
        if self == full:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return before(self, *args, **options)

    monkeypatch.setattr(Path, "open", faulty)
    with pytest.raises(OutputError, match=f"{name} cannot be written: No space left"):
        plugin.on_finish(RUNNING)

    report = contents(tmp_path)["run.json"]
    assert report["status"] == "failed"
    assert [each["error"] for each in report["plugins"]] == (
        [None]
        if name == "run.json"
        else [f"OutputError: {tmp_path}/{name} cannot be written: No space left on device"]
    )


@pytest.mark.skipif(os.name != "posix", reason="limits as POSIX has them")
@pytest.mark.parametrize("limit", [0, 1, 100, 1000])
def test_a_real_limit_of_file_sizes_ends_with_4_and_names_the_file(
    folder: Path, limit: int
) -> None:
    before = contents(folder / OUT)
    done = limited(folder, limit)

    assert done.returncode == 4
    assert "json cannot be written: File too large" in done.stderr
    assert "Traceback" not in done.stderr
    assert set(contents(folder / OUT)) == set(before)


@pytest.mark.skipif(os.name != "posix", reason="limits as POSIX has them")
@pytest.mark.parametrize("limit", [0, 100_000])
def test_a_first_run_that_cannot_write_its_sample_ends_with_4_and_leaves_no_part(
    tmp_path: Path, limit: int
) -> None:
    (tmp_path / "settings.toml").write_text(
        SETTINGS.replace('path = "data"', 'path = "data"\nsample = true')
    )

    done = limited(tmp_path, limit)

    assert done.returncode == 4
    assert f"{tmp_path / 'data'} is not writable: disk I/O error" in done.stderr
    assert "Traceback" not in done.stderr
    assert list((tmp_path / "data").iterdir()) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full device")
@pytest.mark.parametrize("options", [["--json"], []], ids=["json", "summary"])
def test_a_standard_output_that_is_full_is_an_output(folder: Path, options: list[str]) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "orderflow_app.cli", "run", *options],
            cwd=folder,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )

    assert done.returncode == 4
    assert "the standard output cannot be written: No space left on device" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="names of files are of bytes")
def test_a_path_that_is_no_utf_8_is_told_as_well_as_it_can_be(folder: Path) -> None:
    data = folder / os.fsdecode(b"d\xff")
    (folder / "data").rename(data)

    done = orderflow(folder, "run", "--set", f"source.path={data}")

    assert done.returncode == 0
    report = contents(folder / OUT)["run.json"]
    assert report["inputs"][0]["path"] == f"{folder}/d\\udcff/TEST-USDT-26-01-01.db"


def test_a_link_in_the_place_of_a_temporary_file_is_not_followed(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_text("mine")
    (tmp_path / "a.json.orderflow-tmp").symlink_to(other)

    write_json(tmp_path / "a.json", {})

    assert other.read_text() == "mine"
    assert names(tmp_path) == ["a.json", "other"]


def test_a_link_in_the_place_of_a_file_is_replaced(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_text("mine")
    out = tmp_path / "out"
    out.mkdir()
    (out / "ohlc_data.json").symlink_to(other)

    write(out)

    assert other.read_text() == "mine"
    assert not (out / "ohlc_data.json").is_symlink()


def test_a_folder_in_the_place_of_the_report_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "run.json").mkdir()

    with pytest.raises(OutputError, match=r"run\.json cannot be written: Is a directory"):
        write(tmp_path)
