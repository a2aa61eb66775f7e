"""Messages of the right shape that make no sense: nothing of them is taken, and it is a gap."""

import json
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from orderflow_record.database import DayFile, file_of
from orderflow_record.recording import Recording
from orderflow_record.session import Session
from orderflow_record.timing import Timing
from orderflow_record.venue import venue_class

from tests.plugins.record.feeds import DAY_1, NOON, Written

NAME = "BTC-USDT"
BOOK: dict[str, Any] = {
    **{"bids": [["100", "1", "0", "1"]], "asks": [["101", "1", "0", "1"]]},
    **{"ts": str(NOON), "checksum": 0, "seqId": 10, "prevSeqId": -1},
}
TRADE = {"instId": NAME, "tradeId": "5", "px": "100", "sz": "1", "side": "buy", "ts": str(NOON)}


def frame(channel: str, data: dict[str, Any], **more: str) -> str:
    return json.dumps({"arg": {"channel": channel, "instId": NAME}, **more, "data": [data]})


def session(venue: str = "okx", name: str = NAME) -> tuple[Session, Recording]:
    made = venue_class(venue)([name])
    recording = Recording(name, made.checksum)
    return Session(made, {name: recording}, Timing()), recording


LEVELS = {
    "a price that is no number": [["NaN", "1"]],
    "an endless price": [["1e400", "1"]],
    "a size that is no number": [["100", "nan"]],
    "an endless size": [["100", "Infinity"]],
    "a negative size": [["100", "-1"]],
    "a level without a size": [["100"]],
    "no levels": None,
    "a text": "x",
}
WRONG: dict[str, tuple[str, dict[str, Any]]] = {
    **{f"a book with {name}": ("books", {"bids": levels}) for name, levels in LEVELS.items()},
    "a number of more than 64 bits": ("books", {"seqId": 2**63}),
    "a number that is a fraction": ("books", {"seqId": 1.5}),
    "a checksum that is a text": ("books", {"checksum": "x"}),
    "a time before there were feeds": ("books", {"ts": "-5"}),
    "a time in a year that no clock has": ("books", {"ts": "99999999999999999"}),
    "a trade without a price": ("trades", {"px": "NaN"}),
    "a trade of nothing": ("trades", {"sz": "0"}),
    "a trade of a negative size": ("trades", {"sz": "-1"}),
    "a trade of no side": ("trades", {"side": "both"}),
    "a trade of a huge id": ("trades", {"tradeId": "9" * 30}),
    "a trade at no time": ("trades", {"ts": "1"}),
}


@pytest.mark.parametrize(("channel", "wrong"), WRONG.values(), ids=WRONG)
def test_what_makes_no_sense_is_not_written_and_is_a_gap(
    tmp_path: Path, channel: str, wrong: dict[str, Any]
) -> None:
    feed, recording = session()
    feed.take(frame("books", BOOK, action="snapshot"), 0.0, NOON)
    update = {**BOOK, "ts": str(NOON + 100), "seqId": 11, "prevSeqId": 10}
    action = {"action": "update"} if channel == "books" else {}
    data = (update if channel == "books" else TRADE) | wrong

    feed.take(frame(channel, data, **action), 0.1, NOON + 100)
    batches, found = recording.batches(end=True), Written()
    found.add(batches)

    assert feed.unreadable == 1
    assert found.times == [NOON]
    assert not found.trades.get(DAY_1)
    assert {gap.channel for gap in found.all_gaps} == {"book", "trades"}
    with closing(DayFile(file_of(tmp_path, NAME, DAY_1), NAME, "kill", {})) as file:
        for batch in batches:
            file.write(batch)


@pytest.mark.parametrize(
    ("venue", "text"),
    [
        ("bybit-linear", '{"topic": "publicTrade.BTC-USDT", "data": [{"s": "ETH", %s}]}'),
        ("kraken", "[" * 100_000),
        ("okx", '{"data": [{"instId": "A-B"}]}'),
        ("okx", '{"data": [{"instId": "BTC-USDT", "tickSz": ["0.1"]}]}'),
    ],
    ids=["a trade of another", "deep", "facts of another", "facts that are no text"],
)
def test_a_frame_of_something_else_is_told_and_passed_over(venue: str, text: str) -> None:
    feed, _ = session(venue)
    trade = f'"T": {NOON}, "S": "Buy", "v": "1", "p": "1", "i": "x"'

    feed.take(text.replace("%s", trade), 0.0, NOON)

    assert feed.unreadable == 1
