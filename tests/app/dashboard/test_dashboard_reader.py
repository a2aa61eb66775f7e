"""The last good content of each file, and what is wrong with it now."""

import json
import os
import shutil
import time
from pathlib import Path

import pytest
from orderflow_app.dashboard.reading.places import Places
from orderflow_app.dashboard.reading.reader import MOST_KEPT, Reader

from orderflow_core import files
from tests.app.dashboard.files import bars, report, series, write_files


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_files(tmp_path / "TEST-USDT")


@pytest.fixture
def reader(folder: Path) -> Reader:
    return Reader(Places(folder.parent))


def replace(path: Path, text: str) -> None:
    """Replace a file as the sink does, so that its stamp differs; the report comes last."""
    other = path.with_suffix(".new")
    other.write_text(text)
    other.replace(path)
    os.utime(path.with_name("run.json"))


def test_the_day_that_is_asked_for_is_viewed_else_the_newest(tmp_path: Path) -> None:
    days = ["2025-06-02", "2025-06-01"]
    for day in days:
        write_files(tmp_path / "A" / day)
    reader = Reader(Places(tmp_path / "{instrument}" / "{date}"))

    views = [reader.view("A", day) for day in (None, "2025-06-01", "2024-01-01")]

    assert [view.day for view in views] == ["2025-06-02", "2025-06-01", "2025-06-02"]
    assert [list(view.days) for view in views] == [days] * 3
    assert views[0].version == views[2].version != views[1].version


def test_all_files_are_read(reader: Reader) -> None:
    view = reader.view("TEST-USDT")

    assert [list(bar) for bar in view.bars] == bars(3)
    assert view.depth.bids == [(100.0, 2.0), (99.0, 8.0)]
    assert view.depth.mid == 100.5
    assert view.series["obi"].rows[0] == (1_748_736_000_000, 0.0, 0.5, -0.5, 0.25)
    assert view.run is not None
    assert (view.run.counts.windows, view.state) == (10, "ok")
    assert view.faults == {}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[[1, 2.0, 3.", "ohlc_data.json is not what is expected: Invalid JSON"),
        ("", "ohlc_data.json is not what is expected: Invalid JSON"),
        ('{"bars": []}', "ohlc_data.json is not what is expected: Input should be a valid array"),
        ("[[1, 2.0]]", "ohlc_data.json is not what is expected at 0.2: Field required"),
        ('[["x",1,1,1,1,1]]', "at 0.0: Input should be a valid integer"),
        ("[[1, 1, 1, 1, NaN, 1]]", "at 0.4: Input should be a finite number"),
        ("[[2, 1, 1, 1, 1, 1], [1, 1, 1, 1, 1, 1]]", "the times of the rows do not ascend"),
        ("[[999999999999999, 1, 1, 1, 1, 1]]", "at 0.0: Input should be less than"),
    ],
)
def test_a_broken_file_keeps_its_last_good_content(
    folder: Path, reader: Reader, text: str, told: str
) -> None:
    reader.view("TEST-USDT")
    replace(folder / "ohlc_data.json", text)
    view = reader.view("TEST-USDT")

    assert len(view.bars) == 3
    assert told in view.faults["ohlc_data.json"]


def test_a_file_that_is_whole_again_is_read(folder: Path, reader: Reader) -> None:
    replace(folder / "ohlc_data.json", "[")
    reader.view("TEST-USDT")
    replace(folder / "ohlc_data.json", json.dumps(bars(4)))
    view = reader.view("TEST-USDT")

    assert (len(view.bars), view.faults) == (4, {})


def test_a_missing_file_keeps_its_last_good_content(folder: Path, reader: Reader) -> None:
    reader.view("TEST-USDT")
    (folder / "depth_data.json").unlink()
    view = reader.view("TEST-USDT")

    assert view.depth.mid == 100.5
    assert view.faults == {"depth_data.json": "depth_data.json is missing"}


def test_a_missing_folder_keeps_the_last_good_content(folder: Path, reader: Reader) -> None:
    reader.view("TEST-USDT")
    shutil.rmtree(folder)
    view = reader.view("TEST-USDT")

    assert len(view.bars) == 3
    assert set(view.faults) == {files.OHLC, files.DEPTH, files.SERIES, files.RUN}


def test_a_series_may_appear_and_disappear(folder: Path, reader: Reader) -> None:
    def rewritten(*keys: str) -> list[str]:
        content = {"series": {key: series(1) for key in keys}}
        replace(folder / "series_data.json", json.dumps(content))
        return list(reader.view("TEST-USDT").series)

    assert rewritten("obi", "spread") == ["obi", "spread"]
    assert rewritten("spread") == ["spread"]


@pytest.mark.parametrize("level", ["[0, 1]", "[-1, 1]", "[1, -1]", "[1, NaN]", "[Infinity, 1]"])
def test_a_level_that_cannot_be_is_a_fault(folder: Path, reader: Reader, level: str) -> None:
    replace(folder / "depth_data.json", f'{{"bids": [{level}], "asks": []}}')

    assert "at bids.0" in reader.view("TEST-USDT").faults["depth_data.json"]


def test_a_series_of_a_style_from_the_future_is_a_fault(folder: Path, reader: Reader) -> None:
    content = {"series": {"obi": series(1, style="heat-map")}}
    replace(folder / "series_data.json", json.dumps(content))

    assert "at series.obi.style" in reader.view("TEST-USDT").faults["series_data.json"]


