"""Texts of levels, good and bad, through the source and through the oracle."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from random import Random

from orderflow_sqlite.levels import BAD_LEVELS, is_absent, parse_levels, read_level
from orderflow_sqlite.source import SqliteSource

from benchmarks.fuzz.tally import Tally
from tests.oracle_reading import NOTHING, Level, parse_level, parse_text

BATCH = 10_000
INSTRUMENT = "FUZZ"

_NUMBERS = (
    *("0", "-0", "1", "100", "61804.7", "0.00000001", "1e3", "1E-8", "12345678901234567890"),
    *(
        "1e-324",
        "1e400",
        "9007199254740993",
        "0.1000000000000000055511151231257827",
        "1e308",
        "1e309",
        "1e-324",
    ),
    *("4.9e-324", "2.2250738585072011e-308", "0.30000000000000004", "179769313486231570e291"),
    *(
        "1.",
        ".5",
        "+1",
        "-1",
        "01",
        "00.5",
        "1e",
        "e1",
        "1e+",
        "0x10",
        "1_0",
        "1,5",
        "--1",
        "1e400",
    ),
    *("NaN", "Infinity", "-Infinity", "nan", "inf", "null", "true", "false", "None", "True", "1j"),
    *("", " 1", "1 ", "\u0661", "\\u0031", "1\\n", "[]", "{}", "[1]", "{'a': [1]}", '{"a": [1]}'),
)
_QUOTES = ('"{}"', "{}", "'{}'", ' "{}" ', "\n{}\t", 'b"{}"', '"{}')
_QUOTE_WEIGHTS = (60, 30, 6, 4, 3, 1, 1)
_SEPARATORS = (",", ", ", " ,", ",,", ";", " ", ",\n")
_SEPARATOR_WEIGHTS = (50, 40, 4, 1, 1, 1, 4)
_FRAMES = ("[{}]", "({})", "[{},]", " [{}] ", "[{}", "{}]", "[[{}]]", "{{{}}}", '"{}"', "[{}]x")
_FRAME_WEIGHTS = (80, 5, 2, 4, 1, 1, 1, 1, 1, 1)
_SPLICES = (b"[", b"]", b'"', b"'", b",", b" ", b"\0", b"\xff", b"\xef\xbb\xbf", b"\\", b"e", b"-")


_FORMS = (
    '["{}", "{}", "0", "{}"]',
    '["{}","{}","0","{}"]',
    '["{}","{}"]',
    "[{}, {}]",
    "['{}', '{}', '0', '{}']",
    "({}, {})",
    '["new", {}, {}]',
    '["delete", {}, {}, {}]',
    '{{"px": "{}", "sz": "{}", "n": {}}}',
    '{{"price": {}, "qty": {}}}',
    '"{}": "{}"',
)


def texts(seed: int, count: int) -> Iterator[bytes]:
    """Yield `count` texts, the same for the same seed.

    Some are of any levels and values, some as exchanges give them, and cut, spliced or changed.
    """
    random = Random(seed)
    for _ in range(count):
        if random.random() < 0.3:
            yield _changed(random, _cut(random, _recorded(random), _recorded(random)))
            continue
        text = _side(random).encode()
        yield _changed(random, text) if random.random() < 0.3 else text


def _recorded(random: Random) -> bytes:
    """Return a side as recordings hold it: some levels in one form, a step apart."""
    form, separator = random.choice(_FORMS), random.choice((",", ", "))
    decimals, best = random.randrange(9), random.uniform(1e-3, 1e5)
    levels = (
        form.format(
            f"{best + rank * 0.1**decimals:.{decimals}f}",
            f"{random.uniform(0, 100):.{random.choice((0, 0, 3, 8))}f}",
            random.randrange(1, 30),
        )
        for rank in range(random.randrange(1, 25))
    )
    opening, closing = "{}" if form[0] == '"' else "[]"
    return f"{opening}{separator.join(levels)}{closing}".encode()


def _cut(random: Random, text: bytes, other: bytes) -> bytes:
    """Cut a text at random places, and perhaps put a piece of another one there."""
    start, end = sorted(random.randrange(len(text) + 1) for _ in range(2))
    match random.randrange(5):
        case 0:
            return text[:end]
        case 1:
            return text[start:]
        case 2:
            return text[:start] + text[end:]
        case 3:
            return text[:start] + other[random.randrange(len(other)) :]
        case _:
            return text


def _side(random: Random) -> str:
    return _framed(random, [_level(random) for _ in range(random.choice((0, 1, 1, 2, 3, 8)))])


def _level(random: Random) -> str:
    if random.random() < 0.6:  # most levels are good ones, or texts would hardly ever be
        price, size = f"{random.uniform(0, 1e5):.{random.randrange(9)}f}", str(random.randrange(99))
        return f'["{price}","{size}","0","1"]' if random.random() < 0.7 else f"[{price}, {size}]"
    length = random.choice((0, 1, 2, 2, 2, 3, 4, 4, 5))
    return _framed(random, [_value(random) for _ in range(length)])


def _value(random: Random) -> str:
    number = random.choice(_NUMBERS)
    if random.random() < 0.4:
        number = f"{random.uniform(-10, 1e6):.{random.randrange(20)}g}"
    return random.choices(_QUOTES, _QUOTE_WEIGHTS)[0].format(number)


def _framed(random: Random, parts: Sequence[str]) -> str:
    separator = random.choices(_SEPARATORS, _SEPARATOR_WEIGHTS)[0]
    return random.choices(_FRAMES, _FRAME_WEIGHTS)[0].format(separator.join(parts))


def _changed(random: Random, text: bytes) -> bytes:
    """Change a few bytes, or none: flip, cut, repeat, splice."""
    content = bytearray(text)
    for _ in range(random.choice((0, 1, 1, 2, 5))):
        place = random.randrange(len(content) + 1)
        end = min(len(content), place + random.choice((1, 1, 2, 9)))
        match random.randrange(5):
            case 0:
                del content[place:end]
            case 1:
                content[place:place] = content[place:end]
            case 2:
                content[place:place] = random.choice(_SPLICES)
            case 3:
                content[place:end] = random.randbytes(end - place)
            case _:
                content[place:place] = random.choice(_NUMBERS).encode()
    return bytes(content)


def check(batch: Sequence[bytes], folder: Path) -> Tally:
    """Read the texts as the bids of one recording and compare each row with the oracle."""
    path = folder / f"{INSTRUMENT}-26-01-01.db"
    _write(path, batch)
    rows, refused = _read(path)
    tally = Tally()
    expected: Counter[str] = Counter()
    for number, text in enumerate(batch):
        wanted = _plain(text)
        found = rows.get(number)
        expected += _reasons(text)
        if found == wanted:
            tally.outcomes["used" if wanted is not None else "refused"] += 1
        else:
            tally.wrong.append(f"{text!r}: read as {found}, is {wanted}")
    if refused != expected and not tally.wrong:
        tally.wrong.append(f"{len(batch):,} texts: refused {refused}, expected {expected}")
    return tally


def _write(path: Path, batch: Sequence[bytes]) -> None:
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA journal_mode = OFF")
        database.execute("CREATE TABLE book (id INTEGER PRIMARY KEY, bids, asks, timestamp)")
        database.execute("CREATE TABLE trades (id, price, size, side, timestamp)")
        database.executemany(
            "INSERT INTO book (bids, asks, timestamp) VALUES (CAST(? AS TEXT), '[]', ?)",
            [(text, time) for time, text in enumerate([*batch, b"[]"])],
        )
        database.execute("UPDATE book SET bids = CAST(bids AS BLOB) WHERE id % 16 = 0")
        database.commit()


def _read(path: Path) -> tuple[dict[int, list[Level]], Counter[str]]:
    source = SqliteSource(path=path)
    rows: dict[int, list[Level]] = {}
    for block in source.blocks(INSTRUMENT):
        windows = block.windows
        levels = list(zip(windows.bid_price.tolist(), windows.bid_size.tolist(), strict=True))
        bounds = pairwise(windows.bid_offset.tolist())
        for time, (start, stop) in zip(windows.timestamp.tolist(), bounds, strict=True):
            rows[time] = levels[start:stop]
    return rows, source.ledger.refused


_ABSENT = (b"null", b"None")


def _plain(text: bytes) -> list[Level] | None:
    """Return what the oracle makes of the text, None for a row that is refused."""
    if text.strip() in _ABSENT:
        return []
    values = parse_text(text)
    if values is None:
        return None
    levels = [parse_level(value) for value in values]
    if levels and not any(levels):
        return None
    return [level for level in levels if level and level != NOTHING]


def _reasons(text: bytes) -> Counter[str]:
    """Return what the product's own plain reading refuses, by reason."""
    if is_absent(text):
        return Counter()
    values = parse_levels(text)
    if values is None:
        return Counter({BAD_LEVELS: 1})
    return Counter(found for found in map(read_level, values) if isinstance(found, str))
