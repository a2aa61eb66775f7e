"""`Feed`: a source read ahead in a thread, a little, and never for longer than it is wanted."""

from collections.abc import Iterator
from math import inf
from queue import Full, Queue
from threading import Event, current_thread
from typing import Any

import pytest

from orderflow_core import Block, InputError
from orderflow_core.streaming.feed import READ_AHEAD, Feed
from orderflow_core.testing import blocks, update

PATIENCE = 10
"""Seconds after which a test gives up on the other thread; none of them waits so long."""


def block(time: int) -> Block:
    [made] = blocks([update(time)])
    return made


def times(feed: Feed) -> list[int]:
    """Take all blocks that there are, and return their times."""
    found = []
    while not feed.ended:
        taken = feed.take(PATIENCE)
        if taken is not None:
            found.append(int(taken.windows.timestamp[0]))
    return found


class Source:
    """Blocks without end, of the times 0, 1, 2, and so on; knows whether it was let go."""

    def __init__(self) -> None:
        self.given = 0
        self.closed = False

    def blocks(self) -> Iterator[Block]:
        try:
            while True:
                self.given += 1
                yield block(self.given - 1)
        finally:
            self.closed = True


@pytest.fixture
def full(monkeypatch: pytest.MonkeyPatch) -> Event:
    """Return what is set when the reader has found no room for a block."""
    found = Event()

    class Told(Queue[Any]):
        def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:
            try:
                super().put(item, block, timeout)
            except Full:
                found.set()
                raise

    monkeypatch.setattr("orderflow_core.streaming.feed.Queue", Told)
    return found


def test_blocks_are_taken_in_their_order() -> None:
    assert times(Feed(iter([block(0), block(5), block(9)]))) == [0, 5, 9]


def test_the_feed_has_ended_when_the_last_block_has_been_taken_and_none_comes() -> None:
    feed = Feed(iter([block(0)]))

    assert feed.take(PATIENCE) is not None
    assert not feed.ended
    assert feed.take(PATIENCE) is None
    assert feed.ended
    assert feed.error is None


def test_after_the_end_nothing_is_waited_for() -> None:
    feed = Feed(iter([]))
    times(feed)

    assert feed.take(inf) is None


@pytest.mark.parametrize("wait", [0, 0.001])
def test_a_source_that_is_not_ready_gives_nothing_and_the_feed_goes_on(wait: float) -> None:
    ready = Event()

    def slow() -> Iterator[Block]:
        ready.wait(PATIENCE)
        yield block(0)

    feed = Feed(slow())

    assert feed.take(wait) is None
    assert not feed.ended
    ready.set()
    assert times(feed) == [0]


def test_no_more_is_read_ahead_than_the_bound(full: Event) -> None:
    source = Source()
    feed = Feed(source.blocks())

    assert full.wait(PATIENCE)
    assert source.given == READ_AHEAD + 1  # the last one waits in the reader's hand
    feed.close()


@pytest.mark.parametrize(
    "error", [InputError("torn"), RuntimeError("broken"), SystemExit(3), KeyboardInterrupt()]
)
def test_what_ends_the_source_is_handed_over_after_its_blocks(error: BaseException) -> None:
    def failing() -> Iterator[Block]:
        yield block(0)
        raise error

    feed = Feed(failing())

    assert times(feed) == [0]
    assert feed.error is error


def test_closing_lets_go_of_a_source_that_waits_for_its_blocks_to_be_taken(full: Event) -> None:
    source = Source()
    feed = Feed(source.blocks())
    assert full.wait(PATIENCE)

    feed.close()

    assert source.closed
    assert not feed._thread.is_alive()


def test_closing_does_not_wait_for_a_source_that_is_blocked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("orderflow_core.streaming.feed.CLOSE_SECONDS", 0.01)
    released = Event()

    def blocked() -> Iterator[Block]:
        released.wait(PATIENCE)
        yield block(0)

    feed = Feed(blocked())
    feed.close()

    assert feed._thread.is_alive()
    released.set()
    feed._thread.join(PATIENCE)
    assert not feed._thread.is_alive()


def test_closing_lets_go_of_a_source_that_has_ended() -> None:
    feed = Feed(iter([block(0)]))

    feed.close()

    assert not feed._thread.is_alive()


def test_a_source_is_read_in_one_thread_that_is_not_the_callers() -> None:
    seen = []

    def named() -> Iterator[Block]:
        seen.append(current_thread().name)
        yield block(0)
        seen.append(current_thread().name)

    times(Feed(named()))

    assert seen == ["source", "source"]


def test_only_the_time_of_reading_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = 0.0

    def reading() -> Iterator[Block]:
        nonlocal clock
        clock += 2
        yield block(0)
        clock += 3

    monkeypatch.setattr("orderflow_core.streaming.feed.perf_counter", lambda: clock)
    feed = Feed(reading())
    times(feed)

    assert feed.seconds == 5
