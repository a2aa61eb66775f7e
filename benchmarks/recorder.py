"""The command `python -m benchmarks.recorder`: messages a second, and memory, of a recorder.

Frames of a simulated market at OKX go through the venue, the recording and the writer into files,
without a socket: what one core can take before rows come later and later.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from tempfile import TemporaryDirectory
from time import process_time, sleep

from orderflow_record.messages import Trade
from orderflow_record.recording import Recording
from orderflow_record.session import Session
from orderflow_record.testing import Exchange, OkxSide, Sent
from orderflow_record.timing import Timing
from orderflow_record.venue import venue_class
from orderflow_record.writer import Writer

from benchmarks.fuzz.feed_markets import long_market

INSTRUMENT = "SIM-BTC-USDT"
MARKET = 40_000
WAITING = 16 << 20
"""Bytes that may wait for the writer; a recorder takes up to 64 MB before it stops."""
SHOWN = 100_000
ASKED = f'{{"op":"subscribe","args":[{{"channel":"books","instId":"{INSTRUMENT}"}}]}}'


class Frames:
    """The frames of a market that begins anew, with a snapshot, as often as it ends."""

    def __init__(self) -> None:
        self._start, market = long_market(INSTRUMENT, 10)
        self._span = market[-1].time - market[0].time + 1
        self._side = OkxSide()
        market = market[:MARKET]
        self._texts = [(each, self._side.frame(each)) for each in market]
        self._trades = sum(isinstance(each, Trade) for each in market)

    def first(self, messages: int) -> Iterator[tuple[int, str]]:
        """Yield times and frames of so many messages, and snapshots before them."""
        begin, sent = self._texts[0][0].time, 0
        for turn in count():
            by = turn * self._span
            for answer in self._side.answers(ASKED, Exchange(self._start, ())):
                yield begin + by, answer.replace(str(self._start.time), str(begin + by))
            for message, text in self._texts:
                if sent == messages:
                    return
                sent += 1
                yield message.time + by, _moved(message, text, by, turn * self._trades)


def _moved(message: Sent, text: str, by: int, trades: int) -> str:
    """Return a frame with its time `by` ms later and its id after so many more trades."""
    text = text.replace(str(message.time), str(message.time + by))
    if isinstance(message, Trade):
        text = text.replace(f'"{message.id}"', f'"{int(message.id) + trades}"', 1)
    return text


def measure(messages: int, folder: Path) -> None:
    """Record so many messages, and print how it went."""
    venue = venue_class("okx")([INSTRUMENT])
    recording = Recording(INSTRUMENT, venue.checksum)
    session = Session(venue, {INSTRUMENT: recording}, Timing())
    writer = Writer(folder)
    played, time, done = Frames().first(messages), 0, 0
    begun = written = process_time()
    for time, frame in played:
        session.take(frame, time / 1000, time)
        done += 1
        if process_time() >= written + session.timing.batch_ms / 1000:
            written = process_time()
            for name, batch in session.batches(time / 1000):
                writer.write(name, batch)
            while writer.pending > WAITING:
                sleep(0.001)
        if done % SHOWN == 0:
            memory = getrusage(RUSAGE_SELF).ru_maxrss / 1024
            rate = done / (process_time() - begun)
            print(f"{done:,} messages, {rate:,.0f} a second of CPU, at most {memory:,.0f} MB")
    for name, batch in session.batches(time / 1000, end=True):
        writer.write(name, batch)
    writer.close()
    rate = done / (process_time() - begun)
    print(f"{done:,} messages, {rate:,.0f} a second of CPU; {recording.counts}")


def main() -> None:
    """Measure what the option says."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.recorder", description=__doc__)
    parser.add_argument("--messages", type=int, default=1_000_000, metavar="N")
    options = parser.parse_args()
    with TemporaryDirectory(prefix="orderflow-recorder-") as folder:
        measure(options.messages, Path(folder))


if __name__ == "__main__":
    main()
