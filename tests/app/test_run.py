"""`orderflow run` as a user sees it: files, messages and exit codes."""

import json
import logging
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from orderflow_app.running import _log_to
from rich.console import Console

from tests.command import orderflow
from tests.make import write_recording

SETTINGS = """
[run]
window_seconds = 1
[source]
path = "data"
[plugins.book]
levels = 2
[plugins.ohlc]
[plugins.obi]
[plugins.cvd]
[plugins.json]
"""

TEN_ROWS = [
    (1_000, [["100", "5"], ["99", "7"]], [["101", "3"], ["102", "4"]]),
    (1_200, [["100", "0"]], []),
    (1_400, [["100", "1"]], [["101", "0"]]),
    (1_600, [], [["101", "3"]]),
    (1_800, [["100", "5"]], []),
    (2_000, [["98", "9"]], []),
    (2_200, [["99", "8"]], []),
    (2_400, [], [["102", "2"]]),
    (2_600, [], [["103", "6"]]),
    (3_100, [["100", "2"]], [["101", "2"]]),
]
TRADES = [
    (1_250, 101.0, 2.0, "buy"),
    (1_300, 100.0, 1.0, "sell"),
    (2_999, 102.0, 4.0, "buy"),
    (3_000, 101.0, 1.0, "sell"),
]


def read(folder: Path, name: str, instrument: str = "TEST-USDT") -> Any:
    return json.loads((folder / "out" / instrument / name).read_text())


def append(folder: Path, text: str) -> None:
    with (folder / "settings.toml").open("a") as file:
        file.write(text)


def test_ten_rows_become_the_files(folder: Path) -> None:
    done = orderflow(folder, "run", "--config", "settings.toml")

    assert (done.returncode, done.stderr) == (0, "")
    assert read(folder, "ohlc_data.json") == [
        [1000, 101.0, 101.0, 100.0, 100.0, 3.0],
        [2000, 102.0, 102.0, 102.0, 102.0, 4.0],
        [3000, 101.0, 101.0, 101.0, 101.0, 1.0],
    ]
    assert read(folder, "depth_data.json") == {
        "bids": [[100.0, 2.0], [99.0, 8.0]],
        "asks": [[101.0, 2.0], [102.0, 2.0]],
    }
    obi = [(12 - 7) / 19, (7 - 7) / 14, (8 - 4) / 12, (8 - 7) / 15, (12 - 7) / 19]
    assert read(folder, "metrics_data.json")[0] == [
        1000, obi[0], max(obi), min(obi), obi[-1], 19.0, 19.0, 12.0, 19.0,
    ]  # fmt: skip
    assert read(folder, "series_data.json")["series"]["cvd"] == {
        "title": "CVD",
        "pane": "cvd",
        "style": "candles",
        "unit": "",
        "color": None,
        "rows": [
            [1000, 0.0, 2.0, 0.0, 1.0],
            [2000, 1.0, 5.0, 1.0, 5.0],
            [3000, 5.0, 5.0, 4.0, 4.0],
        ],
    }


def test_the_report_tells_its_fingerprint_and_whose_values_begin_anew(folder: Path) -> None:
    more = "[plugins.ofi]\n[plugins.vwap]\nreset = 'bar'\n[plugins.day]\nuse = 'vwap'\n"
    (folder / "settings.toml").write_text(SETTINGS + more)
    orderflow(folder, "run")
    report = read(folder, "run.json")

    assert re.fullmatch("[0-9a-f]{8}", report["fingerprint"])
    assert {each["name"] for each in report["plugins"] if each["per_bar"]} == {"ofi", "vwap"}


