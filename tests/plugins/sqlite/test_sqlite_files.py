"""Which files a path stands for, and of which instrument each is."""

import gzip
import logging
import os
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from orderflow_sqlite import files
from orderflow_sqlite.database import Database
from orderflow_sqlite.files import pattern_regex
from orderflow_sqlite.recording import Recording
from orderflow_sqlite.source import OPEN_AT_ONCE, SqliteSource
from pydantic import ValidationError

from orderflow_core import InputError
from orderflow_core.sources import Gap
from tests.plugins.sqlite.make import book_row, trade_row, write
from tests.plugins.sqlite.reading import DAY_1, DAY_2, read


def instruments(path: Path, **settings: Any) -> list[str]:
    return SqliteSource(path=path, **settings).instruments()


def record(path: Path, time: int = 10) -> Path:
    """Write a recording of one row without instrument."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return write(path, [book_row(time)])


# By name


def test_a_folder_that_has_not_changed_is_looked_into_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[Path] = []
    look = Path.iterdir

    def noted(path: Path) -> Iterator[Path]:
        looks.append(path)
        return look(path)

    monkeypatch.setattr(Path, "iterdir", noted)
    record(tmp_path / DAY_1)
    os.utime(tmp_path, (0, 0))

    first = instruments(tmp_path)
    count = len(looks)
    again = instruments(tmp_path)
    assert (first, again, len(looks)) == (["BTC-USDT"], ["BTC-USDT"], count)

    record(tmp_path / "ETH-USDT-25-06-01.db")
    assert instruments(tmp_path) == ["BTC-USDT", "ETH-USDT"]


def test_a_folder_with_links_is_looked_into_each_time(tmp_path: Path) -> None:
    (tmp_path / "links").mkdir()
    (tmp_path / "links" / DAY_1).symlink_to(record(tmp_path / "data" / DAY_1))
    late = tmp_path / "data" / "ETH-USDT-25-06-01.db"
    (tmp_path / "links" / late.name).symlink_to(late)
    os.utime(tmp_path / "links", (0, 0))

    assert instruments(tmp_path / "links") == ["BTC-USDT"]
    record(late)
    assert instruments(tmp_path / "links") == ["BTC-USDT", "ETH-USDT"]


def test_a_folder_has_the_instruments_of_its_files(tmp_path: Path) -> None:
    for name in ("ETH-USDT-25-06-01.db", DAY_1, DAY_2, "1INCH_X.y-25-06-01.db"):
        record(tmp_path / name)

    assert instruments(tmp_path) == ["1INCH_X.y", "BTC-USDT", "ETH-USDT"]


def test_only_the_instruments_own_files_are_read(tmp_path: Path) -> None:
    record(tmp_path / DAY_1, 10)
    record(tmp_path / "ETH-USDT-25-06-01.db", 20)

    assert read(tmp_path, "ETH-USDT").times == [20]


@pytest.mark.parametrize(
    "name",
    ["notes.db", "BTC-USDT.db", "BTC-USDT-25-13-01.db", "-25-06-01.db", "..-25-06-01.db"],
)
def test_a_file_of_another_name_is_left_out_with_a_warning(
    tmp_path: Path, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    record(tmp_path / DAY_1)
    record(tmp_path / name)

    with caplog.at_level(logging.WARNING):
        assert instruments(tmp_path) == ["BTC-USDT"]

    assert f"{name} is left out" in caplog.text


def test_a_link_to_nothing_is_left_out_with_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    record(tmp_path / DAY_1)
    (tmp_path / DAY_2).symlink_to("gone.db")

    with caplog.at_level(logging.WARNING):
        assert instruments(tmp_path) == ["BTC-USDT"]
        read(tmp_path)

    link = tmp_path / DAY_2
    assert caplog.messages == [f"{link} is left out: it is a link to gone.db, where nothing is"]


def test_a_folder_of_a_recordings_name_is_left_out_with_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    record(tmp_path / DAY_1)
    (tmp_path / DAY_2).mkdir()

    with caplog.at_level(logging.WARNING):
        assert instruments(tmp_path) == ["BTC-USDT"]

    assert f"{DAY_2} is left out: it is no file" in caplog.text


def test_a_file_that_is_removed_while_a_folder_is_looked_into_is_nothing_to_tell_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(tmp_path / DAY_1)
    listed = [tmp_path / DAY_1, tmp_path / DAY_2]
    monkeypatch.setattr(files, "_candidates", lambda path: listed)

    with caplog.at_level(logging.WARNING):
        assert instruments(tmp_path) == ["BTC-USDT"]

    assert caplog.messages == []


@pytest.mark.parametrize("name", [DAY_1, "data"])
def test_a_path_that_is_a_link_to_nothing_is_an_error_and_no_place_for_a_sample(
    tmp_path: Path, name: str
) -> None:
    path = tmp_path / name
    path.symlink_to("gone")

    with pytest.raises(InputError, match=f"{name} is a link to gone, where nothing is"):
        SqliteSource(path=path, sample=True).instruments()


@pytest.mark.parametrize("name", ["README.md", f"{DAY_1}-wal", f"{DAY_1}-shm", f"{DAY_1}.zip"])
def test_a_file_that_is_no_database_by_name_is_left_out_without_a_word(
    tmp_path: Path, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    record(tmp_path / DAY_1)
    (tmp_path / name).touch()

    with caplog.at_level(logging.WARNING):
        assert instruments(tmp_path) == ["BTC-USDT"]

    assert caplog.text == ""


def test_a_folder_with_the_name_of_a_file_is_left_out(tmp_path: Path) -> None:
    record(tmp_path / DAY_1)
    (tmp_path / DAY_2).mkdir()

    assert read(tmp_path).times == read(tmp_path / "*.db").times == [10]


@pytest.mark.parametrize("sample", [False, True])
def test_a_path_that_the_system_refuses_is_an_error(tmp_path: Path, sample: bool) -> None:
    source = SqliteSource(path=tmp_path / ("x" * 5_000), sample=sample)

    with pytest.raises(InputError, match="cannot be read: File name too long"):
        source.instruments()


def test_a_file_that_goes_away_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=f"{DAY_1} cannot be read: No such file"):
        Recording(tmp_path / DAY_1)


def test_folders_below_are_not_searched(tmp_path: Path) -> None:
    record(tmp_path / "old" / DAY_1)

    with pytest.raises(InputError, match="there is no recording"):
        instruments(tmp_path)


def test_a_glob_chooses_among_files(tmp_path: Path) -> None:
    for name in (DAY_1, DAY_2, "ETH-USDT-25-06-01.db"):
        record(tmp_path / name)

    assert instruments(tmp_path / "BTC*") == ["BTC-USDT"]


def test_a_glob_reaches_into_several_folders(tmp_path: Path) -> None:
    record(tmp_path / "b" / DAY_1, 10)
    record(tmp_path / "a" / DAY_2, 20)

    assert read(tmp_path / "*" / "*.db").times == [10, 20]


def test_a_folder_whose_name_looks_like_a_glob_is_a_folder(tmp_path: Path) -> None:
    record(tmp_path / "data[1]" / DAY_1)

    assert instruments(tmp_path / "data[1]") == ["BTC-USDT"]


# Patterns


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        ("{instrument}_%Y%m%d.sqlite", "BTC-USDT_20250601.sqlite"),
        ("%Y-%m-%d {instrument}.db", "2025-06-01 BTC-USDT.db"),
        ("{instrument}.db", "BTC-USDT.db"),
        ("book+trades ({instrument}) %d.%m.%y.db", "book+trades (BTC-USDT) 01.06.25.db"),
    ],
)
def test_the_pattern_says_what_files_are_called(tmp_path: Path, pattern: str, name: str) -> None:
    record(tmp_path / name)

    assert instruments(tmp_path, pattern=pattern) == ["BTC-USDT"]


def test_files_by_the_hour_are_in_the_order_of_their_hours(tmp_path: Path) -> None:
    for place, hour in enumerate(("23", "09", "00")):
        record(tmp_path / f"BTC-USDT_2025-06-0{1 + (place == 2)}_{hour}.db", (20, 10, 30)[place])

    found = read(tmp_path, pattern="{instrument}_%Y-%m-%d_%H.db", start=date(2025, 6, 1))

    assert [Path(each.path).name[9:22] for each in found.ledger.inputs] == [
        "2025-06-01_09", "2025-06-01_23", "2025-06-02_00"
    ]  # fmt: skip


def test_a_glob_of_two_stars_reaches_into_all_folders_below(tmp_path: Path) -> None:
    record(tmp_path / "2025" / "06" / DAY_1, 10)
    record(tmp_path / DAY_2, 20)

    assert read(tmp_path / "**" / "*.db").times == [10, 20]


@pytest.mark.parametrize("pattern", ["{instrument}-%y-%m-%d.db", "{instrument}-%y-%m-%d.db.gz"])
def test_a_packed_file_is_read(tmp_path: Path, pattern: str) -> None:
    path = record(tmp_path / DAY_1)
    (tmp_path / f"{DAY_1}.gz").write_bytes(gzip.compress(path.read_bytes()))
    path.unlink()

    assert read(tmp_path, pattern=pattern).times == [10]


@pytest.mark.parametrize(
    "content",
    [b"no gzip", gzip.compress(b"x" * 9_999, mtime=0)[:-12], b"\x1f\x8b"],
    ids=["other", "cut", "empty"],
)
def test_a_packed_file_that_cannot_be_unpacked_is_an_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / f"{DAY_1}.gz"
    path.write_bytes(content)

    with pytest.raises(InputError, match=f"{path} cannot be unpacked into"):
        read(tmp_path)


def test_what_is_wrong_with_a_packed_file_is_told_with_its_own_name(tmp_path: Path) -> None:
    path = tmp_path / f"{DAY_1}.gz"
    path.write_bytes(gzip.compress(b"no database"))

    with pytest.raises(InputError, match=f"{path} is no SQLite database"):
        read(tmp_path)


@pytest.mark.parametrize(
    ("name", "pattern"),
    [
        ("BTCUSDT_2025-06-01.db", "{instrument}_%Y-%m-%d.db"),
        ("BTC-USDT_2025-06-01_00.db.gz", "{instrument}_%Y-%m-%d_%H.db.gz"),
        ("20250601 btcusdt.sqlite", "%Y%m%d {instrument}.sqlite"),
        ("2025-06-01T13-ETH.db", "%Y-%m-%dT%H-{instrument}.db"),
        ("BTCUSDT-trades-2024-01.db", "{instrument}-trades-%Y-%m.db"),
        ("ticks.sqlite3", "{instrument}.sqlite3"),
    ],
)
def test_files_of_other_names_are_told_with_the_pattern_that_takes_them(
    tmp_path: Path, name: str, pattern: str
) -> None:
    record(tmp_path / "x.db").rename(tmp_path / name)

    with pytest.raises(InputError) as caught:
        instruments(tmp_path)

    assert f'such as {name}: set pattern = "{pattern}" in [source]' in str(caught.value)
    assert re.fullmatch(pattern_regex(pattern), name)


@pytest.mark.parametrize(
    ("name", "instrument"),
    [
        ("\u5e01\u5b89USDT-25-06-01.db", "\u5e01\u5b89USDT"),
        ("BTC%2FUSDT-25-06-01.db", "BTC/USDT"),
        ("BTC USDT-25-06-01.db", "BTC USDT"),
        ("-25-25-06-01.db", "-25"),
    ],
)
def test_a_file_may_be_named_after_any_instrument(
    tmp_path: Path, name: str, instrument: str
) -> None:
    record(tmp_path / name)

    assert instruments(tmp_path) == [instrument]
    assert read(tmp_path, instrument).times == [10]


def test_the_days_of_a_pattern_order_the_files(tmp_path: Path) -> None:
    record(tmp_path / "BTC-USDT 01.07.25.db", 20)
    record(tmp_path / "BTC-USDT 02.06.25.db", 10)

    assert read(tmp_path, pattern="{instrument} %d.%m.%y.db").times == [10, 20]


@pytest.mark.parametrize(
    "pattern",
    ["*.db", "BTC-%y.db", "{instrument}-{instrument}.db", "{instrument}-%y-%m-%y.db"],
)
def test_a_pattern_that_names_no_instrument_or_says_a_thing_twice_is_refused(pattern: str) -> None:
    with pytest.raises(ValidationError, match="pattern"):
        SqliteSource(pattern=pattern)


# A single file


def test_a_single_file_may_be_named(tmp_path: Path) -> None:
    record(tmp_path / DAY_1, 10)
    record(tmp_path / DAY_2, 20)

    assert instruments(tmp_path / DAY_2) == ["BTC-USDT"]
    assert read(tmp_path / DAY_2).times == [20]


def test_a_single_file_of_another_name_has_the_instrument_of_its_column(tmp_path: Path) -> None:
    rows = [book_row(10, instrument="BTC-PERP"), book_row(11, instrument="BTC-PERP")]
    path = write(tmp_path / "recording.sqlite3", rows)

    assert instruments(path) == ["BTC-PERP"]
    assert read(path, "BTC-PERP").times == [10, 11]


def test_a_single_file_of_trades_alone_has_the_instrument_of_their_column(tmp_path: Path) -> None:
    columns = {"book": ["id", "bids", "asks", "timestamp", "instrument"]}
    trades = [trade_row(10, instrument="BTC-PERP")]
    path = write(tmp_path / "tape.db", trades=trades, columns=columns)

    assert instruments(path) == ["BTC-PERP"]


def test_a_file_named_after_a_value_of_its_column_keeps_to_it(tmp_path: Path) -> None:
    rows = [book_row(time, instrument=name) for time, name in ((10, "ETH-USDT"), (11, "BTC-USDT"))]
    path = write(tmp_path / DAY_1, rows)

    assert instruments(path) == ["BTC-USDT"]
    assert read(path).times == [11]
    assert read(path).ledger.refused.total() == 1


def test_without_name_and_column_the_instrument_is_unknown(tmp_path: Path) -> None:
    path = record(tmp_path / "recording.db")

    with pytest.raises(
        InputError, match=r"recording\.db: its name tells no instrument, nor a column"
    ):
        instruments(path)


@pytest.mark.parametrize(
    ("values", "found"), [([], "no value"), ([None], "no value"), ([7], "no value")]
)
def test_a_column_without_a_value_tells_no_instrument(
    tmp_path: Path, values: list[object], found: str
) -> None:
    path = write(
        tmp_path / "recording.db",
        [book_row(10, instrument=value) for value in values],
        columns={"book": ["id", "bids", "asks", "timestamp", "instrument"]},
    )

    with pytest.raises(InputError, match=found):
        instruments(path)


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        *((name, 10**12) for name in ("book_batch", "trade_batch", "snapshot_levels")),
        *(("gap_seconds", value) for value in (1e306, float("inf"), float("nan"))),
    ],
)
def test_settings_beyond_all_use_are_refused(setting: str, value: float) -> None:
    with pytest.raises(ValidationError, match=setting):
        SqliteSource.Settings.model_validate({setting: value})


# The range of days


@pytest.mark.parametrize(
    ("start", "end", "opened"),
    [
        (None, None, [1, 2, 3, 4, 5, 6, 7]),
        (4, None, [3, 4, 5, 6, 7]),
        (None, 4, [1, 2, 3, 4, 5]),
        (4, 4, [3, 4, 5]),
        (3, 5, [2, 3, 4, 5, 6]),
        (20, None, [7]),  # which may be of more than its day
    ],
)
def test_files_within_a_day_of_the_range_are_opened(
    tmp_path: Path, start: int | None, end: int | None, opened: list[int]
) -> None:
    for day in range(1, 8):
        record(tmp_path / f"BTC-USDT-25-06-0{day}.db", day)

    found = read(
        tmp_path,
        start=start and date(2025, 6, start),
        end=end and date(2025, 6, end),
    )

    assert [Path(each.path).name for each in found.ledger.inputs] == [
        f"BTC-USDT-25-06-0{day}.db" for day in opened
    ]


def test_the_first_files_are_opened_once_and_later_ones_when_their_turn_has_come(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [record(tmp_path / f"BTC-USDT-25-06-0{day}.db", day) for day in range(1, 6)]
    source = SqliteSource(path=tmp_path)
    source.files("BTC-USDT")  # which looks for their instrument
    opened: list[Path] = []

    class Noted(Database):
        def __init__(self, path: Path, *, follow: bool = False) -> None:
            super().__init__(path, follow=follow)
            opened.append(path)

    monkeypatch.setattr("orderflow_sqlite.recording.Database", Noted)
    rows = sum(map(len, source.blocks("BTC-USDT")))

    assert rows == len(paths)
    assert [opened.count(path) for path in paths] == [1] * OPEN_AT_ONCE + [2, 2]


def test_of_the_rows_after_the_range_the_first_alone_is_read(tmp_path: Path) -> None:
    """1,748,736,000,000 is the first millisecond of 1 June 2025."""
    day = 24 * 3600 * 1000
    times = [1_748_736_000_000 + hours * day // 24 for hours in (0, 23, 24, 25)]
    write(tmp_path / DAY_1, map(book_row, times))

    found = read(tmp_path, end=date(2025, 6, 1), book_batch=1)

    assert found.times == times[:3]


DAY_MS = 24 * 3600 * 1000
JUNE_1 = 1_748_736_000_000


@pytest.mark.parametrize("side", ["start", "end"])
@pytest.mark.parametrize("day", [date.min, date.max])
def test_a_range_may_begin_and_end_on_any_day(tmp_path: Path, side: str, day: date) -> None:
    write(tmp_path / DAY_1, [book_row(JUNE_1)])

    found = read(tmp_path, start=day) if side == "start" else read(tmp_path, end=day)

    assert found.times == [JUNE_1]  # which is in the range, or next to it


def test_what_is_refused_before_the_range_is_not_counted(tmp_path: Path) -> None:
    times = [JUNE_1 - 9, JUNE_1 - 8, None, JUNE_1 - 5, JUNE_1, JUNE_1 + 1, None]
    bids = ["[]", "?", "[]", "[[-1, 1]]", "[[-1, 1]]", "?", "[]"]
    rows = [book_row(time, text) for time, text in zip(times, bids, strict=True)]
    trades = [trade_row(time, price=-1) for time in times if time]
    write(tmp_path / DAY_1, rows, [*trades, trade_row(JUNE_1 + 2)])

    found = read(tmp_path, start=date(2025, 6, 1))

    assert found.ledger.refused == {
        "price is not a positive number": 1 + 2,
        "levels are neither JSON nor a Python literal of a list": 1,
        "timestamp is neither a number nor an ISO 8601 time": 1,
    }


def test_a_row_of_another_instrument_is_counted_by_its_own_time(tmp_path: Path) -> None:
    times = [JUNE_1 - 2, JUNE_1 - 1, JUNE_1, JUNE_1 + DAY_MS - 1, JUNE_1 + DAY_MS]
    rows = [book_row(time, instrument="other") for time in times]
    write(tmp_path / DAY_1, [book_row(JUNE_1 - 2, instrument="BTC-USDT"), *rows])

    day = date(2025, 6, 1)
    assert read(tmp_path, start=day, end=day).ledger.refused.total() == 2


def test_strict_does_not_stop_at_what_lies_before_the_range(tmp_path: Path) -> None:
    write(tmp_path / DAY_1, [book_row(JUNE_1 - 1, "?"), book_row(JUNE_1)])

    assert read(tmp_path, start=date(2025, 6, 1), strict=True).times == [JUNE_1]


@pytest.mark.parametrize("batch", [1, 2, 2048])
def test_a_gap_before_the_range_is_not_listed_and_one_into_it_begins_with_it(
    tmp_path: Path, batch: int
) -> None:
    times = [JUNE_1 - 900_000, JUNE_1 - 300_000, JUNE_1 + 70_000, JUNE_1 + 80_000, JUNE_1 + 150_000]
    write(tmp_path / DAY_1, map(book_row, times))

    found = read(tmp_path, start=date(2025, 6, 1), book_batch=batch)

    assert found.ledger.gaps == [
        Gap(JUNE_1, JUNE_1 + 70_000),
        Gap(JUNE_1 + 80_000, JUNE_1 + 150_000),
    ]


def test_a_book_carried_into_a_file_before_the_range_is_not_counted(tmp_path: Path) -> None:
    write(tmp_path / DAY_1, [book_row(JUNE_1)])
    write(tmp_path / DAY_2, [book_row(JUNE_1 + DAY_MS - 1)])
    write(tmp_path / "BTC-USDT-25-06-03.db", [book_row(JUNE_1 + 2 * DAY_MS)])

    assert read(tmp_path).ledger.carried_without_snapshot == 2
    found = read(tmp_path, start=date(2025, 6, 2))
    assert found.ledger.carried_without_snapshot == 1


def test_the_range_bounds_the_progress(tmp_path: Path) -> None:
    day = 24 * 3600 * 1000
    first = 1_748_736_000_000
    write(tmp_path / DAY_1, map(book_row, [first - day, first, first + 5, first + 9 * day]))
    source = SqliteSource(path=tmp_path, start=date(2025, 6, 1), end=date(2025, 6, 2))

    [span] = {block.span for block in source.blocks("BTC-USDT")}

    assert (span.first, span.last) == (first, first + 2 * day)


# The simulated market


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Write a row in place of a simulated market; the list has the folders it was written to."""
    folders: list[Path] = []

    def write_sample(folder: Path, *, instrument: str) -> None:
        folders.append(folder)
        record(folder / f"{instrument}-25-06-01.db")

    monkeypatch.setattr("orderflow_sqlite.simulate.write_sample", write_sample)
    return folders


