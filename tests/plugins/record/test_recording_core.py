"""The recording of one instrument: order, gaps, doubles, midnight, and a new start."""

from dataclasses import replace

import pytest
from orderflow_record.messages import Facts
from orderflow_record.recording import Past, Recording
from orderflow_record.rows import Channel, GapRow

from tests.plugins.record.feeds import (
    DAY,
    DAY_1,
    DAY_2,
    NAME,
    NOON,
    Sent,
    Written,
    recording,
    snapshot,
    trade,
    update,
    written,
)

LINKED: list[Sent] = [snapshot(NOON), update(NOON + 100, 12, 10), update(NOON + 200, 15, 12)]


def test_rows_stand_in_the_order_of_time_though_they_came_otherwise() -> None:
    late_trade = trade(NOON + 50, 1)

    found = written(*LINKED, late_trade)

    [row] = found.trades[DAY_1]
    assert (row.timestamp, row.late) == (NOON + 50, False)
    assert found.times == [NOON, NOON + 100, NOON + 200]


def test_only_rows_below_the_watermark_are_written() -> None:
    made, found = recording(hold_ms=150), Written()
    for message in LINKED:
        made.take(message, None)

    found.add(made.batches())

    assert found.times == [NOON]
    assert found.progress == {DAY_1: NOON + 50}


def test_what_has_long_been_seen_is_written_without_a_further_message() -> None:
    made, found = recording(), Written()
    for message in LINKED:
        made.take(message, None)

    found.add(made.batches(all_seen=True))

    assert found.times == [NOON, NOON + 100, NOON + 200]
    assert found.progress == {DAY_1: NOON + 201}


def test_a_row_from_below_the_watermark_stands_at_it_and_says_so() -> None:
    found = written(snapshot(NOON), update(NOON + 1_000, 12, 10), trade(NOON + 200, 1))

    [row] = found.trades[DAY_1]
    assert (row.timestamp, row.exchange_timestamp, row.late) == (NOON + 750, NOON + 200, True)


def test_a_row_that_comes_late_into_the_silence_is_written_too() -> None:
    made, found = recording(), Written()
    made.take(snapshot(NOON), None)
    found.add(made.batches(all_seen=True))
    made.take(trade(NOON - 100, 1), None)
    found.add(made.batches(end=True))

    assert [row.timestamp for row in found.trades[DAY_1]] == [NOON + 1]


def test_a_clean_end_is_no_gap() -> None:
    found = written(*LINKED)

    assert found.all_gaps == []
    assert found.closed == {DAY_1}


BROKEN = update(NOON + 300, 20, 17)
BREAKS = {
    "a missing update, until the next snapshot": (
        [*LINKED, BROKEN, snapshot(NOON + 400, 21)],
        [GapRow(NOON + 200, NOON + 400, "book", "sequence", "15", "17")],
    ),
    "a missing update, until the end": (
        [*LINKED, BROKEN],
        [GapRow(NOON + 200, None, "book", "sequence", "15", "17")],
    ),
    "two missing updates, one gap": (
        [*LINKED, BROKEN, update(NOON + 350, 30, 25), snapshot(NOON + 400, 31)],
        [GapRow(NOON + 200, NOON + 400, "book", "sequence", "15", "17")],
    ),
    "an update that came twice": ([*LINKED, LINKED[-1]], []),
    "one that keeps the feed alive": ([*LINKED, update(NOON + 300, 15, 15)], []),
    "a reset to a lower number that names the last": (
        [*LINKED, update(NOON + 300, 3, 15), update(NOON + 400, 5, 3)],
        [],
    ),
    "a reset that is missing": (
        [*LINKED, update(NOON + 300, 5, 3)],
        [GapRow(NOON + 200, None, "book", "sequence", "15", "3")],
    ),
    "updates before the first snapshot": ([update(NOON, 12, 10), BROKEN, snapshot(NOON, 30)], []),
    "a trade that is missing": (
        [*LINKED, trade(NOON + 210, 7), trade(NOON + 220, 9)],
        [GapRow(NOON + 210, NOON + 220, "trades", "sequence", "8", "9")],
    ),
    "a trade that stands for three": (
        [*LINKED, trade(NOON + 210, 7), trade(NOON + 220, 10, count=3)],
        [],
    ),
    "a trade that met no book": (
        [*LINKED, trade(NOON + 210, 7), trade(NOON + 215, 8, skip=True), trade(NOON + 220, 9)],
        [],
    ),
}


