"""Tests of the source of Tardis' CSV files."""

import gzip
from pathlib import Path

import pytest

from examples.tardis_source import TardisSource
from orderflow_core import Block, InputError

US = 1_748_736_000_000_000
BOOK = """exchange,symbol,timestamp,local_timestamp,is_snapshot,side,price,amount
okex,BTC-USDT,{0}100,{0}900,true,bid,100.0,5
okex,BTC-USDT,{0}100,{0}900,true,ask,100.5,3
okex,BTC-USDT,{1}100,{1}900,false,bid,100.0,0
okex,BTC-USDT,{1}100,{1}900,false,bid,99.5,2
okex,BTC-USDT,{0}100,{2}900,false,ask,100.5,4
okex,BTC-USDT,{2}100,{2}950,false,ask,high,4
okex,BTC-USDT,{2}200,{2}990,true,bid,98.0,1
okex,BTC-USDT,{2}200,{2}991,true,ask,99.0,1
"""
TRADES = """exchange,symbol,timestamp,local_timestamp,id,side,price,amount
okex,BTC-USDT,{0}500,{0}900,a1,buy,100.5,1
okex,BTC-USDT,{1}500,{1}900,a2,unknown,99.5,2
okex,BTC-USDT,{1}600,{1}900,a3,sell,99.5,2
"""
DAY = "2025-06-01"


def at(seconds: int) -> int:
    """Return a time in ms."""
    return US // 1000 + 1000 * seconds


def write(folder: Path, kind: str, text: str, day: str = DAY, *, packed: bool = True) -> None:
    """Write a file whose times are 0, 1 and 2 seconds after midnight."""
    content = text.format(*(str(at(second)) for second in range(3))).encode()
    path = folder / f"okex_{kind}_{day}_BTC-USDT.csv"
    if packed:
        path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(content))
    else:
        path.write_bytes(content)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with a day of one instrument."""
    write(tmp_path, "incremental_book_L2", BOOK)
    write(tmp_path, "trades", TRADES)
    return tmp_path


def blocks(folder: Path, rows: int = 2048) -> tuple[TardisSource, list[Block]]:
    source = TardisSource(directory=folder, rows=rows)
    return source, list(source.blocks("BTC-USDT"))


@pytest.mark.parametrize("rows", [1, 2048])
def test_the_lines_of_one_message_are_one_row(folder: Path, rows: int) -> None:
    _, found = blocks(folder, rows)
    windows = [window for block in found for window in block.windows]

    assert [window.timestamp for window in windows] == [at(0), at(1), at(1), at(2), at(2)]
    assert [window.snapshot for window in windows] == [True, False, False, True, False]
    assert windows[1].bid_price.tolist() == [100.0, 99.5]
    assert windows[1].bid_size.tolist() == [0, 2]


def test_each_trade_is_in_the_window_of_its_time(folder: Path) -> None:
    _, found = blocks(folder)
    trades = [[t.trade_id for t in batch] for block in found for batch in block.batches]

    assert trades == [["a1"], [], ["a3"], [], []]


def test_what_cannot_be_read_is_refused_and_what_goes_back_is_late(folder: Path) -> None:
    source, _ = blocks(folder)

    assert source.ledger.refused == {"a line that cannot be read": 2}
    assert source.ledger.late == 1
    assert sorted(counted.rows for counted in source.ledger.inputs) == [3, 8]


def test_days_follow_each_other_and_need_not_be_packed(folder: Path) -> None:
    later = BOOK.replace("{", "{{").replace("}", "}}").replace("{{0}}", f"{at(86_400)}")
    later = later.replace("{{1}}", f"{at(86_401)}").replace("{{2}}", f"{at(86_402)}")
    write(folder, "incremental_book_L2", later, "2025-06-02", packed=False)
    _, found = blocks(folder)

    assert sum(len(block) for block in found) == 10
    assert found[-1].last_time == at(86_402)


def test_symbols_are_the_instruments(folder: Path) -> None:
    assert TardisSource(directory=folder).instruments() == ["BTC-USDT"]


def test_two_exchanges_in_one_folder_are_told(folder: Path) -> None:
    for path in list(folder.iterdir()):
        path.with_name(path.name.replace("okex", "binance")).write_bytes(path.read_bytes())

    with pytest.raises(InputError, match="of two exchanges: take a folder each"):
        blocks(folder)


def test_a_folder_without_a_book_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"there is no file \*_incremental_book_L2_\* in"):
        TardisSource(directory=tmp_path).instruments()
