"""A feed over real sockets on loopback, against the fake exchange."""

import asyncio
from pathlib import Path

import pytest
from orderflow_record.backoff import Backoff
from orderflow_record.binance_usdm import BinanceUsdm
from orderflow_record.feed import Feed
from orderflow_record.okx import Okx
from orderflow_record.recording import Recording
from orderflow_record.session import Session
from orderflow_record.testing import BinanceSide, Exchange, Fault, Faulty, OkxSide, Server, serve
from orderflow_record.timing import Timing
from orderflow_record.venue import Venue

from tests.plugins.record.feeds import DAY_1, Written
from tests.plugins.record.markets import NAME, last_bid, market

VENUES: dict[str, tuple[type[Venue], OkxSide | BinanceSide]] = {
    "okx": (Okx, OkxSide()),
    "binance": (BinanceUsdm, BinanceSide()),
}


def recorded(venue: str, *script: Fault, silent_seconds: float = 30) -> tuple[Written, Recording]:
    """Record all that the exchange has, and return what was written."""
    made, side = VENUES[venue]
    faulty = Faulty(Exchange(*market()), side, script)
    recording = Recording(NAME, made([NAME]).checksum)
    session = Session(made([NAME]), {NAME: recording}, Timing(silent_seconds=silent_seconds))

    async def go() -> Written:
        async with serve(faulty) as server:
            feed = Feed(session, server.url, server.rest_url, Backoff(0.001))
            running = asyncio.create_task(feed.run())
            await _until_all_came(server, feed)
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
        written = Written()
        written.add(recording.batches(end=True))
        return written

    return asyncio.run(asyncio.wait_for(go(), 20)), recording


async def _until_all_came(server: Server, feed: Feed) -> None:
    """Tick until all was sent, and the book was asked for where it has to be."""
    exchange = server.exchange
    while not server.ended.is_set() or feed.session.recordings[NAME].seen != exchange.time:
        feed.tick()
        await asyncio.sleep(0.001)
    while not feed.session.recordings[NAME].sure:
        feed.tick()
        await asyncio.sleep(0.001)


@pytest.mark.parametrize("venue", VENUES)
def test_what_an_exchange_sends_is_recorded(venue: str) -> None:
    written, recording = recorded(venue)

    assert recording.book()[0][0][:2] == last_bid()
    assert written.all_gaps == []
    assert len(written.trades[DAY_1]) >= 19


def test_a_connection_that_is_cut_is_made_again() -> None:
    written, recording = recorded("okx", Fault(20, "cut", 4))

    assert recording.book()[0][0][:2] == last_bid()
    assert {(gap.channel, gap.reason) for gap in written.all_gaps} == {
        ("book", "disconnect"),
        ("trades", "disconnect"),
    }


def test_a_socket_that_stays_open_and_says_nothing_is_left() -> None:
    written, recording = recorded("okx", Fault(20, "silence", 4), silent_seconds=0.2)

    assert recording.book()[0][0][:2] == last_bid()
    assert {gap.reason for gap in written.all_gaps} == {"silent"}


def test_a_frame_of_more_than_a_megabyte_is_taken() -> None:
    written, _ = recorded("okx", Fault(20, "large"))

    assert written.all_gaps == []


def test_a_missing_update_makes_the_book_come_anew() -> None:
    written, recording = recorded("okx", Fault(20, "drop"))

    assert recording.book()[0][0][:2] == last_bid()
    [gap] = written.all_gaps
    assert (gap.channel, gap.reason) == ("book", "sequence")
    assert gap.end is not None


def test_a_host_that_is_not_there_is_named_and_tried_again(
    caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    session = Session(Okx([NAME]), {NAME: Recording(NAME, Okx([NAME]).checksum)}, Timing())
    feed = Feed(session, "ws://127.0.0.1:9", "http://127.0.0.1:9", Backoff(0.001))

    async def go() -> None:
        running = asyncio.create_task(feed.run())
        while caplog.text.count("127.0.0.1:9:") < 2:
            await asyncio.sleep(0.001)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    asyncio.run(asyncio.wait_for(go(), 20))

    assert "tried again in 0.001 s" in caplog.text
    assert "tried again in 0.002 s" in caplog.text
    assert "http://127.0.0.1:9/api/v5/public/instruments" in caplog.text
    assert not feed.reached
