"""What a run says in its log, and which exit code it ends with."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from orderflow_app.running import _log_to
from rich.console import Console

from tests.app.test_run import TEN_ROWS, TRADES, append, read
from tests.command import orderflow
from tests.make import write_recording


@contextmanager
def log_of_a_run(terminal: bool) -> Iterator[logging.Logger]:
    """Give the log of a run, on a terminal or elsewhere."""
    _log_to(Console(file=sys.stderr, force_terminal=terminal, width=200, color_system=None))
    yield logging.getLogger("orderflow")
    logging.basicConfig(handlers=[], force=True)


on_both = pytest.mark.parametrize("terminal", [True, False], ids=["terminal", "file"])


@on_both
def test_a_name_of_a_file_gives_the_terminal_no_orders(
    terminal: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    with log_of_a_run(terminal) as log:
        log.warning("%s is no recording", "data/\x1b[2Jx\x07.db")

    told = capsys.readouterr().err
    assert told.split() == ["WARNING", "data/\ufffd[2Jx\ufffd.db", "is", "no", "recording"]


@on_both
def test_an_error_of_a_plugin_gives_the_terminal_no_orders(
    terminal: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    with log_of_a_run(terminal) as log:
        try:
            float("1\x1b]0;title\x07")
        except ValueError as error:
            error.add_note("found \x1b]0;title\x07")
            log.exception("plugin mine failed")

    told = capsys.readouterr().err
    assert told.split()[:4] == ["ERROR", "plugin", "mine", "failed"]
    assert "ValueError: could not convert string to float" in told
    assert "found \ufffd]0;title\ufffd" in told
    assert "\x1b" not in told


@on_both
def test_what_is_no_warning_is_not_told(terminal: bool, capsys: pytest.CaptureFixture[str]) -> None:
    with log_of_a_run(terminal) as log:
        log.info("all is well")

    assert capsys.readouterr().err == ""


FAILS = """
from orderflow_core import {error}, Plugin, hookimpl
class {name}(Plugin):
    required = True
    @hookimpl
    def on_start(self, run): self.mine = run.instrument == "{instrument}"
    @hookimpl
    def on_books(self, books):
        if self.mine: raise {error}("as it was made to")
"""


@pytest.mark.parametrize("speed", ["max", "10"])
def test_the_exit_code_is_that_of_the_first_instrument_that_failed(
    folder: Path, speed: str
) -> None:
    for instrument in ("A-USDT", "Z-USDT"):
        write_recording(folder / "data" / f"{instrument}-26-01-01.db", TEN_ROWS, TRADES, instrument)
    for name, error, instrument in (
        ("First", "OutputError", "TEST-USDT"),
        ("Second", "InputError", "Z-USDT"),
    ):
        code = FAILS.format(name=name, error=error, instrument=instrument)
        (folder / f"{name.lower()}.py").write_text(code)
        append(folder, f"[plugins.{name.lower()}]\nuse = '{name.lower()}.py:{name}'\n")
    done = orderflow(folder, "run", "--speed", speed)

    assert done.returncode == 4
    states = {
        name: read(folder, "run.json", name)["status"] for name in ("A-USDT", "TEST-USDT", "Z-USDT")
    }
    assert states == {"A-USDT": "ok", "TEST-USDT": "failed", "Z-USDT": "failed"}
