"""What the recorder writes of a feed with faults, followed and read afterwards."""

import time
from pathlib import Path

import pytest
from orderflow_record.binance_usdm import BinanceUsdm
from orderflow_record.database import DayFile, file_of
from orderflow_record.okx import Okx
from orderflow_record.recording import Recording
from orderflow_record.session import Session
from orderflow_record.testing import BinanceSide, Exchange, Faulty, OkxSide, faults, play
from orderflow_record.timing import Timing
from orderflow_sqlite import following

from tests.plugins.record.markets import NAME, market
from tests.plugins.sqlite.growing import Follower, afterwards, rows_of

LENGTH = 200
VENUES = {"okx": (Okx, OkxSide), "binance": (BinanceUsdm, BinanceSide)}


@pytest.mark.slow
@pytest.mark.parametrize("venue", VENUES)
@pytest.mark.parametrize("seed", range(6))
def test_a_feed_with_faults_gives_the_same_followed_and_afterwards(
    tmp_path: Path, venue: str, seed: int
) -> None:
    make, side = VENUES[venue]
    faulty = Faulty(Exchange(*market(LENGTH)), side(), faults(seed, LENGTH))
    recording = Recording(NAME, make([NAME]).checksum)
    session = Session(make([NAME]), {NAME: recording}, Timing())
    files: dict[int, DayFile] = {}
    follower = Follower(tmp_path, instrument=NAME)
    for _, batch in play(faulty, session, seed):
        if batch.day not in files:
            files[batch.day] = DayFile(file_of(tmp_path, NAME, batch.day), NAME, "kill", {})
        files[batch.day].write(batch)
        time.sleep(2 * following.POLL_SECONDS)
    found = rows_of(follower.end())
    for file in files.values():
        file.close()

    assert found
    assert found == afterwards(tmp_path, instrument=NAME)[0]
    assert follower.source.ledger.late == 0