def test_what_a_later_version_adds_is_left_aside(folder: Path, reader: Reader) -> None:
    replace(folder / "run.json", json.dumps(report(version="9.9", weather="fine")))

    assert reader.view("TEST-USDT").faults == {}


def test_files_of_a_newer_schema_are_told_with_what_to_do(folder: Path, reader: Reader) -> None:
    replace(folder / "run.json", json.dumps(report(schema=2, status="dreaming")))

    assert reader.view("TEST-USDT").faults["run.json"] == (
        "run.json is not what is expected: these files have schema 2, and this version of "
        "orderflow knows those up to 1: look at them with the version that wrote them, or a newer "
        "one"
    )


def test_null_is_no_value(folder: Path, reader: Reader) -> None:
    replace(folder / "ohlc_data.json", "[[1000, null, null, null, null, null]]")

    assert reader.view("TEST-USDT").bars == [(1000, None, None, None, None, None)]


@pytest.mark.parametrize("name", ["NOPE", "../TEST-USDT", "/etc", "", "TEST-USDT/../TEST-USDT"])
def test_an_instrument_that_is_not_there_shows_nothing(reader: Reader, name: str) -> None:
    view = reader.view(name)

    assert (view.bars, view.stamps, view.faults) == ([], {}, {})


def test_the_version_changes_with_a_file_and_not_without(folder: Path, reader: Reader) -> None:
    before = reader.view("TEST-USDT").version
    same = reader.view("TEST-USDT").version
    write_files(folder, depth={"bids": [], "asks": []})

    assert before == same
    assert reader.view("TEST-USDT").version != before


def test_the_version_changes_with_a_new_instrument(folder: Path, reader: Reader) -> None:
    before = reader.view("TEST-USDT").version
    write_files(folder.parent / "OTHER")

    assert reader.view("TEST-USDT").version != before


@pytest.fixture
def still_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a test take no time, so that files have the ages that they were given."""
    now = time.time()
    monkeypatch.setattr("orderflow_app.dashboard.reading.reader.time.time", lambda: now)


def age(folder: Path, **seconds: float) -> None:
    """Let the files of a folder be so many seconds old, by the first letters of their names."""
    now = time.time()
    for path in folder.iterdir():
        then = now - seconds[path.name.partition("_")[0].partition(".")[0]]
        os.utime(path, (then, then))


@pytest.mark.usefixtures("still_clock")
@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        ({"ohlc": 0.1, "depth": 0.1, "series": 5, "run": 5}, 3),
        ({"ohlc": 0.1, "depth": 0.1, "series": 0.1, "run": 0}, 4),
        ({"ohlc": 3, "depth": 3, "series": 5, "run": 5}, 4),
    ],
    ids=["amid the files", "the report is written", "the sink died amid them"],
)
def test_what_is_shown_is_of_one_moment(
    folder: Path, reader: Reader, seconds: dict[str, float], shown: int
) -> None:
    reader.view("TEST-USDT")
    write_files(folder, ohlc=bars(4))
    age(folder, **seconds)

    assert len(reader.view("TEST-USDT").bars) == shown


def test_the_first_bar_stays_when_rows_leave_and_goes_with_the_run(
    folder: Path, reader: Reader
) -> None:
    first = [reader.view("TEST-USDT").since]
    for started in ("2026-01-01T00:00:00.000+00:00", "2026-01-02T00:00:00.000+00:00"):
        write_files(folder, ohlc=bars(3, first=9), run=report(started_at=started))
        first.append(reader.view("TEST-USDT").since)

    assert [bar and bar[1] for bar in first] == [100.0, 100.0, 109.0]


def test_the_newest_instrument_is_the_one_that_was_written_last(
    folder: Path, reader: Reader
) -> None:
    for age, name in ((5, "OLD"), (1, "NEW"), (9, "OLDEST")):
        path = write_files(folder.parent / name) / "run.json"
        os.utime(path, (time.time() - age, time.time() - age))
    (folder / "run.json").unlink()

    assert reader.newest() == "NEW"


def test_without_instruments_none_is_the_newest(tmp_path: Path) -> None:
    assert Reader(Places(tmp_path)).newest() is None


@pytest.mark.usefixtures("still_clock")
@pytest.mark.parametrize(("age", "state"), [(0, "live"), (60, "stale")])
def test_a_running_run_that_writes_nothing_is_stale(
    folder: Path, reader: Reader, age: int, state: str
) -> None:
    (folder / "run.json").write_text(json.dumps(report(status="running")))
    then = time.time() - age
    os.utime(folder / "run.json", (then, then))

    assert reader.view("TEST-USDT").state == state


@pytest.mark.parametrize("status", ["ok", "failed", "interrupted"])
def test_a_run_that_has_ended_is_never_stale(folder: Path, reader: Reader, status: str) -> None:
    (folder / "run.json").write_text(json.dumps(report(status=status)))
    os.utime(folder / "run.json", (1, 1))

    assert reader.view("TEST-USDT").state == status


def test_the_content_of_the_instruments_seen_last_is_kept_and_no_more(tmp_path: Path) -> None:
    names = [f"A{number}" for number in range(MOST_KEPT + 1)]
    for name in names:
        write_files(tmp_path / name)
    reader = Reader(Places(tmp_path))
    for name in [*names[:-1], names[0], names[-1]]:
        reader.view(name)
    for name in names:
        (tmp_path / name / "ohlc_data.json").write_text("[[")

    assert all(reader.view(name).bars for name in names if name != "A1")
    assert not reader.view("A1").bars
