"""Facts of a recording: what its table `meta` says, and what its first rows let infer."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from orderflow_sqlite.inspection import inspect_path
from orderflow_sqlite.source import SqliteSource

from orderflow_core import InstrumentFacts
from tests.make import write_recording

INFERRED = InstrumentFacts(tick=0.5, lot=0.25, inferred=("tick", "lot"))


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    return write_recording(
        tmp_path / "TEST-USDT-25-06-01.db",
        [(0, [["100.0", "5"], ["99.5", "1.25"]], [["101.0", "2"]])],
        [(10, 100.5, 0.75, "buy")],
    )


def with_meta(path: Path, *pairs: tuple[str, object], columns: str = "key TEXT, value") -> None:
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(f"CREATE TABLE meta ({columns})")
        for pair in pairs:
            database.execute("INSERT INTO meta VALUES (?, ?)", pair)


def facts(path: Path, **settings: Any) -> InstrumentFacts:
    return SqliteSource(path=path, **settings).facts("TEST-USDT")


def test_tick_and_lot_are_inferred_from_the_first_rows(recording: Path) -> None:
    assert facts(recording) == INFERRED


def test_what_meta_says_goes_over_what_is_inferred(recording: Path) -> None:
    with_meta(
        recording,
        *[("venue", "okx"), ("tick", 0.1), ("contract value", "0.01")],
        *[("QUOTE", "USDT"), ("kind", "linear"), ("lot", None)],
    )

    assert facts(recording) == InstrumentFacts(0.1, 0.25, 0.01, "USDT", "linear", inferred=("lot",))


@pytest.mark.parametrize(
    ("key", "value"), [("tick", "small"), ("tick", -1), ("lot", "inf"), ("kind", "quanto")]
)
def test_what_meta_has_no_use_for_is_told(
    recording: Path, key: str, value: object, caplog: pytest.LogCaptureFixture
) -> None:
    with_meta(recording, (key, value))

    assert facts(recording) == INFERRED
    assert f"its table meta has {key} = '{value}', which is passed over" in caplog.text


def test_a_table_of_that_name_and_of_another_shape_says_nothing(recording: Path) -> None:
    with_meta(recording, columns="name TEXT")

    assert facts(recording) == INFERRED


def test_nothing_is_known_where_rows_must_be_sorted_first_or_are_yet_to_be_made(
    recording: Path, tmp_path: Path
) -> None:
    assert facts(recording, sort=True) == InstrumentFacts()
    assert facts(tmp_path / "none", sample=True) == InstrumentFacts()


def test_inspect_says_them(recording: Path) -> None:
    assert inspect_path(recording).facts == INFERRED
