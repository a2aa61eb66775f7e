"""One market in many shapes of files, each of which must give the numbers of the plain one."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any, TypeAlias

from orderflow_sqlite.source import SqliteSource

from benchmarks.fuzz.databases import (
    INSTRUMENT,
    LEVELS,
    START,
    WINDOW_SECONDS,
    by_oracle,
    difference,
)
from benchmarks.fuzz.tally import Tally
from orderflow_core import InputError
from tests.plugins.sqlite.make import Row, execute, write
from tests.replay import replay

_ROWS = 30
_SNAPSHOT_AT = 18
_MODES = ("plain", "none", "chain", "counter", "order", "books")
_NUMBERED = ("chain", "counter", "order")
_LAST_UPDATE = 20


@dataclass
class _Market:
    """Rows with levels as lists of pairs; `settings` are those of the shape that it has by now."""

    mode: str
    book: list[Row]
    trades: list[Row]
    settings: dict[str, Any] = field(default_factory=dict)
    duplicates: int = 0
    one_level: bool = False
    woven: bool = False


_Change: TypeAlias = Callable[[Random, _Market], None]


def tallies(seed: int, count: int, folder: Path) -> Iterator[Tally]:
    """Yield what came of `count` markets, the same for the same seed."""
    for number in range(count):
        random = Random(f"{seed} {number}")
        own = folder / f"{number}"
        own.mkdir()
        tally = _check(random, own)
        tally.wrong = [f"market {number}: {text}" for text in tally.wrong]
        if not tally.wrong:
            for path in own.iterdir():
                path.unlink()
            own.rmdir()
        yield tally


def _check(random: Random, folder: Path) -> Tally:
    market = _market(random)
    plain = folder / "plain.db"
    _write_plain(plain, market)
    for change in (_numbers, _again, _levels, _sides, _times, _instruments, _ids):
        change(random, market)
    try:
        source = SqliteSource(**_written(random, market, folder))
        found = replay(source.blocks(INSTRUMENT), WINDOW_SECONDS, LEVELS)
    except InputError as error:
        return Tally(wrong=[f"{market.mode}, {market.settings}: {error}"])
    wanted = by_oracle([plain], sort=False)
    if isinstance(wanted, str):
        return Tally(wrong=[f"the oracle says {wanted}"])
    problem = difference(found, source.ledger, wanted)
    if problem is None and source.ledger.duplicates != market.duplicates:
        problem = f"{source.ledger.duplicates} duplicates, are {market.duplicates}"
    if problem is not None:
        return Tally(wrong=[f"{market.mode}, {market.settings}: {problem}"])
    tally = Tally()
    tally.outcomes[f"equal, {market.mode}{', one level a row' if market.one_level else ''}"] += 1
    return tally


def _market(random: Random) -> _Market:
    """Return rows of rising times, of which some numbered ones are missing or come again."""
    mode = random.choice(_MODES)
    book: list[Row] = []
    time, number = START, random.randrange(1, 99)
    for place in range(_ROWS):
        time += random.choice((1, 7, 90, 400))
        shift = place / 10 if mode == "books" else 0.0
        snapshot = mode == "books" or place in (0, _SNAPSHOT_AT)
        sides = {
            name: _side(random, sign, shift, whole=snapshot)
            for name, sign in (("bids", -1), ("asks", 1))
        }
        before, number = number, number + (1 if mode == "counter" else random.randrange(2, 9))
        row: Row = {**sides, "timestamp": time, "action": "snapshot" if snapshot else "update"}
        if mode in _NUMBERED:
            row["seq_id"] = number
        if mode == "chain":
            row["prev_seq_id"] = -1 if snapshot else before
        book.append(row)
    if mode in _NUMBERED and random.random() < 0.5:
        del book[random.randrange(1, _SNAPSHOT_AT)]
    trades: list[Row] = []
    time = START
    for place in range(_LAST_UPDATE):
        time += random.choice((1, 30, 500))
        price, size = 100 + random.randrange(-9, 9) / 10, random.randrange(1, 9) / 4
        side = random.choice(("buy", "sell"))
        trades.append(
            {"trade_id": f"t{place}", "price": price, "size": size, "side": side, "timestamp": time}
        )
    return _Market(mode, book, trades)


def _side(random: Random, sign: int, shift: float, *, whole: bool) -> list[tuple[str, str]]:
    ranks = random.sample(range(1, 30), 5 if whole else random.randrange(1, 4))
    return [
        (f"{100 + shift + sign * rank / 10:.1f}", str(random.randrange(whole, 9))) for rank in ranks
    ]


def _write_plain(path: Path, market: _Market) -> None:
    rows = [{**row, **{side: json.dumps(row[side]) for side in _SIDES}} for row in market.book]
    write(path, rows, market.trades)


_SIDES = ("bids", "asks")


def _numbers(random: Random, market: _Market) -> None:
    """Say what the numbers are, or have some that say nothing; whole books need no word."""
    if market.mode == "none":
        market.settings["sequence"] = "none"
        for row in market.book:
            row["seq_id"] = random.randrange(99)
    elif market.mode in _NUMBERED and random.random() < 0.5:
        market.settings["sequence"] = market.mode
        as_text = random.random() < 0.5
        for row in market.book:
            row["seq_id"] = f"{row['seq_id']}" if as_text else f"{row['seq_id']}.0"
    elif market.mode == "books":
        market.settings["snapshot"] = random.choice(("always", "auto"))
        for row in market.book:
            del row["action"]
        if market.settings["snapshot"] == "auto":
            market.settings["snapshot_levels"] = 5


def _again(random: Random, market: _Market) -> None:
    """Let trades come again, as after a reconnect."""
    if random.random() < 0.5:
        return
    market.settings["duplicates"] = "drop"
    for _ in range(random.randrange(1, 4)):
        place = random.randrange(len(market.trades))
        market.trades.insert(random.randrange(place + 1, len(market.trades) + 1),
                             dict(market.trades[place]))  # fmt: skip
        market.duplicates += 1


def _levels(random: Random, market: _Market) -> None:
    """Give levels another shape."""
    shape = random.choice((_one_level, _objects, _mappings, _words, _lists))
    shape(market)


def _one_level(market: _Market) -> None:
    market.one_level = True
    if market.settings.get("snapshot") == "auto":  # of single levels the first rows tell nothing
        market.settings["snapshot"] = "always"
    levels: list[Row] = []
    for row in market.book:
        rest = {name: value for name, value in row.items() if name not in _SIDES}
        for side in _SIDES:
            for price, size in _pairs(row[side]):
                levels.append({**rest, "side": side[:-1], "price": price, "size": size})
    market.book = levels


def _objects(market: _Market) -> None:
    _shape(market, lambda side: [{"px": price, "sz": size, "n": 1} for price, size in side])


def _mappings(market: _Market) -> None:
    _shape(market, dict)


def _words(market: _Market) -> None:
    _shape(
        market,
        lambda side: [
            ["delete" if size == "0" else "new", float(price), 7 if size == "0" else float(size)]
            for price, size in side
        ],
    )


def _lists(market: _Market) -> None:
    _shape(market, lambda side: [[*level, None] for level in side] + [[None, None]])


def _shape(market: _Market, form: Callable[[list[tuple[str, str]]], object]) -> None:
    for row in market.book:
        row.update({side: json.dumps(form(_pairs(row[side]))) for side in _SIDES})


def _pairs(levels: object) -> list[tuple[str, str]]:
    assert isinstance(levels, list)
    return levels


_WORDS: tuple[tuple[object, object, bool], ...] = (
    ("Buy", "SELL", False),
    ("B", "A", False),
    (1, -1, False),
    ("0", "1", False),
    (False, True, False),
    (True, False, True),
    ("bid", "ask", False),
)


def _sides(random: Random, market: _Market) -> None:
    buy, sell, maker = random.choice(_WORDS)
    if maker:
        market.settings["sides"] = {"buy": [buy], "sell": [sell], "maker": True}
        buy, sell = sell, buy
    else:
        market.settings["sides"] = {"buy": [buy], "sell": [sell]}
    for row in market.trades:
        row["side"] = buy if row["side"] == "buy" else sell


def _times(random: Random, market: _Market) -> None:
    for rows in (market.book, market.trades):
        unit = random.choice(_UNITS)
        for row in rows:
            row["timestamp"] = unit(row["timestamp"])


_UNITS: tuple[Callable[[Any], object], ...] = (
    lambda time: time,
    lambda time: str(time),
    lambda time: time / 1_000,
    lambda time: time + 0.5,
    lambda time: time * 1_000 + 999,
    lambda time: time * 1_000_000 + 7,
    lambda time: f"{datetime.fromtimestamp(time / 1_000, UTC).isoformat(timespec='milliseconds')}",
)


def _instruments(random: Random, market: _Market) -> None:
    """Let rows of another instrument stand between those of the market."""
    if random.random() < 0.6:
        return
    market.woven = True
    for name, rows in (("book", market.book), ("trades", market.trades)):
        mixed: list[Row] = []
        for row in rows:
            mixed.append({**row, "instrument": INSTRUMENT})
            if random.random() < 0.4:
                mixed.append({**deepcopy(row), "instrument": "OTHER", "seq_id": 7})
        if name == "book" and "seq_id" not in rows[0]:
            mixed = [{k: v for k, v in row.items() if k != "seq_id"} for row in mixed]
        if name == "trades":
            mixed = [{k: v for k, v in row.items() if k != "seq_id"} for row in mixed]
        rows[:] = mixed


def _ids(random: Random, market: _Market) -> None:
    """Give rows ids that are texts, as the exchange's own are, or whole numbers with holes."""
    texts = random.random() < 0.3
    for rows in (market.book, market.trades):
        number = 0
        for row in rows:
            number += random.randrange(1, 5)
            row["id"] = f"{random.randrange(1 << 40):x}-{number}" if texts else number


