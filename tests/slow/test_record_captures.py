"""Real feeds through their venues into recordings, read back by the source."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from orderflow_record.importing import import_tapes
from orderflow_record.proof import prove

from tests.checksums import string_books
from tests.plugins.sqlite.reading import read
from tests.recordings import needs_recordings
from tests.slow.captures import CAPTURES, binance, kraken_as_v2
from tests.slow.test_captures import tops_of

pytestmark = [pytest.mark.slow, needs_recordings]

BINANCE = {
    "binance-usdm": ("usdm_btcusdt_20240808.gz", "BTCUSDT"),
    "binance-coinm": ("cm_btcusd_perp_20240808.gz", "BTCUSD_PERP"),
    "binance-spot": ("spot_ethusdt_20240808.gz", "ETHUSDT"),
}
OKX = "okx_2022-05-13.ws.gz"


def imported(folder: Path, venue: str, capture: str, name: str) -> list[Path]:
    import_tapes([CAPTURES / capture], venue, [name], folder)
    return sorted(folder.glob("*.db"))


def rows(files: list[Path], query: str) -> list[Any]:
    found = []
    for file in files:
        with closing(sqlite3.connect(file)) as database:
            found += database.execute(query).fetchall()
    return found


@pytest.mark.parametrize("venue", BINANCE)
def test_an_imported_capture_of_binance_is_that_capture(tmp_path: Path, venue: str) -> None:
    """Each row is sure from the snapshot on, and best levels are those of bookTicker."""
    capture, name = BINANCE[venue]
    plain, tickers = binance(capture)
    files = imported(tmp_path, venue, capture, name)
    book = rows(files, "SELECT seq_id, action FROM book ORDER BY id")
    own = len(plain) - next(i for i, row in enumerate(plain) if row["action"] == "snapshot")

    found = read(tmp_path, name)

    assert rows(files, "SELECT * FROM gaps") == []
    assert len(book) == len(plain) + len(files) - 1  # each further file begins with the book
    assert found.ledger.stale == 0
    assert found.sure == [False] * (len(plain) - own) + [True] * (own + len(files) - 1)
    tops = [
        (number, top)
        for (number, _), top, sure in zip(book, tops_of(tmp_path, name), found.sure, strict=True)
        if sure and number in tickers
    ]
    assert len(tops) > 100
    assert tops == [(number, tickers[number]) for number, _ in tops]


@pytest.mark.parametrize("name", ["BTC-USDT", "BTC-USD-220527", "UNI-USD-SWAP"])
def test_an_imported_capture_of_okx_has_its_checksum_after_each_row(
    tmp_path: Path, name: str
) -> None:
    files = imported(tmp_path, "okx", OKX, name)
    [file] = files
    said = rows(files, "SELECT checksum FROM book ORDER BY id")

    assert rows(files, "SELECT * FROM gaps") == []
    assert [(book.checksum,) for book in string_books(file)] == said
    assert len(said) > 90
    assert all(read(tmp_path, name).sure)


def test_a_captured_feed_of_kraken_has_its_checksum_after_each_row(tmp_path: Path) -> None:
    tape, lines = tmp_path / "kraken.jsonl", list(kraken_as_v2())
    tape.write_text("\n".join(lines))
    pairs = sorted({json.loads(line.partition(" ")[2])["data"][0]["symbol"] for line in lines})

    import_tapes([tape], "kraken", pairs, tmp_path / "data")
    proofs = prove((tmp_path / "data").glob("*.db"))

    assert len(proofs) == len(pairs) > 5
    assert sum(proof.checksums for proof in proofs) == len(lines) > 4_000
    assert [proof.wrong_checksums for proof in proofs] == [0] * len(pairs)
    assert [proof.gaps for proof in proofs] == [[]] * len(pairs)


def test_a_capture_is_imported_to_the_same_rows_each_time(tmp_path: Path) -> None:
    tables = ["book", "trades", "gaps", "progress", "meta"]
    first, second = (
        imported(tmp_path / turn, "okx", OKX, "BTC-USDT") for turn in ("first", "second")
    )

    assert [rows(first, f"SELECT * FROM {table}") for table in tables] == [
        rows(second, f"SELECT * FROM {table}") for table in tables
    ]
