"""A whole recorder against fake exchanges: files, `record.json`, signals, a full disk."""

import asyncio
import json
import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from orderflow_record import recorder as module
from orderflow_record.database import file_of
from orderflow_record.recorder import Recorder
from orderflow_record.settings import RecordSettings, check_settings
from orderflow_record.testing import (
    BinanceSide,
    Exchange,
    Faulty,
    OkxSide,
    full_disk,
    serve,
    slow_disk,
)
from orderflow_record.writer import Writer

from orderflow_core import OutputError
from tests.plugins.record.feeds import DAY_1, NAME
from tests.plugins.record.markets import market
from tests.plugins.record.test_record_database import rows


def settings(folder: Path, *servers: tuple[str, str, str]) -> RecordSettings:
    """Return settings of feeds, each a venue, an instrument and a server's port."""
    feeds = [
        {
            "venue": venue,
            "instruments": [name],
            "url": f"ws://{host}",
            "rest_url": f"http://{host}",
        }
        for venue, name, host in servers
    ]
    table = {"directory": str(folder), "batch_ms": 10, "max_hold_ms": 50}
    return check_settings({"record": table, "feeds": feeds}, "test")


async def recorded(folder: Path, *, seen: int, by: int | None = None) -> list[str]:
    """Record one exchange until so many rows are written, then end; return the lines told.

    It ends `by` a signal to this process, or as one of number 2 does.
    """
    lines: list[str] = []
    async with serve(Faulty(Exchange(*market()), OkxSide(), [])) as server:
        host = server.url.removeprefix("ws://")
        made = Recorder(settings(folder, ("okx", NAME, host)), lines.append)
        running = asyncio.create_task(made.run())
        counts = made.feeds[0].session.recordings[NAME].counts
        while counts.book + counts.trades < seen and not running.done():
            await asyncio.sleep(0.01)
        if by is None:
            made.stop(2)
        else:
            os.kill(os.getpid(), by)
        assert await running == (by or 2)
    return lines


def record(folder: Path, *, seen: int = 41, by: int | None = None) -> list[str]:
    folder.mkdir(exist_ok=True)
    return asyncio.run(asyncio.wait_for(recorded(folder, seen=seen, by=by), 20))


def test_a_recorder_leaves_a_file_that_is_closed_and_says_what_it_did(tmp_path: Path) -> None:
    lines = record(tmp_path)

    path = file_of(tmp_path, NAME, DAY_1)
    told: dict[str, Any] = json.loads((tmp_path / "record.json").read_text())
    instrument = told["feeds"][0]["instruments"][NAME]
    meta = dict(rows(path, "SELECT * FROM meta"))
    assert rows(path, "SELECT count(*) FROM book") == [(21,)]
    assert rows(path, "SELECT count(*) FROM gaps") == [(0,)]
    assert meta | {"venue": "okx", "closed": "1", "tick": "0.1"} == meta
    assert (told["status"], instrument["book"], instrument["gaps"]) == ("ended", 21, 0)
    assert "book rows" in lines[0]


@pytest.mark.usefixtures("heard_hangup")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_a_recorder_with_all_written(tmp_path: Path, number: int) -> None:
    record(tmp_path, by=number)

    assert rows(file_of(tmp_path, NAME, DAY_1), "SELECT count(*) FROM book") == [(21,)]
    assert json.loads((tmp_path / "record.json").read_text())["status"] == "ended"


def test_a_second_start_goes_on_in_the_same_file_with_a_gap(tmp_path: Path) -> None:
    record(tmp_path)
    record(tmp_path, seen=1)

    path = file_of(tmp_path, NAME, DAY_1)
    assert rows(path, 'SELECT channel, reason FROM gaps WHERE "to" IS NOT NULL') == [
        ("book", "disconnect"),
        ("trades", "disconnect"),
    ]
    assert rows(path, "SELECT count(*) FROM trades GROUP BY trade_id HAVING count(*) > 1") == []


def test_several_venues_are_recorded_in_one_process(tmp_path: Path) -> None:
    async def go() -> None:
        okx = Faulty(Exchange(*market()), OkxSide(), [])
        start, messages = market()
        other = [replace(each, instrument="BTCUSDT") for each in messages]
        binance = Faulty(Exchange(replace(start, instrument="BTCUSDT"), other), BinanceSide(), [])
        async with serve(okx) as first, serve(binance) as second:
            hosts = [server.url.removeprefix("ws://") for server in (first, second)]
            made = Recorder(
                settings(
                    tmp_path,
                    ("okx", NAME, hosts[0]),
                    ("binance-usdm", "BTCUSDT", hosts[1]),
                )
            )
            running = asyncio.create_task(made.run())
            recordings = [each for feed in made.feeds for each in feed.session.recordings.values()]
            while not all(each.counts.book > 20 for each in recordings):
                await asyncio.sleep(0.01)
            made.stop(15)
            assert await running == 15

    asyncio.run(asyncio.wait_for(go(), 20))

    assert sorted(path.name for path in tmp_path.glob("*.db")) == [
        "BTC-USDT-25-06-01.db",
        "BTCUSDT-25-06-01.db",
    ]


def test_a_disk_that_stays_full_ends_the_recorder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MEMORY", 1)

    with full_disk(), pytest.raises(OutputError, match="disk is full"):
        record(tmp_path)


@pytest.fixture
def disk_until_the_end(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let a slow disk take nothing before the recorder ends."""
    close = Writer.close
    with slow_disk() as free:

        def free_and_close(writer: Writer) -> None:
            free.set()
            close(writer)

        monkeypatch.setattr(Writer, "close", free_and_close)
        yield


@pytest.mark.usefixtures("disk_until_the_end")
def test_what_waits_for_a_slow_disk_is_all_written_without_a_gap(tmp_path: Path) -> None:
    record(tmp_path)

    path = file_of(tmp_path, NAME, DAY_1)
    assert rows(path, "SELECT count(*) FROM book") == [(21,)]
    assert rows(path, "SELECT count(*) FROM trades") == [(20,)]
    assert rows(path, "SELECT count(*) FROM gaps") == [(0,)]


@pytest.mark.usefixtures("disk_until_the_end")
def test_a_disk_that_stays_slow_ends_the_recorder_with_all_that_waits_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MEMORY", 2_000)

    with pytest.raises(OutputError, match="the disk is too slow: 2,000 bytes wait for it"):
        record(tmp_path, seen=1_000)

    path = file_of(tmp_path, NAME, DAY_1)
    [(ids,)] = rows(path, "SELECT json_group_array(seq_id) FROM book WHERE action = 'update'")
    assert json.loads(ids) == list(range(11, 11 + len(json.loads(ids))))
    assert rows(path, "SELECT count(*) FROM gaps") == [(0,)]
    assert rows(path, "SELECT max(book.timestamp) < progress.timestamp FROM book, progress") == [
        (1,)
    ]