@pytest.mark.parametrize("is_there", [True, False])
def test_a_sample_is_written_where_there_is_nothing(
    tmp_path: Path, written: list[Path], is_there: bool
) -> None:
    folder = tmp_path / "data"
    if is_there:
        folder.mkdir()

    assert instruments(folder, sample=True) == ["SIM-BTC-USDT"]
    assert written == []
    assert read(folder, "SIM-BTC-USDT", sample=True).times == [10]
    assert written == [folder]


def test_a_sample_that_is_there_is_read_again(tmp_path: Path, written: list[Path]) -> None:
    for _ in range(2):
        assert instruments(tmp_path, sample=True) == ["SIM-BTC-USDT"]
        assert read(tmp_path, "SIM-BTC-USDT", sample=True).times == [10]

    assert written == [tmp_path]


def test_what_a_killed_writer_left_is_no_recording(tmp_path: Path, written: list[Path]) -> None:
    (tmp_path / "SIM-BTC-USDT-25-06-01.db.part").touch()

    assert instruments(tmp_path, sample=True) == ["SIM-BTC-USDT"]


def test_no_sample_is_written_beside_recordings(tmp_path: Path, written: list[Path]) -> None:
    record(tmp_path / DAY_1)

    assert instruments(tmp_path, sample=True) == ["BTC-USDT"]
    assert read(tmp_path, sample=True).times == [10]
    assert written == []