@pytest.mark.parametrize(("messages", "gaps"), BREAKS.values(), ids=BREAKS)
def test_a_gap_row_stands_for_what_is_missing_and_for_nothing_else(
    messages: list[Sent], gaps: list[GapRow]
) -> None:
    assert written(*messages).all_gaps == gaps


def test_updates_are_written_with_their_own_numbers_though_one_is_missing() -> None:
    found = written(*LINKED, BROKEN)

    assert [(row.seq_id, row.prev_seq_id) for row in found.book[DAY_1]] == [
        (10, -1),
        (12, 10),
        (15, 12),
        (20, 17),
    ]


def test_a_book_that_differs_from_its_checksum_is_a_gap() -> None:
    made, found = Recording(NAME, lambda bids, asks: len(bids)), Written()
    for message in (
        *LINKED,
        update(NOON + 300, 16, 15, checksum=2),
        update(NOON + 400, 17, 16, checksum=7),
    ):
        made.take(message, None)
    found.add(made.batches(end=True))

    assert found.all_gaps == [GapRow(NOON + 300, None, "book", "checksum", "7", "2")]
    assert (made.sure, made.waits) == (False, True)


def test_a_trade_that_came_twice_is_written_once() -> None:
    found = written(*LINKED, trade(NOON + 210, 7), trade(NOON + 210, 7), trade(NOON + 220, 8))

    assert [row.trade_id for row in found.trades[DAY_1]] == ["7", "8"]


@pytest.mark.parametrize(
    ("number", "later", "more"),
    [
        (8, 100, []),
        (30, 100, [GapRow(NOON + 5_000, NOON + 5_100, "trades", "sequence", "8", "30")]),
        (30, -10, []),  # of a time at which the gap goes on
        (2, 100, []),  # the venue begins anew
    ],
)
def test_a_lost_connection_is_a_gap_until_the_next_snapshot_or_a_trade_that_shows_more(
    number: int, later: int, more: list[GapRow]
) -> None:
    made, found = recording(), Written()
    for message in (*LINKED, trade(NOON + 205, 7)):
        made.take(message, None)
    made.lose("disconnect")
    first = NOON + 5_000 + later
    after: list[Sent] = [trade(first + place, number + place) for place in range(2)]
    for message in (snapshot(NOON + 5_000, 90), *after):
        made.take(message, None)
    found.add(made.batches(end=True))

    assert found.all_gaps == [
        GapRow(NOON + 200, NOON + 5_000, "book", "disconnect"),
        GapRow(NOON + 205, NOON + 5_000, "trades", "disconnect"),
        *more,
    ]


def test_a_gap_begins_with_the_last_row_of_its_table_as_a_loss_after_it_has_not_shown() -> None:
    made, found = recording(), Written()
    for message in (*LINKED, trade(NOON + 205, 7), update(NOON + 4_000, 16, 15)):
        made.take(message, None)
        found.add(made.batches())
    made.take(trade(NOON + 9_000, 8), None)
    made.lose("disconnect")
    found.add(made.batches(end=True))

    assert found.all_gaps == [
        GapRow(NOON + 4_000, None, "book", "disconnect"),
        GapRow(NOON + 9_000, None, "trades", "disconnect"),
    ]


def test_the_book_that_was_asked_for_is_completed_with_the_updates_after_it() -> None:
    made = recording()
    messages: list[Sent] = [
        update(NOON, 9, 8, ["100", "9"]),
        update(NOON + 10, 11, 9, ["99", "0"]),
        update(NOON + 20, 12, 11, ["98", "5"]),
        snapshot(NOON + 15, 10, asked=True),
    ]
    for message in messages:
        made.take(message, None)

    assert made.sure
    assert made.book()[0] == [["100", "1"], ["98", "5"]]


def test_a_book_from_before_all_updates_is_of_no_use() -> None:
    made, found = recording(), Written()
    messages: list[Sent] = [update(NOON, 9, 8), snapshot(NOON + 15, 5, asked=True)]
    for message in messages:
        made.take(message, None)
    found.add(made.batches(end=True))

    assert (made.sure, made.waits, made.counts.useless) == (False, True, 1)
    assert [row.action for row in found.book[DAY_1]] == ["update"]


