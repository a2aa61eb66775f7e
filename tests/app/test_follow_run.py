"""A run that follows a recorder: one digest, live and afterwards, and a clean end."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from orderflow_core.contract.report import Report
from orderflow_core.running.loop import Interrupt, prepare, run, steps
from orderflow_core.settings.reading import load
from orderflow_core.sources import DAY_MS
from tests.plugins.sqlite import growing
from tests.plugins.sqlite.growing import DAY, Recorder

SECONDS = 60


def settings(folder: Path, **source: Any) -> dict[str, Any]:
    """Return those of a run over a folder's recordings, with a file in it."""
    return {
        "run": {"window_seconds": 1},
        "source": {"path": str(folder), **source},
        "plugins": {
            "book": {"levels": 5},
            "ohlc": {},
            "obi": {},
            "cvd": {},
            "json": {"directory": f"{folder}/out/{{instrument}}", "flush_ms": 0},
        },
    }


class Following:
    """A run that goes on when a test asks it to."""

    def __init__(self, folder: Path, *instruments: str, **source: Any) -> None:
        self.interrupt = Interrupt()
        source |= {"follow": True, "instruments": instruments}
        self.runs = prepare(load(settings(folder, **source)))
        self._steps = steps(self.runs, "max", lambda report: None, self.interrupt)

    def wait_for(self, rows: int) -> None:
        """Go on until so many book rows of the first instrument have been delivered."""
        end = time.monotonic() + SECONDS
        while self.runs[0].report.counts.windows < rows:
            assert time.monotonic() < end
            next(self._steps)

    def end(self) -> list[Report]:
        """End it as Ctrl-C does, and return the reports."""
        self.interrupt.signal = signal.SIGINT
        for _ in self._steps:
            pass
        assert [each.exit_code for each in self.runs] == [130] * len(self.runs)
        return [each.report for each in self.runs]


def digest(folder: Path, **source: Any) -> str | None:
    """Return that of reading the recordings afterwards."""
    runs = prepare(load(settings(folder, instruments=[growing.INSTRUMENT], **source)))
    run(runs, "max", lambda report: None, Interrupt())
    assert runs[0].report.status == "ok"
    return runs[0].report.digest


def test_what_was_followed_has_the_digest_of_reading_it_afterwards(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / growing.name())
    following = Following(tmp_path, growing.INSTRUMENT, "SILENT")
    for number in range(1, 31):
        time = DAY + 137 * number
        before = -1 if number == 1 else number - 1
        recorder.commit([(time, number, before)], [time, time + 60], time + 61)
        if number % 10 == 0:
            following.wait_for(number)
    recorder.commit(trades=[DAY + 4_400], until=DAY + 4_401)
    found, silent = following.end()
    recorder.close()

    assert (found.status, found.counts.windows, found.counts.trades) == ("interrupted", 30, 61)
    assert found.digest == digest(tmp_path)
    assert found.lag_seconds is not None
    assert (silent.status, silent.counts.windows) == ("interrupted", 0)


def test_a_range_that_is_followed_begins_with_the_book_from_before_it(tmp_path: Path) -> None:
    midnight = DAY + DAY_MS
    first = Recorder(tmp_path / growing.name(1))
    first.commit([(midnight - 500, 1, -1), (midnight - 100, 2, 1)], [midnight - 50], midnight - 49)
    following = Following(tmp_path, growing.INSTRUMENT, start="2026-01-02")
    first.commit(trades=[midnight - 10], until=midnight, closed=True)
    first.close()
    second = Recorder(tmp_path / growing.name(2))
    second.commit(trades=[midnight + 5, midnight + 20], until=midnight + 21)
    second.commit([(midnight + 100, 3, 2)], [midnight + 100], midnight + 101)
    following.wait_for(1)
    second.commit([(midnight + 1300, 4, 3)], until=midnight + 1301)
    following.wait_for(2)
    [found] = following.end()
    second.close()

    assert (found.counts.windows, found.counts.trades, found.counts.unsure) == (2, 3, 0)
    assert found.digest == digest(tmp_path, start="2026-01-02")


WRITER = f"""
import sys, sqlite3, time
sys.path.insert(0, {str(Path(__file__).parents[2])!r})
from tests.plugins.sqlite.growing import DAY, Recorder
path = sys.argv[1]
recorder = Recorder(path)
number = sqlite3.connect(path).execute("SELECT coalesce(max(seq_id), 0) FROM book").fetchone()[0]
first = number
while True:
    number += 1
    now = DAY + 37 * number
    gaps = [(now - 37, None, "book", "disconnect")] if number == first + 1 > 1 else []
    before = number - 1 if number % 20 else -1
    recorder.commit([(now, number, before)], [now, now + 5], now + 6, gaps)
    time.sleep(0.001)
"""


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")
def test_a_recorder_that_is_killed_and_begins_anew_is_followed_on(tmp_path: Path) -> None:
    path = tmp_path / growing.name()
    draw = random.Random(7)
    following = Following(tmp_path, growing.INSTRUMENT)
    for _ in range(6):
        with subprocess.Popen([sys.executable, "-c", WRITER, str(path)]) as process:
            rows = following.runs[0].report.counts.windows
            following.wait_for(rows + draw.randint(5, 60))
            process.kill()
    recorder = Recorder(path)  # writes over what the last kill left half done
    recorder.commit([(DAY + DAY_MS - 1, 1, -1)], until=DAY + DAY_MS)
    [found] = following.end()
    recorder.close()

    assert found.counts.late == 0
    assert found.counts.unsure > 0
    assert any(gap.reason for gap in found.gaps)
    assert found.digest == digest(tmp_path)
    again = Following(tmp_path, growing.INSTRUMENT)
    again.wait_for(found.counts.windows)
    assert again.end()[0].digest == found.digest
