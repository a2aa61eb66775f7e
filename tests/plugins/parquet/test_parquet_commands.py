"""`orderflow query` and `orderflow export` over a store."""

import csv
import json
import sys
from pathlib import Path

import pytest
from orderflow_parquet.store import ParquetStore

from orderflow_core.testing import price_bars
from tests.command import Done, orderflow
from tests.plugins.parquet.test_parquet import DAY_1, DAY_2, MINUTE, everything, keep, rows_at

BARS = [
    price_bars("ohlc", [(DAY_1, 1, 4, 0.5, 2, 5)], known_at=[DAY_1 + MINUTE]),
    price_bars("ohlc", [(DAY_2, 2, 3, 1, 2.5, 7)], known_at=[DAY_2 + MINUTE]),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with a store of two days."""
    keep(tmp_path / "store", rows_at(DAY_1, DAY_1 + MINUTE, DAY_2, DAY_2 + MINUTE), BARS)
    return tmp_path


def query(folder: Path, sql: str, *options: str) -> Done:
    return orderflow(folder, "query", sql, *options)


SQL = "select instrument, series, close, volume from bars order by timestamp"


def test_a_query_prints_a_table(folder: Path) -> None:
    done = query(folder, SQL)

    assert done.returncode == 0
    assert [line.split() for line in done.stdout.splitlines() if "TEST" in line] == [
        ["│", "TEST-USDT", "│", "ohlc", "│", "2.0", "│", "5.0", "│"],
        ["│", "TEST-USDT", "│", "ohlc", "│", "2.5", "│", "7.0", "│"],
    ]


def test_a_query_prints_json(folder: Path) -> None:
    done = query(folder, "select close, 'NaN'::double as none, [1, 2] as two from bars", "--json")

    assert json.loads(done.stdout)[0] == {"close": 2.0, "none": None, "two": [1, 2]}


def test_a_query_prints_csv(folder: Path) -> None:
    assert query(folder, "select close from bars", "--csv").stdout == "close\n2.0\n2.5\n"


def test_a_kind_without_results_is_an_empty_table(folder: Path) -> None:
    assert query(folder, "select count(*) as n from signals", "--json").stdout == '[{"n": 0}]\n'


def test_cells_are_lists(tmp_path: Path) -> None:
    everything(tmp_path / "store", cells=True)

    assert query(tmp_path, 'select "values" from cells', "--csv").stdout == (
        'values\n"[1.0, 2.5]"\n'
    )


def test_results_of_one_settings_are_asked_for(folder: Path) -> None:
    [settings] = ParquetStore(folder / "store").settings("TEST-USDT")

    done = query(folder, "select count(*) as n from bars", "--json", "--settings", settings)

    assert done.stdout == '[{"n": 2}]\n'


def test_columns_of_one_name_are_told_apart(folder: Path) -> None:
    done = query(folder, "select 1 as n, 2 as n, 3 as n_1, {'a': 4} as of", "--json")

    assert json.loads(done.stdout) == [{"n": 1, "n_1": 2, "n_1_1": 3, "of": {"a": 4}}]


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["selekt"], 2, "the query cannot be answered"),
        (["select 1", "--store", "nowhere"], 3, "there is no store at nowhere"),
        (["select 1", "--json", "--csv"], 2, "--json and --csv: choose one"),
        (["select 1", "--settings", "deadbeef"], 2, "--settings 'deadbeef': store has results of "),
    ],
)
def test_what_cannot_be_asked_is_told(
    folder: Path, arguments: list[str], code: int, told: str
) -> None:
    done = orderflow(folder, "query", *arguments)

    assert done.returncode == code
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_a_missing_duckdb_is_told_with_what_mends_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "duckdb", None)

    done = query(folder, SQL)

    assert done.returncode == 2
    assert "needs duckdb, which is not installed: pip install 'orderflow-bus[query]'" in done.stderr


def test_an_export_writes_csv(folder: Path) -> None:
    done = orderflow(folder, "export", "bars.csv")

    assert done.stdout == "bars.csv  2 rows\n"
    with (folder / "bars.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [(row["instrument"], row["close"]) for row in rows] == [
        ("TEST-USDT", "2.0"),
        ("TEST-USDT", "2.5"),
    ]


def test_an_export_writes_one_parquet_file(folder: Path) -> None:
    assert orderflow(folder, "export", "bars.parquet").returncode == 0

    done = query(folder, "select instrument, close from 'bars.parquet'", "--csv")
    assert done.stdout == "instrument,close\nTEST-USDT,2.0\nTEST-USDT,2.5\n"


def test_an_export_takes_days_both_included(folder: Path) -> None:
    done = orderflow(folder, "export", "a.csv", "--start", "2024-10-05", "--end", "2024-10-05")

    assert done.stdout == "a.csv  1 rows\n"


def test_no_value_is_an_empty_field(tmp_path: Path) -> None:
    everything(tmp_path / "store")

    orderflow(tmp_path, "export", "a.csv", "--kind", "signals")

    assert ",1.5,,1,ä," in (tmp_path / "a.csv").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["a.txt"], 2, "a.txt: its name must end with .csv or .parquet"),
        (["a.csv", "--kind", "bar"], 2, "--kind 'bar': there are bars, metrics"),
        (["a.csv", "--instrument", "X"], 2, "--instrument 'X': store has TEST-USDT"),
        (["a.csv", "--series", "x"], 3, "has no such rows; its series of bars: ohlc"),
        (["none/a.csv"], 4, "cannot be written"),
    ],
)
def test_what_cannot_be_exported_is_told(
    folder: Path, arguments: list[str], code: int, told: str
) -> None:
    done = orderflow(folder, "export", *arguments)

    assert done.returncode == code
    assert told in done.stderr


def test_the_reader_has_what_is_there(folder: Path) -> None:
    store = ParquetStore(folder / "store")

    assert store.instruments() == ["TEST-USDT"]
    assert store.series("bars", "TEST-USDT") == ["ohlc"]
    assert store.settings("TEST-USDT") == [""]