def test_a_feed_without_numbers_is_taken_as_it_comes() -> None:
    found = written(snapshot(NOON, None), update(NOON + 100, None, None, ["100", "3"]))

    assert [(row.seq_id, row.prev_seq_id) for row in found.book[DAY_1]] == [(None, None)] * 2
    assert found.all_gaps == []


def test_a_time_that_runs_away_moves_no_other_row() -> None:
    made, found = recording(), Written()
    received: list[tuple[Sent, int]] = [
        (snapshot(NOON), NOON),
        (update(NOON + 10 * DAY, 12, 10), NOON + 100),
        (snapshot(NOON + 200, 13), NOON + 200),
    ]
    for message, receipt in received:
        made.take(message, receipt)
    found.add(made.batches(end=True))

    assert found.times == [NOON, NOON, NOON + 200]
    assert {(gap.channel, gap.reason) for gap in found.all_gaps} == {
        ("book", "clock"),
        ("trades", "clock"),
    }


def test_a_step_of_the_recorders_own_clock_changes_nothing() -> None:
    made, found = recording(), Written()
    for message, receipt in zip(LINKED, (NOON, NOON - DAY, NOON + DAY), strict=True):
        made.take(message, receipt)
    found.add(made.batches(end=True))

    assert (found.times, found.all_gaps) == ([NOON, NOON + 100, NOON + 200], [])


@pytest.mark.parametrize(
    ("received", "offset"),
    [
        ([(0, 30)], "30"),
        ([(0, 30), (100, 105), (200, 290)], "30"),
        ([(0, 30), (100, 105), (200, 290), (60_100, 60_140)], "5"),
        ([(0, -1_260), (100, -1_200), (70_000, 68_740)], "-1300"),
        ([(0, 30), (100, DAY), (200, DAY + 200)], "30"),
        ([(0, 30), (100, DAY), (61_000, DAY + 60_900)], str(DAY - 100)),
    ],
    ids=["a message", "a minute", "the quickest", "behind", "a step", "after a step"],
)
def test_how_far_the_recorders_clock_is_ahead_is_told(
    received: list[tuple[int, int]], offset: str
) -> None:
    made, found = recording(), Written()
    for number, (time, receipt) in enumerate(received, start=10):
        made.take(update(NOON + time, number, number - 1), NOON + receipt)
        found.add(made.batches())
    found.add(made.batches(end=True))

    assert found.meta[DAY_1]["clock_offset_ms"] == offset


# Midnight


def test_each_file_has_what_is_known_of_the_instrument() -> None:
    made, found = recording(), Written()
    made.take(Facts(NAME, {"tick": "0.1"}), None)
    for message in (snapshot(DAY_2 - 200), update(DAY_2 + 900, 12, 10)):
        made.take(message, message.time)
        found.add(made.batches())
    found.add(made.batches(end=True))

    assert [meta["tick"] for meta in found.meta.values()] == ["0.1", "0.1"]


def test_the_file_of_the_next_day_begins_with_the_book_as_it_was() -> None:
    found = written(
        snapshot(DAY_2 - 200),
        update(DAY_2 - 100, 12, 10, ["100", "0"], ["98", "7"]),
        update(DAY_2 + 100, 15, 12, ["98", "0"]),
    )

    first, second = found.book[DAY_2]
    assert (first.timestamp, first.action, first.seq_id, first.prev_seq_id) == (
        DAY_2,
        "snapshot",
        12,
        -1,
    )
    assert first.bids == '[["99","2"],["98","7"]]'
    assert second.prev_seq_id == first.seq_id
    assert found.progress == {DAY_1: DAY_2, DAY_2: DAY_2 + 101}
    assert found.closed == {DAY_1, DAY_2}


def test_rows_of_the_old_day_that_come_after_midnight_go_into_its_file() -> None:
    found = written(snapshot(DAY_2 - 100), update(DAY_2 + 20, 12, 10), trade(DAY_2 - 50, 1))

    assert [row.timestamp for row in found.trades[DAY_1]] == [DAY_2 - 50]
    assert found.trades[DAY_2] == []


def test_a_quiet_book_is_written_at_midnight_before_a_trade_of_the_day() -> None:
    found = written(snapshot(DAY_2 - 100), trade(DAY_2 + 300, 1), trade(DAY_2 + 900, 2))

    assert [(row.timestamp, row.action) for row in found.book[DAY_2]] == [(DAY_2, "snapshot")]
    assert len(found.trades[DAY_2]) == 2