@pytest.mark.parametrize("name", ["notes.txt", "recording.db"])
def test_no_sample_is_written_beside_other_files(
    tmp_path: Path, written: list[Path], name: str
) -> None:
    (tmp_path / name).touch()

    with pytest.raises(InputError, match="there is no recording"):
        instruments(tmp_path, sample=True)


def test_no_sample_is_written_over_a_file(tmp_path: Path, written: list[Path]) -> None:
    path = record(tmp_path / DAY_1)

    assert instruments(path, sample=True) == ["BTC-USDT"]


def test_no_sample_takes_the_place_of_what_a_glob_finds(
    tmp_path: Path, written: list[Path]
) -> None:
    record(tmp_path / DAY_1)

    assert instruments(tmp_path / "*.db", sample=True) == ["BTC-USDT"]


def test_no_sample_is_written_where_a_glob_finds_nothing(
    tmp_path: Path, written: list[Path]
) -> None:
    with pytest.raises(InputError, match="there is no recording"):
        instruments(tmp_path / "*.db", sample=True)


def test_no_sample_is_written_unless_asked_for(tmp_path: Path, written: list[Path]) -> None:
    with pytest.raises(InputError, match="there is no recording"):
        instruments(tmp_path)


@pytest.mark.parametrize(
    ("origin", "sample"), [("file", True), ("command line", False), ("environment", False)]
)
def test_no_sample_is_written_to_a_path_that_the_settings_file_does_not_name(
    tmp_path: Path, origin: str, sample: bool
) -> None:
    settings = SqliteSource.Settings.model_validate(
        {"path": tmp_path, "sample": True}, context={"origins": {"path": origin}}
    )

    assert settings.sample is sample
