"""Plugins that misbehave: what the command says, and what it keeps."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.app.test_run import append, read
from tests.command import Done, orderflow
from tests.make import write_recording

PLUGINS = Path(__file__).with_name("misbehaving.py")
OTHERS = ["ohlc_data.json", "depth_data.json", "metrics_data.json", "series_data.json"]


def add(folder: Path, plugin: str) -> None:
    append(folder, f"[plugins.bad]\nuse = '{PLUGINS}:{plugin}'\n")


def run_with(folder: Path, plugin: str, *options: str) -> Done:
    """Run with the plugin in the last table."""
    add(folder, plugin)
    return orderflow(folder, "run", *options)


def use_source(folder: Path, source: str) -> None:
    text = (folder / "settings.toml").read_text()
    text = text.replace('path = "data"', f"use = '{PLUGINS}:{source}'")
    (folder / "settings.toml").write_text(text)


def command(folder: Path, *options: str) -> "subprocess.CompletedProcess[str]":
    """Run in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "orderflow_app.cli", "run", *options],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def state_of(folder: Path) -> Any:
    return read(folder, "run.json")["plugins"][-1]


@pytest.mark.parametrize(
    ("plugin", "error"),
    [
        ("Exits", "SystemExit: 7"),
        ("Recurses", "RecursionError: maximum recursion depth exceeded"),
        ("WritesIntoColumns", "ValueError: assignment destination is read-only"),
        ("PublishesFromThread", "RuntimeError: bad publishes from the thread 'worker'"),
        ("PublishesForeignSeries", "ValueError: bad publishes the series 'cvd'"),
        ("PublishesUnnamed", "TypeError: bad publishes MetricBars, which its `publishes`"),
        ("Cancels", "CancelledError: "),
        ("Garbles", "GarbledError: (its text cannot be made: SystemExit)"),
        ("HalfAWord", "ValueError: half \N{REPLACEMENT CHARACTER}"),
        ("TwoDimensions", "EventError: MetricBars: open is of the shape (1, 2), not one row"),
        ("TitleOfBytes", "ValueError: title = b'bad' is no text of whole characters"),
        ("NotANumber", "ValueError: series 'bad' has the values [nan, nan, nan, nan]"),
    ],
)
def test_a_plugin_that_fails_is_shown_and_costs_the_others_nothing(
    folder: Path, plugin: str, error: str
) -> None:
    orderflow(folder, "run")
    before = [read(folder, name) for name in OTHERS]

    done = run_with(folder, plugin)

    assert done.returncode == 1
    assert "plugin bad failed at" in done.stderr
    assert state_of(folder)["status"] == "failed"
    assert state_of(folder)["error"].startswith(error)
    assert [read(folder, name) for name in OTHERS] == before


@pytest.mark.parametrize(
    "plugin", ["WritesIntoTheReport", "GarblesOutputs", "TakesTheStandardOutput"]
)
@pytest.mark.parametrize("options", [(), ("--json",)])
def test_a_plugin_that_oversteps_costs_nobody_anything(
    folder: Path, plugin: str, options: tuple[str, ...]
) -> None:
    done = run_with(folder, plugin, *options)

    assert done.returncode == 0
    assert done.stdout
    report = read(folder, "run.json")
    assert (report["status"], report["counts"]["windows"]) == ("ok", 10)
    assert [each["status"] for each in report["plugins"]] == ["ok"] * 7


def test_a_thread_that_raises_is_told_and_nobody_elses_failure(folder: Path) -> None:
    add(folder, "LeavesAndRaisesInThread")

    done = command(folder)

    assert done.returncode == 0
    assert "ZeroDivisionError" in done.stderr


@pytest.mark.parametrize("name", ["run", "check"])
@pytest.mark.parametrize(
    ("plugin", "told"),
    [
        ("NeverRuns", "[plugins.bad] on_books is an async def, which nobody would await"),
        ("NeverRunsEither", "[plugins.bad] on_books has a yield, which makes its body run for"),
        ("EndsWhenAsked", "[plugins.bad] series_keys failed: SystemExit: 0"),
    ],
)
def test_a_plugin_that_is_not_fit_to_run_is_refused(
    folder: Path, plugin: str, told: str, name: str
) -> None:
    add(folder, plugin)

    done = orderflow(folder, name)

    assert done.returncode == 2
    assert told in done.stderr
    assert not (folder / "out").exists()