def test_an_unsure_book_is_left_out_at_midnight_and_its_gap_goes_on() -> None:
    found = written(
        snapshot(DAY_2 - 300),
        update(DAY_2 - 200, 20, 17),
        update(DAY_2 + 100, 21, 20),
        snapshot(DAY_2 + 200, 22),
    )

    numbers = "10", "17"
    assert found.gaps == {
        DAY_1: [GapRow(DAY_2 - 300, DAY_2, "book", "sequence", *numbers)],
        DAY_2: [GapRow(DAY_2, DAY_2 + 200, "book", "sequence", *numbers)],
    }
    assert [row.action for row in found.book[DAY_2]] == ["update", "snapshot"]


def test_what_was_lost_before_midnight_is_a_gap_from_the_last_row_of_the_day() -> None:
    found = written(snapshot(DAY_2 - 300), update(DAY_2 + 100, 20, 17), snapshot(DAY_2 + 200, 22))

    numbers = "10", "17"
    assert found.gaps == {
        DAY_1: [GapRow(DAY_2 - 300, DAY_2, "book", "sequence", *numbers)],
        DAY_2: [GapRow(DAY_2, DAY_2 + 200, "book", "sequence", *numbers)],
    }
    assert [row.action for row in found.book[DAY_2]] == ["update", "snapshot"]


# A new start

LAST: dict[Channel, int] = {"book": NOON + 420, "trades": NOON + 300}
KILLED = Past(DAY_1, NOON + 500, {}, ("7", "8"), LAST)
NEXT: list[Sent] = [snapshot(NOON + 9_000, 50), trade(NOON + 9_000, 8), trade(NOON + 9_001, 20)]


def test_a_new_start_goes_on_with_a_gap_from_the_last_row_of_each_table() -> None:
    found = written(*NEXT, past=KILLED)

    assert sorted(found.all_gaps) == [
        GapRow(NOON + 300, NOON + 9_000, "trades", "disconnect"),
        GapRow(NOON + 420, NOON + 9_000, "book", "disconnect"),
    ]
    assert [row.trade_id for row in found.trades[DAY_1]] == ["20"]


def test_a_new_start_goes_on_from_the_progress_of_a_table_without_a_row() -> None:
    found = written(*NEXT, past=replace(KILLED, last={"book": NOON + 420}))

    assert sorted(found.all_gaps) == [
        GapRow(NOON + 420, NOON + 9_000, "book", "disconnect"),
        GapRow(NOON + 500, NOON + 9_000, "trades", "disconnect"),
    ]


def test_a_new_start_after_a_day_that_is_complete_begins_its_gaps_in_the_next() -> None:
    last: dict[Channel, int] = {"book": DAY_1 - 5, "trades": DAY_1 - 900}
    past = replace(KILLED, day=DAY_1 - DAY, progress=DAY_1, last=last)

    found = written(*NEXT, past=past)

    assert sorted(found.all_gaps) == [
        GapRow(DAY_1, NOON + 9_000, "book", "disconnect"),
        GapRow(DAY_1, NOON + 9_000, "trades", "disconnect"),
    ]


def test_a_gap_that_was_open_stays_the_same_gap() -> None:
    known = GapRow(NOON + 100, None, "book", "sequence", "1", "2")
    past = replace(KILLED, open_gaps={"book": known})

    assert [gap.channel for gap in written(*NEXT, past=past).all_gaps] == ["trades"]


def test_a_new_start_on_a_later_day_ends_the_old_file_and_goes_on_in_its_own() -> None:
    last: dict[Channel, int] = {"book": DAY_1 - 1_100, "trades": DAY_1 - 1_001}
    past = replace(KILLED, day=DAY_1 - DAY, progress=DAY_1 - 1_000, last=last)

    found = written(*NEXT, past=past)

    assert found.gaps == {
        DAY_1 - DAY: [
            GapRow(DAY_1 - 1_100, DAY_1, "book", "disconnect"),
            GapRow(DAY_1 - 1_001, DAY_1, "trades", "disconnect"),
        ],
        DAY_1: [
            GapRow(DAY_1, NOON + 9_000, "book", "disconnect"),
            GapRow(DAY_1, NOON + 9_000, "trades", "disconnect"),
        ],
    }
    assert found.closed == {DAY_1 - DAY, DAY_1}
