"""Trades that come again, as an exchange sends its last ones after a reconnect."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from orderflow_sqlite import repeats

from orderflow_core import InputError
from tests.plugins.sqlite.make import Row, trade_row, write
from tests.plugins.sqlite.reading import DAY_1, DAY_2, Reading, read

THREE = [trade_row(10 + place, trade_id=f"{500 + place}") for place in range(3)]
AGAIN = [*THREE, *THREE, trade_row(20, trade_id="503")]


def reading(folder: Path, rows: Sequence[Row], **settings: Any) -> Reading:
    folder.mkdir(exist_ok=True)
    return read(write(folder / DAY_1, trades=rows), **settings)


def ids(found: Reading) -> list[str]:
    return [trade.trade_id for trade in found.trades]


@pytest.mark.parametrize("batch", [1, 2, 4096])
@pytest.mark.parametrize("sort", [False, True])
def test_trades_that_come_again_are_dropped_and_counted(
    tmp_path: Path, batch: int, sort: bool
) -> None:
    found = reading(tmp_path, AGAIN, duplicates="drop", sort=sort, trade_batch=batch)

    assert (ids(found), found.ledger.duplicates) == (["500", "501", "502", "503"], 3)
    assert found.warnings == []


def test_a_time_that_goes_back_with_its_trade_is_told_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r'id 4: timestamp 10 after 12; .*duplicates = "drop"'):
        reading(tmp_path, AGAIN)


def test_a_time_that_goes_back_with_another_trade_is_to_be_sorted(tmp_path: Path) -> None:
    rows = [trade_row(12, trade_id="1"), trade_row(10, trade_id="2")]

    for rule in ("keep", "drop"):
        with pytest.raises(InputError, match="set sort = true"):
            reading(tmp_path / rule, rows, duplicates=rule)


def test_trades_that_are_kept_are_told_where_they_were_looked_for(tmp_path: Path) -> None:
    found = reading(tmp_path, AGAIN, sort=True)

    assert (len(found.trades), found.ledger.duplicates) == (7, 0)
    assert found.warnings == [
        "3 trades have the trade_id of one before; "
        'duplicates = "drop" in [source] leaves such trades out'
    ]


def test_trades_of_several_files_are_one_stream(tmp_path: Path) -> None:
    write(tmp_path / DAY_1, trades=THREE)
    write(tmp_path / DAY_2, trades=[trade_row(13, trade_id="502"), trade_row(14, trade_id="9")])

    found = read(tmp_path, duplicates="drop")

    assert (ids(found), found.ledger.duplicates) == (["500", "501", "502", "9"], 1)


def test_an_id_that_is_a_number_is_one(tmp_path: Path) -> None:
    rows = [trade_row(10, trade_id=number) for number in (7, 7, 8)]

    assert ids(reading(tmp_path, rows, duplicates="drop")) == ["7", "8"]


@pytest.mark.parametrize("none", [None, ""])
def test_trades_without_an_id_are_none_that_came_before(tmp_path: Path, none: object) -> None:
    rows = [trade_row(10, trade_id=none) for _ in range(3)]

    assert len(reading(tmp_path, rows, duplicates="drop").trades) == 3


def test_an_id_is_forgotten_after_many_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repeats, "MOST", 3)
    rows = [trade_row(10, trade_id=name) for name in "abcabdea"]

    found = reading(tmp_path, rows, duplicates="drop", trade_batch=2)

    assert "".join(ids(found)) == "abcdea"


def test_ids_of_trades_in_order_are_known_when_others_are_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repeats, "MOST", 3)
    rows = [trade_row(10 + place, trade_id=name) for place, name in enumerate("abcdef")]

    with pytest.raises(InputError, match="duplicates"):
        reading(tmp_path, [*rows, trade_row(9, trade_id="e")], trade_batch=2)
    with pytest.raises(InputError, match="sort"):
        reading(tmp_path / "other", [*rows, trade_row(9, trade_id="a")], trade_batch=2)


def test_without_a_column_trade_id_the_rule_is_told_to_do_nothing(tmp_path: Path) -> None:
    found = reading(tmp_path, [trade_row(10)], duplicates="drop")

    assert 'has no trade_id: duplicates = "drop" does nothing' in found.warnings[0]
