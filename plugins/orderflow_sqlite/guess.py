"""What the tables of a file seem to be: the settings that would read them, by names and values."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from orderflow_core import InputError
from orderflow_sqlite.database import Database, quoted
from orderflow_sqlite.layout import TABLES, TableName

Found = dict[str, str]
"""What stands for each column: a name or an SQL expression."""

_NAMES: Mapping[str, str] = {
    "timestamp": "timestamp ts time exchangetimestamp exchangetime tradetime transacttime "
    "transactiontime eventtime tsevent timestampms tsms timems timeexchange datetime date t "
    "createdat receipttimestamp localtimestamp receivedat",
    "instrument": "instrument symbol pair market instid instrumentid productid product coin "
    "ticker vtsymbol currencypair contract",
    "bids": "bids bid buys b",
    "asks": "asks ask sells a",
    "price": "price px p rate tradeprice lastprice",
    "size": "size sz qty quantity amount lastvolume lastsize lastqty volume vol q v tradesize "
    "baseqty basevolume",
    "side": "side aggressorside aggressor takerside takerorderside direction tradeside "
    "isbuyermaker buyermaker ismaker buyerismaker m",
    "trade_id": "tradeid tid aggtradeid tradeuid execid matchid tradeno",
    "action": "action updatetype eventtype type",
    "is_snapshot": "issnapshot snapshot",
    "seq_id": "seqid sequence sequencenumber sequenceid seq seqnum updateid lastupdateid "
    "finalupdateid u",
    "prev_seq_id": "prevseqid pu previousseqid prevsequence previousupdateid prevupdateid",
    "json": "data book orderbook levels payload message msg raw json",
    "order_id": "orderid oid",
}
_WORDS = {name: words.split() for name, words in _NAMES.items()}
_MAKER = ("isbuyermaker", "buyermaker", "ismaker", "buyerismaker", "m")
_BUY = ("buy", "b", "bid", "buyer", "long", "1", "+1")
_SELL = ("sell", "s", "a", "ask", "seller", "short", "offer", "-1")
_OF_EITHER = "|quote|tick"
_CALLED = {
    "book": "book|depth|l2|level|delta|incremental|^bids?$|^asks?$",
    "trades": "trade|print|fill|deal|exec|match",
}
_OF_BOOK, _OF_TRADES = (re.compile(words + _OF_EITHER, re.IGNORECASE) for words in _CALLED.values())
_WIDE = re.compile(
    r"(best)?(?P<side>bid|ask)s?(?P<rest>[^a-z].*|price.*|px.*|s[iz].*|q.*|v.*|a.*|)"
)
_SIZE = re.compile(r"size|sz|qty|quantity|amount|volume|vol|amt")
_OF_DAY = ("volume", "vol", "v")
"""What a tick may call all that was traded on its day."""
_FEW = 1_000


@dataclass
class Guess:
    """Settings of `[source]` that would read a file, those alone that differ from the defaults."""

    tables: dict[str, str] = field(default_factory=dict)
    columns: dict[str, Found] = field(default_factory=dict)
    sides: dict[str, Any] = field(default_factory=dict)
    whole_books: bool = False

    @property
    def settings(self) -> dict[str, Any]:
        """The settings as `SqliteSource` takes them."""
        found: dict[str, Any] = {"snapshot": "always"} if self.whole_books else {}
        for name in ("tables", "columns", "sides"):
            if getattr(self, name):
                found[name] = getattr(self, name)
        return found


def guess(database: Database, *, named: bool) -> Guess:
    """Look at the tables of a file; `named` says that its name tells the instrument.

    Raises InputError where two tables look alike.
    """
    found = Guess()
    book, trades = (_likeliest(database, role) for role in TABLES)
    if book is None and trades is None:
        return found
    for role, table, other in zip(TABLES, (book, trades), (trades, book), strict=True):
        name = table.name if table else database.find(role) or ""
        if not name and _called_so(database, role, other):
            continue  # for the reader of the file to say: it stops there
        if name != role:
            found.tables[role] = name
    if book:
        found.whole_books = book.is_wide
        found.columns["book"] = {**book.book_columns, **book.instruments(named)}
    if trades:
        found.columns["trades"] = {**trades.trade_columns, **trades.instruments(named)}
    found.sides = trades.sides if trades else book.sides if book else {}
    found.columns = _differing(found.columns)
    return found


def looks_like(database: Database, role: TableName) -> str | None:
    """Return a table that looks like a book, or like trades, or is called so; else None."""
    other = next(iter(_alike(database, "trades" if role == "book" else "book")), None)
    found = [table.name for table in _alike(database, role)]
    return next(iter(found or _called_so(database, role, other)), None)


def _likeliest(database: Database, role: TableName) -> _Table | None:
    """Return the table that looks most like one of a recording's; None where none does."""
    alike = _alike(database, role)
    filled = [table for table in alike if not table.is_empty]
    if len(filled) > 1:
        names = ", ".join(table.name for table in filled)
        raise InputError(
            f"{database.path}: any of {names} may be the table {role!r}: name one in "
            "[source.tables]; what belongs together can be made one by a view"
        )
    return next(iter(filled or alike), None)