_NAMES = {"timestamp": "ts", "price": "px", "size": "qty", "side": "way"}


def _written(random: Random, market: _Market, folder: Path) -> dict[str, Any]:
    """Write the market into files; return the settings that read them."""
    settings = dict(market.settings)
    path = folder / ("all.db" if market.woven else f"{INSTRUMENT}-26-01-01.db")
    paths = [] if market.woven or market.mode == "none" else _weave(random, market, path)
    if paths:
        settings["overlap"] = "merge"
    else:
        if "seq_id" not in market.book[0] and random.random() < 0.5:
            settings["sort"] = True
            _shuffle(random, market)
        _write(path, market.book, market.trades)
        paths = [path]
    if random.random() < 0.4:
        settings |= _rename(paths, market)
    if random.random() < 0.2:
        paths = [_pack(each) for each in paths]
    return {**settings, "path": paths[0] if len(paths) == 1 else f"{folder}/{INSTRUMENT}-*"}


def _weave(random: Random, market: _Market, path: Path) -> list[Path]:
    """Write each book row, and each trade, into one of two files of the same time, or none."""
    second = path.with_name(path.name.replace("01.db", "02.db"))
    of_book = {row["timestamp"]: random.random() < 0.5 for row in market.book}
    of_trades = {row["trade_id"]: random.random() < 0.5 for row in market.trades}
    both = {True, False}
    if random.random() < 0.5 or {*of_book.values()} != both or {*of_trades.values()} != both:
        return []
    for each, wanted in ((path, True), (second, False)):
        rows = [row for row in market.book if of_book[row["timestamp"]] is wanted]
        trades = [row for row in market.trades if of_trades[row["trade_id"]] is wanted]
        _write(each, rows, trades)
    return [path, second]


