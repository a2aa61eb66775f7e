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
from time import process_time

from orderflow_record.recording import Recording
from orderflow_record.session import Session
from orderflow_record.testing import Exchange, OkxSide
from orderflow_record.timing import Timing
from orderflow_record.venue import venue_class
from orderflow_record.writer import Writer

from benchmarks.fuzz.feed_markets import long_market

INSTRUMENT = "SIM-BTC-USDT"
MARKET = 40_000
SHOWN = 100_000


def frames(messages: int) -> Iterator[tuple[int, str]]:
    """Yield times and frames of a market that begins anew, with a snapshot, as often as it ends."""
    start, market = long_market(INSTRUMENT, 10)
    side, span = OkxSide(), market[-1].time - market[0].time + 1
    texts = [(message.time, side.frame(message)) for message in market[:MARKET]]
    arg = f'{{"op":"subscribe","args":[{{"channel":"books","instId":"{INSTRUMENT}"}}]}}'
    sent = 0
    for turn in count():
        by = turn * span
        for answer in side.answers(arg, Exchange(start, ())):
            yield texts[0][0] + by, answer.replace(str(start.time), str(texts[0][0] + by))
        for time, text in texts:
            if sent == messages:
                return
            sent += 1
            yield time + by, text.replace(str(time), str(time + by)) if by else text


def measure(messages: int, folder: Path) -> None:
    """Record so many messages, and print how it went."""
    venue = venue_class("okx")([INSTRUMENT])
    recording = Recording(INSTRUMENT, venue.checksum)
    session = Session(venue, {INSTRUMENT: recording}, Timing())
    writer = Writer(folder)
    time = done = 0
    begun = written = process_time()
    for time, frame in frames(messages):
        session.take(frame, time / 1000, time)
        done += 1
        if process_time() >= written + session.timing.batch_ms / 1000:
            written = process_time()
            for name, batch in session.batches(time / 1000):
                writer.write(name, batch)
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