def _alike(database: Database, role: TableName) -> list[_Table]:
    """Return the tables that look most like one of a recording's."""
    scores = {
        table: table.as_role(role) for table in (_Table(database, n) for n in database.tables())
    }
    most = max(scores.values(), default=0)
    return [table for table, score in scores.items() if score == most > 0]


def _called_so(database: Database, role: TableName, other: _Table | None) -> list[str]:
    """Return the tables whose name alone says that they are a book, or trades."""
    names = (name for name in database.tables() if re.search(_CALLED[role], name.lower()))
    return [name for name in names if other is None or name != other.name]


def _differing(columns: Mapping[str, Found]) -> dict[str, Found]:
    """Leave out the columns that have a recording's own names."""
    changed = {
        role: {name: said for name, said in each.items() if name != said}
        for role, each in columns.items()
    }
    return {role: each for role, each in changed.items() if each}


class _Table:
    """One table or view: what it could be, by the names and first values of its columns."""

    def __init__(self, database: Database, name: str) -> None:
        self._database = database
        self.name = name
        self._there = database.columns(name)

    def as_role(self, role: TableName) -> int:
        """Tell how much it looks like one of a recording's tables; 0 for not at all."""
        return self.as_book if role == "book" else self.as_trades

    @property
    def as_book(self) -> int:
        """How much it looks like a book; 0 for not at all."""
        if not self._has("timestamp"):
            return 0
        named = 50 if self.name == "book" else 3 * bool(_OF_BOOK.search(self.name))
        if self._lists or self._json or self.is_wide:
            return 10 + named + (self.is_wide and len(self._wide["bid"]) > 1)
        if not self._is_level or self._has("order_id"):
            return 0
        hints = {"bid", "ask", "bids", "asks"} & {word.lower() for word in self._side_words}
        told = (
            bool(hints)
            or self._has("action")
            or self._has("is_snapshot")
            or (named and not self._has("trade_id"))
        )
        return 5 + named if told and not _OF_TRADES.search(self.name) else 0

    @property
    def as_trades(self) -> int:
        """How much it looks like trades; 0 for not at all."""
        if not (self._has("timestamp") and self._has("price") and self._has("size")):
            return 0
        if self._has("order_id") and self._has("action"):
            return 0
        if not (self._has("side") or self.is_wide):
            return 0
        named = 50 if self.name == "trades" else 3 * bool(_OF_TRADES.search(self.name))
        if self.is_wide:
            return 0 if self._tells_volumes_of_days else 1 + named
        if self.as_book and not named:
            return 0
        return 5 + named + 2 * self._has("trade_id")

    @property
    def book_columns(self) -> Found:
        """What stands for the columns of a book."""
        found = {"timestamp": self._column("timestamp")}
        if self._lists:
            found |= {name: self._column(name) for name in ("bids", "asks")}
        elif self._json:
            found |= self._json
        elif self.is_wide:
            found |= {f"{side}s": _array(levels) for side, levels in self._wide.items()}
        else:
            found |= {name: self._column(name) for name in ("price", "size", "side")}
        more = ("seq_id", "prev_seq_id", *(() if self._json else ("action", "is_snapshot")))
        return found | {name: self._column(name) for name in more if self._has(name)}

    @property
    def trade_columns(self) -> Found:
        """What stands for the columns of trades."""
        names = ("timestamp", "price", "size")
        found = {name: self._column(name) for name in names}
        if self._has("side"):
            found["side"] = self._column("side")
        else:
            ask = quoted(self._wide["ask"][0][0])
            found["side"] = f"iif({quoted(found['price'])} >= {ask}, 'buy', 'sell')"
        return found | ({"trade_id": self._column("trade_id")} if self._has("trade_id") else {})

    @property
    def sides(self) -> dict[str, Any]:
        """The words for the sides of trades, where they are not buy and sell."""
        if not self._is_level:
            return {}
        if _plain(self._column("side")) in _MAKER:
            return {"buy": [True], "sell": [False], "maker": True}
        words = self._side_words
        buy = [word for word in words if word.lower() in _BUY]
        sell = [word for word in words if word.lower() in _SELL]
        if {word.lower() for word in words} <= {"buy", "sell"} or len(buy + sell) < len(words):
            return {}
        if buy == ["1"] and not sell:  # the other one may be 0, -1 or 2
            return {}
        return {"buy": buy or ["buy"], "sell": sell or ["sell"]}

    def instruments(self, named: bool) -> Found:
        """Return the column that tells instruments, where the name of the file tells none."""
        if not self._has("instrument"):
            return {}
        column = self._column("instrument")
        several = len(set(self._first(column))) > 1
        return {"instrument": column} if several or not named else {}

    @cached_property
    def is_wide(self) -> bool:
        """Whether the levels of a side stand in columns of their own."""
        return not self._lists and all(self._wide.values())

    def _has(self, name: str) -> bool:
        return self._find(name) is not None

    def _column(self, name: str) -> str:
        found = self._find(name)
        assert found is not None
        return found

    def _find(self, name: str) -> str | None:
        """Return the column that has the likeliest name."""
        if name == "size":
            return self._size
        return next(iter(self._called(name)), None)

    def _called(self, name: str) -> list[str]:
        """Return the columns that have one of the names, the likeliest first."""
        plain = {_plain(column): column for column in reversed(self._there)}
        return [plain[word] for word in _WORDS[name] if word in plain]

    @cached_property
    def _size(self) -> str | None:
        """The column of sizes: one that is the price times another is of values."""
        found, price = self._called("size"), self._find("price")
        sizes = [
            each
            for each in found
            if price is None or not any(self._is_product(each, price, other) for other in found)
        ]
        return next(iter(sizes or found), None)

    def _is_product(self, value: str, price: str, size: str) -> bool:
        """Whether the first values of a column are price times size."""
        if value == size:
            return False
        value, price, size = map(quoted, (value, price, size))
        near = f"abs({value} - {price} * {size}) <= 0.01 * abs({value})"
        some = f"(SELECT * FROM {quoted(self.name)} LIMIT {_FEW})"
        return self._database.value(f"SELECT min({near}) FROM {some}") == 1

    @cached_property
    def is_empty(self) -> bool:
        """Whether it has no row."""
        return not self._database.values(f"SELECT 1 FROM {quoted(self.name)} LIMIT 1")

    @property
    def _tells_volumes_of_days(self) -> bool:
        """Whether the sizes are of all that was traded before on a day, which never falls."""
        size = self._column("size")
        column = f"CAST({quoted(size)} AS REAL)"
        values = self._database.values(f"SELECT {column} FROM {quoted(self.name)} LIMIT {_FEW}")
        known = [value for value in values if isinstance(value, float)]
        return _plain(size) in _OF_DAY and known == sorted(known)

    @cached_property
    def _lists(self) -> bool:
        """Whether both sides are columns of texts of levels."""
        if not (self._has("bids") and self._has("asks")):
            return False
        values = [*self._first(self._column("bids")), *self._first(self._column("asks"))]
        return not values or any(value.lstrip()[:1] in ("[", "(", "{") for value in values)

    @property
    def _is_level(self) -> bool:
        return all(self._has(name) for name in ("price", "size", "side"))

    @cached_property
    def _side_words(self) -> list[str]:
        return sorted(set(self._first(self._column("side")))) if self._has("side") else []

    @cached_property
    def _wide(self) -> dict[str, list[tuple[str, str]]]:
        """The columns of price and size of each side, from the best level on."""
        found: dict[str, dict[int, dict[bool, str]]] = {"bid": {}, "ask": {}}
        for column in self._there:
            match = _WIDE.fullmatch(column.lower().replace("_", ""))
            if match:
                digits = re.findall(r"\d+", match["rest"])
                rank = found[match["side"]].setdefault(int(digits[0]) if digits else 0, {})
                rank.setdefault(bool(_SIZE.search(match["rest"])), column)
        return {
            side: [
                (ranks[rank][False], ranks[rank][True])
                for rank in sorted(ranks)
                if len(ranks[rank]) == 2
            ]
            for side, ranks in found.items()
        }

    @cached_property
    def _json(self) -> Found:
        """The sides, where both are in a column of JSON, with what tells snapshots there."""
        if self._lists or not self._has("json"):
            return {}
        column = self._column("json")
        paths: dict[str, dict[str, None]] = {"bids": {}, "asks": {}}
        for text in self._first(column):
            for side, path in _sides_of(text):
                paths[side][path] = None
        if not all(paths.values()):
            return {}
        found = {side: _extracted(column, list(each)) for side, each in paths.items()}
        containers = {path.rsplit(".", 1)[0] for path in paths["bids"]}
        whole = [each for each in containers if each in ("$.snapshot", "$.book")]
        if whole and len(containers) > len(whole):
            told = _extracted(column, whole)
            found["action"] = f"iif({told} IS NULL, 'update', 'snapshot')"
        return found

    def _first(self, column: str) -> list[str]:
        """Return the first values of a column as texts."""
        values = self._database.values(
            f"SELECT CAST({quoted(column)} AS TEXT) FROM {quoted(self.name)} LIMIT {_FEW}"
        )
        return [each.decode("utf-8", "replace") for each in values if isinstance(each, bytes)]