def test_the_report_has_its_fixed_keys(folder: Path) -> None:
    orderflow(folder, "run")
    report = read(folder, "run.json")

    assert list(report) == [
        "schema", "version", "status", "pid", "instrument", "simulated", "settings", "facts",
        "inputs", "plugins", "counts", "events", "gaps", "warnings", "sessions", "first_timestamp",
        "last_timestamp", "progress", "speed", "paused", "lag_seconds", "started_at", "seconds",
        "digest", "fingerprint",
    ]  # fmt: skip
    assert report["status"] == "ok"
    assert report["counts"] == {
        "windows": 10,
        "trades": 4,
        "crossed": 0,
        "unsure": 0,
        "samples_left_out": 0,
        "carried_without_snapshot": 0,
        "stale": 0,
        "late": 0,
        "duplicates": 0,
        "refused": {},
    }
    assert report["inputs"][0]["rows"] == 14
    assert [plugin["name"] for plugin in report["plugins"]] == [
        "source", "book", "ohlc", "obi", "cvd", "json",
    ]  # fmt: skip
    assert (report["first_timestamp"], report["last_timestamp"]) == (1000, 3100)
    assert (report["progress"], len(report["digest"])) == (1.0, 64)


def test_json_prints_one_array_of_reports(folder: Path) -> None:
    done = orderflow(folder, "run", "--json")

    printed, written = json.loads(done.stdout)[0], read(folder, "run.json")
    written["plugins"] = printed["plugins"]  # the sink was still writing, and so its time ran on
    assert printed == written


def test_quiet_prints_nothing(folder: Path) -> None:
    done = orderflow(folder, "run", "--quiet")

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_block_size_and_speed_leave_the_digest_alone(folder: Path) -> None:
    usual = json.loads(orderflow(folder, "run", "--json").stdout)[0]
    small = orderflow(folder, "run", "--json", "--set", "source.book_batch=3", "--speed", "50")

    assert json.loads(small.stdout)[0]["digest"] == usual["digest"]


def test_options_win_over_the_environment_and_that_over_the_file(folder: Path) -> None:
    environment = {
        "ORDERFLOW_PLUGINS__BOOK__LEVELS": "1",
        "ORDERFLOW_RUN__WINDOW_SECONDS": "2",
    }
    done = orderflow(folder, "run", "--json", "--window-seconds", "5", **environment)

    assert done.returncode == 0
    assert len(read(folder, "depth_data.json")["bids"]) == 1
    assert [row[0] for row in read(folder, "ohlc_data.json")] == [0]


def test_all_mistakes_are_told_at_once_before_anything_is_read(folder: Path) -> None:
    append(folder, "[plugins.ohcl]\n[plugins.cvd2]\nuse='cvd'\nwindow_secs=3\n[sauce]\n")
    done = orderflow(folder, "run", "--set", "plugins.book.levels=0", "--set", "plugins.obi.mode=x")

    assert done.returncode == 2
    assert not (folder / "out").exists()
    errors = done.stderr
    assert "Traceback" not in errors
    assert "[plugins.ohcl] unknown plugin 'ohcl': did you mean ohlc" in errors
    assert "[plugins.cvd2] has no key 'window_secs'; did you mean window_seconds" in errors
    assert "unknown table [sauce]; did you mean source" in errors
    assert "the command line: [plugins.book] levels = 0: Input should be greater" in errors
    assert "[plugins.obi] mode = 'x': Input should be 'ratio' or 'difference'" in errors


def test_more_levels_than_the_books_carry_names_both_tables(folder: Path) -> None:
    done = orderflow(folder, "run", "--set", "plugins.obi.levels=3")

    assert done.returncode == 2
    assert "[plugins.obi] levels = 3: [plugins.book] carries only 2" in done.stderr


def test_a_missing_settings_file_is_told(tmp_path: Path) -> None:
    done = orderflow(tmp_path, "run", "--config", "nowhere.toml")

    assert done.returncode == 2
    assert "there is no settings file nowhere.toml" in done.stderr


def test_no_recording_ends_with_3_and_says_what_to_do(folder: Path) -> None:
    done = orderflow(folder, "run", "--set", "source.path=empty")

    assert done.returncode == 3
    assert "there is no recording at" in done.stderr
    assert "orderflow sample" in done.stderr


def test_an_unreadable_input_wipes_nothing(folder: Path) -> None:
    orderflow(folder, "run")
    before = read(folder, "ohlc_data.json")
    (folder / "data" / "TEST-USDT-26-01-01.db").write_bytes(b"no database" * 100)
    done = orderflow(folder, "run")

    assert done.returncode == 3
    assert "is no SQLite database" in done.stderr
    assert read(folder, "ohlc_data.json") == before


