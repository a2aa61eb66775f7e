"""Sessions as a user of the command line sees them."""

import json
from pathlib import Path

import pytest

from tests.app.test_run import SETTINGS
from tests.command import orderflow
from tests.days import DATES, INSTRUMENT, write_days

DAILY = SETTINGS.replace("window_seconds = 1", 'window_seconds = 3600\nsession = "day"')


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with three days, each in a file of its own, and settings."""
    found = tmp_path_factory.mktemp("days")
    write_days(found / "data", "each")
    (found / "settings.toml").write_text(f'{DAILY}directory = "out/{{instrument}}/{{date}}"\n')
    return found


def test_check_shows_the_days_of_the_sessions(folder: Path) -> None:
    done = orderflow(folder, "check")
    checked = json.loads(orderflow(folder, "check", "--json").stdout)

    assert f"would run {INSTRUMENT} in 3 sessions, {DATES[0]} to {DATES[-1]}\n" in done.stdout
    assert checked["sessions"] == {INSTRUMENT: list(DATES)}


def test_check_shows_one_day_as_one(folder: Path) -> None:
    done = orderflow(folder, "check", "--set", "source.start=2025-06-03")

    assert f"would run {INSTRUMENT} in one session, 2025-06-03\n" in done.stdout


def test_each_day_has_its_folder_and_all_have_one_report(folder: Path) -> None:
    [report] = json.loads(orderflow(folder, "run", "--json").stdout)
    files = [folder / "out" / INSTRUMENT / day / "run.json" for day in DATES]
    days = [json.loads(file.read_text()) for file in files]

    assert [day["sessions"] for day in days] == [[each] for each in report["sessions"]]
    assert [day["digest"] for day in days] == [each["digest"] for each in report["sessions"]]
    assert sum(day["counts"]["trades"] for day in days) == report["counts"]["trades"]
    assert report["settings"]["plugins"]["json"]["directory"].endswith("{date}")


def test_the_summary_counts_files_where_they_are_many(folder: Path) -> None:
    rows = "".join(orderflow(folder, "run").stdout.replace("│", " ").split())

    assert all(f"9in{folder / 'out' / INSTRUMENT / day}" in rows for day in DATES)


def test_the_summary_tells_the_sessions_that_failed(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "data").symlink_to(folder / "data")
    (tmp_path / "settings.toml").write_text(f'{DAILY}directory = "out/{{date}}"\n')
    blocked = tmp_path / "out" / DATES[1]
    blocked.parent.mkdir()
    blocked.write_text("in the way")

    done = orderflow(tmp_path, "run")

    assert done.returncode == 4
    assert f"failed: {DATES[1]}" in done.stdout
    assert "2 ok" in done.stdout
    assert (tmp_path / "out" / DATES[2] / "run.json").exists()


@pytest.mark.slow
def test_a_sample_is_run_as_a_session_too(tmp_path: Path) -> None:
    settings = DAILY.replace('path = "data"', 'path = "data"\nsample = true')
    (tmp_path / "settings.toml").write_text(settings)

    [report] = json.loads(orderflow(tmp_path, "run", "--json").stdout)

    assert [each["date"] for each in report["sessions"]] == [DATES[0]]
    assert (report["status"], report["counts"]["unsure"]) == ("ok", 0)
