"""The replay's controls in a browser: what they do to a run, and that its results stay."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from orderflow_core.times import utc
from tests.app.test_run import SETTINGS
from tests.browser import CHROMIUM, Visit, browser, dashboard, visit
from tests.command import orderflow

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium"),
]

NAME = "SIM-BTC-USDT"
BARS = ["--window-seconds", "10"]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as found:
        yield found


@contextmanager
def paced(
    folder: Path, chromium: Browser, *options: str
) -> Iterator[tuple[Visit, subprocess.Popen[bytes]]]:
    """Give the page of a run over 12 simulated minutes, and the run."""
    (folder / "settings.toml").write_text(SETTINGS)
    orderflow(folder, "sample", "--hours", "0.2")
    command = [sys.executable, "-m", "orderflow_app.cli", "run", "--quiet", *options]
    with (
        subprocess.Popen(command, cwd=folder) as run,
        dashboard(folder / "out") as url,
        visit(chromium, url) as seen,
    ):
        try:
            seen.until("rows('price') > 1")
            yield seen, run
            assert seen.complaints == []
        finally:
            run.kill()


def pause(seen: Visit, folder: Path) -> None:
    seen.page.get_by_role("button", name="Pause (space)").click()
    seen.wait_for(lambda: report(folder)["paused"])


def still(seen: Visit, folder: Path) -> bool:
    before = report(folder)["last_timestamp"]
    seen.page.wait_for_timeout(1500)
    return bool(report(folder)["last_timestamp"] == before)


def report(folder: Path) -> Any:
    return json.loads((folder / "out" / NAME / "run.json").read_text())


def test_a_run_is_paused_stepped_and_sent_ahead_and_gives_the_same(
    chromium: Browser, tmp_path: Path
) -> None:
    with paced(tmp_path, chromium, "--speed", "2", *BARS) as (seen, run):
        pause(seen, tmp_path)
        seen.wait_for(lambda: still(seen, tmp_path))
        expect(seen.page.locator("#status")).to_contain_text("Live")

        before = report(tmp_path)["counts"]["windows"]
        seen.page.get_by_role("button", name="Step a row").click()
        seen.wait_for(lambda: report(tmp_path)["counts"]["windows"] > before)
        assert still(seen, tmp_path)
        assert report(tmp_path)["counts"]["windows"] == before + 1

        bar = report(tmp_path)["last_timestamp"] // 10_000
        for step in (1, 2, 3):
            seen.page.keyboard.press(",")
            clock = utc((bar + step) * 10_000)
            expect(seen.page.locator("#status")).to_contain_text(clock)
        assert still(seen, tmp_path)

        share = report(tmp_path)["progress"] + 0.2
        seen.page.locator("#replay input").fill(str(round(share * 1000)))
        seen.wait_for(lambda: report(tmp_path)["progress"] > share - 0.002)
        seen.wait_for(lambda: still(seen, tmp_path))
        assert report(tmp_path)["progress"] < share + 0.01

        seen.page.locator("#replay select").select_option("max")
        seen.page.get_by_role("button", name="Go on (space)").click()
        expect(seen.page.locator("#status")).to_contain_text("Finished")
        expect(seen.page.locator("#replay")).to_be_hidden()
        assert run.wait(30) == 0

    steered = report(tmp_path)["digest"]
    orderflow(tmp_path, "run", *BARS)
    assert report(tmp_path)["digest"] == steered


def test_ctrl_c_ends_a_paused_run_at_once(chromium: Browser, tmp_path: Path) -> None:
    with paced(tmp_path, chromium, "--speed", "2", *BARS) as (seen, run):
        pause(seen, tmp_path)
        run.send_signal(signal.SIGINT)

        assert run.wait(30) == 130
        expect(seen.page.locator("#status")).to_contain_text("Interrupted")


def test_a_refusal_is_said_on_the_page(chromium: Browser, tmp_path: Path) -> None:
    with paced(tmp_path, chromium, "--speed", "2", *BARS) as (seen, _):
        (tmp_path / "out" / NAME / "control.json").mkdir()
        seen.page.keyboard.press(".")

        expect(seen.page.locator("#toasts")).to_contain_text("control.json cannot be written")
        seen.complaints.clear()