def test_the_exit_code_is_that_of_the_first_instrument_that_has_one(folder: Path) -> None:
    write_recording(folder / "data" / "ZERO-USDT-26-01-01.db", [])
    add(folder, "Cancels")

    first = orderflow(folder, "run")
    turned = orderflow(folder, "run", "--instrument", "ZERO-USDT", "--instrument", "TEST-USDT")

    assert (first.returncode, turned.returncode) == (1, 3)


def test_a_plugin_that_cannot_be_made_is_told_with_its_table(folder: Path) -> None:
    done = run_with(folder, "InItsConstructor")

    assert done.returncode == 2
    assert "[plugins.bad]" in done.stderr
    assert "cannot be made: RuntimeError: cannot be made" in done.stderr
    assert not (folder / "out").exists()


@pytest.mark.parametrize("text", ["import sys; sys.exit(0)", "raise SystemExit", "1/0"])
def test_a_file_that_ends_while_it_is_imported_is_a_settings_error(folder: Path, text: str) -> None:
    (folder / "ends.py").write_text(text)
    append(folder, "[plugins.bad]\nuse = 'ends.py:Any'\n")

    done = orderflow(folder, "run")

    assert done.returncode == 2
    assert f"[plugins.bad] {folder / 'ends.py'}, line 1: " in done.stderr


def test_the_standard_output_is_for_the_reports_alone(folder: Path) -> None:
    done = run_with(folder, "Prints", "--json")

    assert json.loads(done.stdout)[0]["status"] == "ok"
    assert "to the standard output" in done.stderr


@pytest.mark.parametrize("called", [["check", "--json"], ["plugins", "--json"], ["explain", "obi"]])
def test_what_an_import_prints_is_no_part_of_what_a_command_tells(
    folder: Path, called: list[str]
) -> None:
    (folder / "prints.py").write_text("from orderflow_obi import Obi as Mine\nprint('a word')\n")
    append(folder, "[plugins.mine]\nuse = './prints.py:Mine'\n")

    done = orderflow(folder, *called)

    assert (done.returncode, done.stderr) == (0, "a word\n")
    assert done.stdout
    assert "a word" not in done.stdout


def test_files_go_where_the_settings_say_whatever_the_working_folder(folder: Path) -> None:
    done = run_with(folder, "ChangesFolder")

    assert done.returncode == 0
    assert read(folder, "run.json")["status"] == "ok"


def test_an_interrupt_of_its_own_ends_the_command_as_the_users(folder: Path) -> None:
    done = run_with(folder, "Interrupts")

    assert done.returncode == 130
    assert "Traceback" not in done.stderr


def test_ctrl_c_pressed_by_a_plugin_is_ctrl_c(folder: Path) -> None:
    add(folder, "KillsTheMainThread")

    done = command(folder)

    assert done.returncode == 130
    assert read(folder, "run.json")["status"] == "interrupted"


def test_an_end_behind_the_hosts_back_leaves_whole_files_and_a_free_folder(folder: Path) -> None:
    add(folder, "ExitsAtOnce")

    assert command(folder).returncode == 9
    assert [type(read(folder, name)) for name in OTHERS] == [list, dict, list, dict]
    assert orderflow(folder, "run", "--set", "plugins.bad.use=cvd").returncode == 0


def test_a_thread_that_is_left_is_told_of(folder: Path) -> None:
    add(folder, "LeavesThread")

    done = command(folder)

    assert done.returncode == 0
    assert "the thread 'left behind' of a plugin still runs" in done.stderr


def test_a_source_that_ends_by_an_interrupt_has_not_ended_well(folder: Path) -> None:
    use_source(folder, "InterruptedSource")

    done = orderflow(folder, "run")

    assert done.returncode == 1
    assert "the source of TEST-USDT failed" in done.stderr
