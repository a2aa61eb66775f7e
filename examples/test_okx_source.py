"""Tests of the OKX source, against an exchange on this machine."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from websockets.sync.server import ServerConnection, serve

from examples.okx_source import OkxSource
from orderflow_core import Block, BookWindow, InputError, stream

SECONDS = 10
Script = Callable[[ServerConnection, str], None]


def book(number: int, before: int, time: int, bid: str = "100") -> str:
    """Return a message of the books; -1 before it makes it a snapshot."""
    action = "snapshot" if before == -1 else "update"
    levels = {"bids": [[bid, "2", "0", "1"]], "asks": [["101", "3", "0", "1"]]}
    item = {**levels, "ts": str(time), "seqId": number, "prevSeqId": before}
    return json.dumps({"arg": {"channel": "books"}, "action": action, "data": [item]})


def trade(number: int, time: int) -> str:
    item = {"tradeId": str(number), "px": "100.5", "sz": "1", "side": "buy", "ts": str(time)}
    return json.dumps({"arg": {"channel": "trades"}, "data": [item]})


@contextmanager
def exchange(*connections: Script) -> Iterator[str]:
    """Serve each connection with the next script, and then keep it open; yield the address."""
    scripts = iter(connections)
    ended = Event()

    def handle(socket: ServerConnection) -> None:
        asked = json.loads(socket.recv())
        next(scripts, lambda socket, instrument: None)(socket, asked["args"][0]["instId"])
        ended.wait(SECONDS)

    with serve(handle, "127.0.0.1", 0) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"ws://127.0.0.1:{server.socket.getsockname()[1]}"
        finally:
            ended.set()
            server.shutdown()


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


def taken(url: str, rows: int, instrument: str = "A-B") -> tuple[OkxSource, list[Block]]:
    """Return so many book rows and trades of the exchange, with the source."""
    source = OkxSource(url=url, instruments=[instrument], retry_seconds=0.01)
    found: list[Block] = []
    for block in source.blocks(instrument):
        found.append(block)
        if sum(block.book_rows + len(block.batches.price) for block in found) >= rows:
            source.close()
    return source, found


def sure(blocks: list[Block]) -> list[tuple[int, bool]]:
    """Return time and certainty of each book row."""
    return [
        (window.timestamp, window.sure)
        for block in blocks
        if not block.continued
        for window in block.windows
    ]


def test_books_and_trades_come_as_they_are_sent() -> None:
    def script(socket: ServerConnection, instrument: str) -> None:
        for message in (book(1, -1, 1000), trade(7, 1001), book(2, 1, 1100), trade(8, 1150)):
            socket.send(message)

    with exchange(script) as url:
        _, blocks = taken(url, 4)

    assert sure(blocks) == [(1000, True), (1100, True)]
    assert [time for block in blocks for time in block.batches.trade_timestamp.tolist()] == [
        *(1001, 1150)
    ]


def test_a_missing_book_makes_the_source_connect_anew_and_the_report_names_the_gap() -> None:
    def first(socket: ServerConnection, instrument: str) -> None:
        socket.send(book(1, -1, 1000))
        socket.send(book(5, 4, 1100))

    def second(socket: ServerConnection, instrument: str) -> None:
        socket.send(book(9, -1, 1200))

    with exchange(first, second) as url:
        source, blocks = taken(url, 2)

    assert sure(blocks) == [(1000, True), (1200, True)]
    [gap] = source.ledger.gaps
    assert (gap.after, gap.before, gap.reason) == (1000, 1200, "a book that follows 1 is missing")


def test_after_a_broken_connection_trades_that_are_sent_again_count_once() -> None:
    def first(socket: ServerConnection, instrument: str) -> None:
        socket.send(book(1, -1, 1000))
        socket.send(trade(7, 1001))
        socket.close()

    def second(socket: ServerConnection, instrument: str) -> None:
        for message in (book(9, -1, 1200), trade(7, 1001), trade(8, 1201)):
            socket.send(message)

    with exchange(first, second) as url:
        source, blocks = taken(url, 4)

    assert [number for block in blocks for number in block.batches.id.tolist()] == [7, 8]
    assert [gap.after for gap in source.ledger.gaps] == [1000]


def test_several_instruments_run_side_by_side() -> None:
    there = {"A-B": Event(), "C-D": Event()}

    def script(socket: ServerConnection, instrument: str) -> None:
        there[instrument].set()
        assert all(event.wait(SECONDS) for event in there.values())
        socket.send(book(1, -1, 1000))

    with exchange(script, script) as url:
        source = {
            "use": f"{Path(__file__).with_name('okx_source.py')}:OkxSource",
            "url": url,
            "instruments": sorted(there),
        }
        events: Any = stream({"source": source, "plugins": {}}, events=[BookWindow])
        found = {next(events).instrument, next(events).instrument}
        events.close()

    assert found == set(there)


def test_without_instruments_it_is_told_what_to_write() -> None:
    with pytest.raises(InputError, match="names no instruments"):
        OkxSource().instruments()