def test_without_book_there_is_no_imbalance_and_the_run_says_who_waits(folder: Path) -> None:
    text = (folder / "settings.toml").read_text()
    (folder / "settings.toml").write_text(text.replace("[plugins.book]\nlevels = 2\n", ""))
    done = orderflow(folder, "run")

    assert done.returncode == 0
    assert "[plugins.obi], [plugins.json] wait for Books, which no table publishes" in done.stderr
    assert list(read(folder, "series_data.json")["series"]) == ["cvd"]
    states = {plugin["name"]: plugin["status"] for plugin in read(folder, "run.json")["plugins"]}
    assert states["obi"] == "waiting"


def test_without_json_nothing_is_written(folder: Path) -> None:
    text = (folder / "settings.toml").read_text()
    (folder / "settings.toml").write_text(text.replace("[plugins.json]\n", ""))
    done = orderflow(folder, "run", "--json")

    assert json.loads(done.stdout)[0]["counts"]["windows"] == 10
    assert not (folder / "out").exists()


@pytest.mark.parametrize("plugin", ["ohlc", "obi", "cvd"])
def test_a_plugin_can_run_twice(folder: Path, plugin: str) -> None:
    append(folder, f"[plugins.again]\nuse = '{plugin}'\nwindow_seconds = 2\n")
    done = orderflow(folder, "run")

    assert done.returncode == 0
    assert "again" in done.stdout


def test_two_books_are_an_error(folder: Path) -> None:
    append(folder, "[plugins.book2]\nuse = 'book'\n")
    done = orderflow(folder, "run")

    assert done.returncode == 2
    assert "[plugins.book] and [plugins.book2] publish Books" in done.stderr


FAILING = """
from orderflow_core import Metric, hookimpl

class Failing(Metric):
    @hookimpl
    def on_book(self, book):
        if book.timestamp == 1_400:
            raise RuntimeError("as it was made to")
"""


def test_a_failing_plugin_leaves_the_others_their_results(folder: Path) -> None:
    orderflow(folder, "run")
    without = read(folder, "series_data.json")
    (folder / "mine.py").write_text(FAILING)
    append(folder, "[plugins.mine]\nuse = 'mine.py:Failing'\n")
    done = orderflow(folder, "run")

    assert done.returncode == 1
    assert "plugin mine failed at the event of 1400" in done.stderr
    assert read(folder, "series_data.json") == without
    mine = read(folder, "run.json")["plugins"][-1]
    assert (mine["status"], mine["error"]) == ("failed", "RuntimeError: as it was made to")
    assert read(folder, "run.json")["status"] == "failed"


def test_an_output_that_cannot_be_written_ends_with_4(folder: Path) -> None:
    (folder / "out").write_text("a file where the folder should be")
    done = orderflow(folder, "run")

    assert done.returncode == 4
    assert "Traceback" not in done.stdout


def test_strict_stops_at_the_first_refused_row(folder: Path) -> None:
    path = write_recording(
        folder / "data" / "TEST-USDT-26-01-02.db", [(9_000, [["-1", "2"]], [])], []
    )
    done = orderflow(folder, "run", "--strict")

    assert done.returncode == 3
    assert f"{path}, table book, id 1: price is not a positive number" in done.stderr


def test_refusals_are_counted_by_reason(folder: Path) -> None:
    write_recording(
        folder / "data" / "TEST-USDT-26-01-02.db",
        [(9_000, [["-1", "2"], ["1", "nan"], ["1"]], []), (9_001, [["99", "1"]], [])],
        [(9_000, 1.0, 1.0, "neither"), (9_001, 99.0, 1.0, "sell")],
    )
    done = orderflow(folder, "run")

    assert done.returncode == 0
    assert read(folder, "run.json")["counts"]["refused"] == {
        "level is not [price, size], with up to two more values": 1,
        "price is not a positive number": 1,
        "side is not buy or sell": 1,
        "size is not a number of 0 or more": 1,
    }
    assert "1 x side is not buy or sell" in done.stdout