def _plain(name: str) -> str:
    """Return a name without its case and its marks."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _array(levels: Sequence[tuple[str, str]]) -> str:
    """Return the SQL of the levels of a side as JSON."""
    told = (f"json_array({quoted(price)}, {quoted(size)})" for price, size in levels)
    return f"json_array({', '.join(told)})"


def _extracted(column: str, paths: Sequence[str]) -> str:
    """Return the SQL of the first of some paths that a text of JSON has."""
    told = [f"json_extract({quoted(column)}, '{path}')" for path in paths]
    return told[0] if len(told) == 1 else f"coalesce({', '.join(told)})"


def _sides_of(text: str) -> Iterator[tuple[str, str]]:
    """Yield the sides that a text of JSON has, each with its path."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return
    inner = found.items() if isinstance(found, dict) else ()
    for path, each in [("$", found), *((f"$.{name}", each) for name, each in inner)]:
        if _is_pair(each):
            yield from (("bids", f"{path}[0]"), ("asks", f"{path}[1]"))
    for path, each in [("$", found), *((f"$.{name}", each) for name, each in inner)]:
        for side in ("bids", "asks"):
            names = each if isinstance(each, dict) else ()
            name = next((name for name in names if _plain(name) in _WORDS[side]), None)
            if name is not None and isinstance(each[name], list | dict):
                yield side, f"{path}.{name}"


def _is_pair(value: object) -> bool:
    """Whether a value is the levels of the bids and of the asks, in a list of both."""
    return (
        isinstance(value, list)
        and len(value) == len(("bids", "asks"))
        and all(isinstance(side, list) for side in value)
        and any(isinstance(level, list | dict) for side in value for level in side)
    )
