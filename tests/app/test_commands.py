"""`orderflow sample` and `orderflow inspect`."""

import json
from pathlib import Path

import pytest

from tests.app.test_run import SETTINGS, TEN_ROWS, TRADES
from tests.command import orderflow
from tests.make import Levels, write_recording


def test_a_sample_says_simulated_and_runs(tmp_path: Path) -> None:
    sample = orderflow(tmp_path, "sample", "--hours", "0.02", "--instrument", "ETH-USDT")
    (tmp_path / "settings.toml").write_text(SETTINGS)
    done = orderflow(tmp_path, "run")

    assert (sample.returncode, done.returncode) == (0, 0)
    assert "SIM-ETH-USDT-25-06-01.db  SIMULATED" in sample.stdout
    assert "SIMULATED SIM-ETH-USDT: ok" in done.stdout
    report = json.loads((tmp_path / "out" / "SIM-ETH-USDT" / "run.json").read_text())
    assert report["simulated"] is True
    assert report["counts"]["refused"] == {}


def test_a_sample_replaces_nothing(tmp_path: Path) -> None:
    orderflow(tmp_path, "sample", "--hours", "0.01")
    again = orderflow(tmp_path, "sample", "--hours", "0.01")

    assert again.returncode == 4
    assert "SIM-BTC-USDT-25-06-01.db exists already: remove it" in again.stderr


@pytest.mark.parametrize("wrong", [["--hours", "0"], ["--instrument", "x" * 300]])
def test_a_sample_that_cannot_be_is_a_usage_error(tmp_path: Path, wrong: list[str]) -> None:
    done = orderflow(tmp_path, "sample", *wrong)

    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_a_sample_is_written_only_where_the_settings_file_says(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text(SETTINGS.replace("[source]", "[source]\nsample = true"))
    done = orderflow(tmp_path, "run", "--set", "source.path=elsewhere")

    assert done.returncode == 3
    assert not (tmp_path / "elsewhere").exists()


def test_inspect_tells_what_a_file_holds(tmp_path: Path) -> None:
    path = write_recording(tmp_path / "X-26-01-01.db", TEN_ROWS, TRADES, "X")
    done = orderflow(tmp_path, "inspect", str(path), "--json")
    found = json.loads(done.stdout)

    assert done.returncode == 0
    assert found["tables"]["book"]["rows"] == 10
    assert (found["instrument"], found["windows"], found["trades"]) == ("X", 10, 4)
    assert (found["first_timestamp"], found["last_timestamp"]) == (1000, 3100)
    assert found["levels_a_row"] == [1.5, 4]
    assert (found["accepted"], found["problem"]) == (True, None)


def test_inspect_says_why_a_run_would_not_accept_a_file(tmp_path: Path) -> None:
    rows: list[tuple[int, Levels, Levels]] = [(2_000, [], []), (1_000, [], [])]
    path = write_recording(tmp_path / "X-26-01-01.db", rows, [], "X")
    done = orderflow(tmp_path, "inspect", str(path))

    assert done.returncode == 3
    assert "would not accept it" in done.stdout
    assert "sort = true" in done.stdout


def test_inspect_of_no_database(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_text("text" * 50)
    done = orderflow(tmp_path, "inspect", "x.db")

    assert done.returncode == 3
    assert "is no SQLite database" in done.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ["run", "--config", "a.toml", "--config", "b.toml"],
        ["check", "--config=a.toml", "--config=a.toml"],
        ["sample", "--seed", "1", "--hours", "1", "--seed", "2"],
    ],
)
def test_an_option_that_is_given_twice_is_a_usage_error(
    tmp_path: Path, arguments: list[str]
) -> None:
    done = orderflow(tmp_path, *arguments)
    option = "--seed" if arguments[0] == "sample" else "--config"

    assert done.returncode == 2
    assert f"{option} is given 2 times: give it once" in done.stderr


def test_an_option_that_takes_several_values_may_be_given_twice(tmp_path: Path) -> None:
    done = orderflow(tmp_path, "check", "--set", "run.strict=true", "--set", "run.x=1")

    assert "there is no settings file" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["run", "--set", "plugins.json.directory={}"], 4),
        (["run", "--set", "plugins.book.use={}/mine.py:Mine"], 2),
        (["query", "select 1", "--store", "{}"], 3),
        (["new-plugin", "mine", "--folder", "{}"], 4),
        (["sample", "{}"], 4),
        (["inspect", "{}"], 3),
        (["prove", "{}"], 3),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_a_path_that_cannot_be_looked_at_is_told(
    tmp_path: Path, arguments: list[str], code: int
) -> None:
    long = "x" * 300  # as a folder is that may not be searched, which root may always
    (tmp_path / "settings.toml").write_text(SETTINGS)
    (tmp_path / "data").mkdir()
    write_recording(tmp_path / "data" / "TEST-USDT-26-01-01.db", TEN_ROWS, TRADES)

    done = orderflow(tmp_path, *(each.replace("{}", long) for each in arguments))

    told = "".join((done.stdout + done.stderr).replace("│", " ").split())
    assert done.returncode == code
    assert "Filenametoolong" in told
    assert long in told
    assert "Traceback" not in told