def test_each_instrument_has_its_own_folder_and_report(folder: Path) -> None:
    write_recording(folder / "data" / "OTHER-26-01-01.db", TEN_ROWS, TRADES, "OTHER")
    done = orderflow(folder, "run", "--json")

    assert [report["instrument"] for report in json.loads(done.stdout)] == ["OTHER", "TEST-USDT"]
    assert read(folder, "depth_data.json", "OTHER") == read(folder, "depth_data.json")


def test_paced_instruments_run_side_by_side_to_the_same_digests(folder: Path) -> None:
    write_recording(folder / "data" / "OTHER-26-01-01.db", TEN_ROWS, TRADES, "OTHER")
    fast = json.loads(orderflow(folder, "run", "--json").stdout)
    paced = json.loads(orderflow(folder, "run", "--json", "--speed", "10").stdout)

    assert [each["digest"] for each in paced] == [each["digest"] for each in fast]


def test_several_instruments_need_a_folder_each(folder: Path) -> None:
    write_recording(folder / "data" / "OTHER-26-01-01.db", TEN_ROWS, TRADES, "OTHER")
    done = orderflow(folder, "run", "--set", "plugins.json.directory=out")

    assert done.returncode == 2
    assert "is one folder for 2 instruments" in done.stderr


def test_an_instrument_that_is_not_there_is_told(folder: Path) -> None:
    done = orderflow(folder, "run", "--instrument", "ETH-USDT")

    assert done.returncode == 2
    assert "ETH-USDT not found; there is TEST-USDT" in done.stderr


@pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_the_run_with_its_files_written(
    folder: Path, number: signal.Signals, code: int
) -> None:
    command = [sys.executable, "-m", "orderflow_app.cli", "run", "--speed", "0.01", "--quiet"]
    with subprocess.Popen(command, cwd=folder) as run:
        report = folder / "out" / "TEST-USDT" / "run.json"
        while not report.exists() and run.poll() is None:
            os.sched_yield()
        run.send_signal(number)
        assert run.wait(timeout=20) == code

    assert read(folder, "run.json")["status"] == "interrupted"
    assert not list(report.parent.glob("*tmp*"))


HEAVY = {"dash", "plotly", "rich", "asyncio", "pydantic_settings"}


@pytest.mark.parametrize(
    ("command", "heavy", "told"),
    [
        (["--help"], HEAVY | {"numpy", "pydantic", "pluggy", "numba", "sqlite3"}, "inspect"),
        (["run", "--json"], HEAVY | {"multiprocessing", "statistics"}, '"status": "ok"'),
    ],
    ids=["help", "run"],
)
def test_nothing_heavy_is_imported_for_nothing(
    folder: Path, command: list[str], heavy: set[str], told: str
) -> None:
    code = (
        f"import sys; sys.argv = {['orderflow', *command]}\n"
        "from orderflow_app.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        f"sys.exit(', '.join({heavy} & set(sys.modules)) or None)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert told in done.stdout


def test_on_a_terminal_a_warning_says_its_level_once(capsys: pytest.CaptureFixture[str]) -> None:
    console = Console(file=sys.stderr, force_terminal=True, width=80, no_color=True)
    _log_to(console)
    logging.getLogger("orderflow").warning("nothing there yet")
    logging.basicConfig(handlers=[], force=True)

    assert capsys.readouterr().err.split() == ["WARNING", "nothing", "there", "yet"]


def test_the_log_shows_no_secret_of_a_failing_plugin(folder: Path) -> None:
    (folder / "keyed.py").write_text(
        "from pydantic import SecretStr\n"
        "from orderflow_core import Plugin, PluginSettings, hookimpl\n"
        "class Keyed(Plugin):\n"
        "    class Settings(PluginSettings):\n        key: SecretStr\n"
        "    @hookimpl\n    def on_end(self, end):\n"
        "        raise ValueError(self.settings.key.get_secret_value())\n"
    )
    with (folder / "settings.toml").open("a") as file:
        file.write('[plugins.keyed]\nuse = "keyed.py:Keyed"\nkey = "hidden-key"\n')
    done = orderflow(folder, "run")

    assert done.returncode == 1
    assert "ValueError: (a secret)" in done.stderr
    assert "hidden-key" not in done.stderr + done.stdout
    assert "hidden-key" not in json.dumps(read(folder, "run.json"))
