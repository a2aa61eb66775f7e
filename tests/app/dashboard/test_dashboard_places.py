"""Where the dashboard looks for files, and where it does not."""

import os
from pathlib import Path

import pytest
from orderflow_app.dashboard.reading.places import LARGEST, Places

from tests.app.dashboard.files import write_files

needs_links = pytest.mark.skipif(os.name != "posix", reason="links and pipes as POSIX has them")


def test_each_folder_with_files_is_an_instrument(tmp_path: Path) -> None:
    write_files(tmp_path / "B-USDT")
    write_files(tmp_path / "A-USDT")
    (tmp_path / "empty").mkdir()

    assert Places(tmp_path).instruments() == {
        "A-USDT": {"": tmp_path / "A-USDT"},
        "B-USDT": {"": tmp_path / "B-USDT"},
    }


def test_a_folder_with_the_files_in_it_is_one_instrument(tmp_path: Path) -> None:
    write_files(tmp_path / "here")

    assert Places(tmp_path / "here").instruments() == {"here": {"": tmp_path / "here"}}


@pytest.mark.parametrize(
    "template", ["{instrument}", "runs/{instrument}/today", "x-{instrument}", "{instrument}/[a] *"]
)
def test_the_directory_of_a_sink_tells_where_instruments_are(tmp_path: Path, template: str) -> None:
    folder = write_files(tmp_path / template.replace("{instrument}", "A-USDT"))

    assert Places(tmp_path / template).instruments() == {"A-USDT": {"": folder}}


def test_a_directory_may_have_the_name_twice(tmp_path: Path) -> None:
    write_files(tmp_path / "A" / "A")
    write_files(tmp_path / "A" / "B")

    assert list(Places(tmp_path / "{instrument}" / "{instrument}").instruments()) == ["A"]


@pytest.mark.parametrize("template", ["{instrument}/{date}", "{date}/{instrument}"])
def test_the_days_of_an_instrument_come_newest_first(tmp_path: Path, template: str) -> None:
    folders = {}
    for day in ("2025-06-02", "2025-06-01", "2025-06-10"):
        place = template.replace("{instrument}", "A-USDT").replace("{date}", day)
        folders[day] = write_files(tmp_path / place)
    write_files(tmp_path / template.replace("{instrument}", "B").replace("{date}", "notes"))

    found = Places(tmp_path / template).instruments()

    assert found == {"A-USDT": folders}
    assert list(found["A-USDT"]) == ["2025-06-10", "2025-06-02", "2025-06-01"]


def test_the_days_of_one_instrument_may_stand_alone(tmp_path: Path) -> None:
    folder = write_files(tmp_path / "out" / "2025-06-01")

    assert Places(tmp_path / "out" / "{date}").instruments() == {"out": {"2025-06-01": folder}}


def test_there_may_be_nothing_yet(tmp_path: Path) -> None:
    assert Places(tmp_path / "out").instruments() == {}


def test_a_folder_of_a_strange_name_is_no_instrument(tmp_path: Path) -> None:
    write_files(tmp_path / ".hidden")

    assert Places(tmp_path).instruments() == {}


def test_the_folder_of_an_escaped_name_has_the_instrument(tmp_path: Path) -> None:
    folder = write_files(tmp_path / "BTC%2FUSDT")

    assert Places(tmp_path).instruments() == {"BTC/USDT": {"": folder}}


@needs_links
def test_a_folder_linked_from_elsewhere_is_no_instrument(tmp_path: Path) -> None:
    write_files(tmp_path / "elsewhere")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "LINK").symlink_to(tmp_path / "elsewhere")

    assert Places(tmp_path / "out").instruments() == {}


@needs_links
def test_a_file_linked_from_elsewhere_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("[]")
    (tmp_path / "out" / "A").mkdir(parents=True)
    (tmp_path / "out" / "A" / "ohlc_data.json").symlink_to(tmp_path / "secret")

    with pytest.raises(PermissionError, match="leads out of the data folder"):
        Places(tmp_path / "out").open(tmp_path / "out" / "A", "ohlc_data.json")


@needs_links
def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "run.json")

    with pytest.raises(PermissionError, match="is no file"):
        Places(tmp_path).open(tmp_path, "run.json")


def test_only_the_named_files_are_read(tmp_path: Path) -> None:
    (tmp_path / "other.json").write_text("{}")

    with pytest.raises(PermissionError, match="is none of the dashboard's files"):
        Places(tmp_path).open(tmp_path, "other.json")


def test_a_file_of_more_than_sixteen_megabytes_is_refused(tmp_path: Path) -> None:
    for size, name in ((LARGEST, "ohlc_data.json"), (LARGEST + 1, "depth_data.json")):
        with (tmp_path / name).open("wb") as file:
            file.truncate(size)

    os.close(Places(tmp_path).open(tmp_path, "ohlc_data.json"))
    with pytest.raises(PermissionError, match="larger than 16,777,216 bytes"):
        Places(tmp_path).open(tmp_path, "depth_data.json")


def test_a_look_that_took_long_is_not_made_for_each_question(tmp_path: Path) -> None:
    write_files(tmp_path / "A")
    places = Places(tmp_path)
    times = iter([0.0, 1.0, 10.9, 11.1, 11.2])
    places.clock = lambda: next(times)
    first = list(places.instruments())
    write_files(tmp_path / "B")

    assert first == list(places.instruments()) == ["A"]
    assert list(places.instruments()) == ["A", "B"]