def _shuffle(random: Random, market: _Market) -> None:
    """Write rows in another order than that of their times; those of one time stay together."""
    for rows in (market.book, market.trades):
        ids = [row["id"] for row in rows]
        places = {row["timestamp"]: random.random() for row in rows}
        rows.sort(key=lambda row: places[row["timestamp"]])
        for row, each in zip(rows, ids, strict=True):
            row["id"] = each


def _write(path: Path, book: list[Row], trades: list[Row]) -> None:
    write(path, book, trades, columns={"book": [*book[0]], "trades": [*trades[0]]})


def _rename(paths: list[Path], market: _Market) -> dict[str, Any]:
    """Call tables and columns otherwise, the trades being a view."""
    for path in paths:
        for table, rows in (("book", market.book), ("trades", market.trades)):
            for name in set(_NAMES) & set(rows[0]):
                execute(path, f"ALTER TABLE {table} RENAME COLUMN {name} TO {_NAMES[name]}")
        execute(
            path,
            "ALTER TABLE book RENAME TO l2",
            "ALTER TABLE trades RENAME TO raw",
            "CREATE VIEW prints AS SELECT * FROM raw",
        )
    return {"tables": {"book": "l2", "trades": "prints"}, "columns": _NAMES}


def _pack(path: Path) -> Path:
    packed = path.with_name(f"{path.name}.gz")
    packed.write_bytes(gzip.compress(path.read_bytes(), 1))
    path.unlink()
    return packed
