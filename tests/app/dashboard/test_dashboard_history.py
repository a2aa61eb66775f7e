"""Older bars, from the store of a run; bars of other lengths."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from orderflow_app.dashboard.figures.lengths import own_bars
from orderflow_app.dashboard.server import make_server

from orderflow_core.store import open_store
from tests.app.dashboard.files import write_files
from tests.app.dashboard.kept import BEGIN, MINUTE, NAME, SINKS, cut, write_run
from tests.app.dashboard.question import ask, told_after
from tests.app.dashboard.views import view

MINUTES = 90
END = BEGIN + MINUTES * MINUTE
LAST = 3
DAY = 86_400


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a run over a midnight, of which the files hold the last bars."""
    folder = tmp_path_factory.mktemp("kept")
    write_run(folder, MINUTES, LAST)
    return folder


@pytest.fixture(scope="module")
def seen(kept: Path) -> FlaskClient:
    """Return what shows that run."""
    return client(kept)


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """Return the folder of a run that a test may change."""
    write_run(tmp_path / "run", 20, LAST)
    return tmp_path / "run"


def client(folder: Path, store: Path | None = None) -> FlaskClient:
    return make_server(folder / "out", "127.0.0.1", store=store).test_client()


def older(asked: FlaskClient, start: int = BEGIN - 90 * MINUTE, end: int = END, **more: Any) -> Any:
    question = {"instrument": NAME, "start": start, "end": end, **more}
    answer = asked.post("/older", json=question, headers={"Host": "127.0.0.1"})
    assert answer.status_code == 200, answer.text
    return answer.json


@pytest.mark.parametrize("sink", SINKS)
def test_older_bars_are_those_of_the_store(tmp_path: Path, sink: str) -> None:
    write_run(tmp_path, MINUTES, LAST, sink)
    asked, store = client(tmp_path), open_store(tmp_path / "store")

    for first, last in [(0, 90), (0, 1), (17, 31), (39, 41), (40, 60), (85, 89)]:
        start, end = BEGIN + first * MINUTE, BEGIN + last * MINUTE
        found = older(asked, start, end)["columns"]
        bars = store.read("bars", NAME, "ohlc", start, end)
        assert found["price"] == {
            "x": bars["timestamp"].tolist(),
            **{name: bars[name].tolist() for name in ("open", "high", "low", "close")},
        }
        assert found["volume"]["y"] == bars["volume"].tolist()
        for key in ("obi", "tot", "slow", "ofi"):
            rows = store.read("metrics", NAME, key, start, end)
            assert found[key]["x"] == rows["timestamp"].tolist()
            assert found[key].get("close", found[key].get("y")) == rows["close"].tolist()


def test_the_answer_tells_how_far_the_store_goes(kept: Path, seen: FlaskClient) -> None:
    found = older(seen, END, END)

    slow = 420_000
    assert found["begins"] == BEGIN // slow * slow
    assert BEGIN + 85 * MINUTE < found["until"] < END
    assert found["told"] == f"The first bar: {kept / 'store'} has nothing older."
    assert not any(columns["x"] for columns in found["columns"].values())


@pytest.mark.parametrize(
    ("clock", "length"),
    [({}, 3), ({}, 60), ({"offset_seconds": 20}, 7), ({"window_seconds": DAY}, 7 * 1440)],
)
def test_longer_bars_are_those_of_a_run_with_such_bars(
    tmp_path: Path, clock: dict[str, Any], length: int
) -> None:
    write_run(tmp_path / "short", MINUTES, LAST, ohlc=clock, obi=clock)
    found = older(client(tmp_path / "short"), 1_748_000_000_000, length=length * MINUTE)["columns"]
    longer: Any = {**clock, "window_seconds": length * 60}
    shutil.copytree(tmp_path / "short" / "data", tmp_path / "data")
    out = write_run(tmp_path, MINUTES, MINUTES, ohlc=longer, obi=longer)
    bars = json.loads((out / "ohlc_data.json").read_text())
    obi = json.loads((out / "series_data.json").read_text())["series"]["obi"]["rows"]

    names = ("x", "open", "high", "low", "close")
    assert rows_of(found["price"], names) == [row[:5] for row in bars]
    assert found["volume"]["y"] == pytest.approx([row[5] for row in bars], rel=1e-12)
    assert rows_of(found["obi"], names) == obi


def rows_of(columns: dict[str, list[Any]], names: tuple[str, ...]) -> list[Any]:
    return [list(row) for row in zip(*(columns[name] for name in names), strict=True)]


MISSING = {
    "obi": "",
    "ofi": "no bars of 120 s: its values begin anew with each bar, so this takes a run with "
    "window_seconds = 120",
    "slow": "no bars of 120 s: those of 420 s do not make them",
}


@pytest.mark.parametrize("key", MISSING)
def test_a_series_without_bars_of_a_length_says_why(seen: FlaskClient, key: str) -> None:
    panes = ask(seen, length=2 * MINUTE)["chart"]["panes"]
    shown = {series["key"]: series for pane in panes for series in pane["series"]}
    columns = older(seen, length=2 * MINUTE)["columns"]

    assert shown[key]["missing"] == MISSING[key]
    assert bool(columns[key]["x"]) == bool(shown[key]["columns"]["x"]) == (not MISSING[key])


def test_shorter_bars_than_the_runs_are_missing(seen: FlaskClient) -> None:
    panes = ask(seen, length=MINUTE // 2)["chart"]["panes"]

    assert panes[0]["series"][0]["missing"] == "no bars of 30 s: those of 60 s do not make them"
    assert panes[1]["series"][0]["missing"] == panes[0]["series"][0]["missing"]


def test_another_length_is_another_chart_and_goes_on_in_tails(seen: FlaskClient) -> None:
    first = ask(seen)
    told = told_after(first)
    other = ask(seen, **{**told, "version": None}, length=2 * MINUTE)["chart"]
    again = ask(seen, **{**told, "have": other["have"], "version": None}, length=2 * MINUTE)

    assert (first["chart"]["length"], first["chart"]["own"]) == (MINUTE, MINUTE)
    assert (other["length"], other["own"]) == (2 * MINUTE, MINUTE)
    assert "tails" in again["chart"]


def test_a_bar_of_which_the_files_hold_a_part_is_left_to_the_store(tmp_path: Path) -> None:
    rows = [[i * 1000, 1.0, 2.0, 0.5, 1.0 + i, 1.0] for i in range(3, 1003)]
    write_files(tmp_path / "out" / NAME, ohlc=rows, metrics={})
    whole = write_files(tmp_path / "out" / "WHOLE", ohlc=rows[:-1], metrics={})
    asked = client(tmp_path)
    prices = [
        ask(asked, instrument=name, length=5000)["chart"]["panes"][0]["series"][0]["columns"]
        for name in (NAME, whole.name)
    ]

    assert [price["x"][0] for price in prices] == [5000, 0]
    assert prices[0]["close"][0] == 10.0


def test_a_page_holds_so_many_bars(seen: FlaskClient) -> None:
    assert older(seen, 1, END, length=2 * MINUTE)["start"] == END - 10_000 * 2 * MINUTE


@pytest.mark.parametrize("length", [MINUTE, 7 * MINUTE])
def test_bars_at_the_edges_of_a_page_are_whole(seen: FlaskClient, length: int) -> None:
    whole = older(seen, length=length)["columns"]["obi"]
    for edge in range(BEGIN + 100_000, END, 1_000_000):
        pages = [older(seen, *part, length=length) for part in ((0, edge), (edge, END))]
        joined: dict[str, list[Any]] = {name: [] for name in whole}
        for page in pages:
            for name, values in page["columns"]["obi"].items():
                joined[name] += values
        assert joined == whole


def test_without_a_store_the_answer_says_so(tmp_path: Path) -> None:
    write_files(tmp_path / "out" / NAME)

    assert older(client(tmp_path)) == {
        "told": "There are no older bars: no store was found. A run with [plugins.parquet] keeps "
        "all."
    }


def change(folder: Path, **values: Any) -> None:
    cut(folder / "out" / NAME / "run.json", lambda run: {**run, **values})


def test_results_of_other_settings_are_no_history(run: Path) -> None:
    change(run, fingerprint="01234567")

    assert older(client(run))["told"] == (
        f"There are no older bars: {run / 'store'} has none of {NAME} by the settings of this run."
    )


def test_days_of_another_run_by_the_same_settings_are_history(run: Path) -> None:
    rows = json.loads((run / "out" / NAME / "ohlc_data.json").read_text())
    before = older(client(run))["columns"]["price"]["x"]
    write_run(run, 20, 1, cvd={"window_seconds": 7})

    assert before[0] == BEGIN
    assert older(client(run))["columns"]["price"]["x"] == before
    assert rows[-1][0] >= before[-1]


def test_an_older_report_tells_no_settings(run: Path) -> None:
    change(run, fingerprint="")

    assert "the run does not tell its settings" in older(client(run))["told"]


def test_a_store_that_cannot_be_read_is_told(run: Path) -> None:
    asked = client(run)
    for path in (run / "store").rglob("*.parquet"):
        path.write_bytes(b"PAR1 and nothing PAR1")

    assert "is damaged" in older(asked)["told"]


def test_a_store_may_be_elsewhere(run: Path) -> None:
    (run / "store").rename(run / "moved")

    assert older(client(run)).keys() == {"told"}
    assert older(client(run, run / "moved"))["columns"]["price"]["x"][0] == BEGIN
    assert "there is no store at" in older(client(run, run / "nowhere"))["told"]


NONSENSE: list[Any] = [
    *({}, {"instrument": NAME}, {"instrument": 5, "start": 0, "end": 1}),
    *({"instrument": NAME, "start": at, "end": 1} for at in (-1, 10**18, "x", None)),
    *({"instrument": NAME, "start": 0, "end": 1, "length": at} for at in (0, -1, 10**15, "x")),
]


@pytest.mark.parametrize("asked", NONSENSE, ids=str)
def test_nonsense_is_refused(seen: FlaskClient, asked: Any) -> None:
    answer = seen.post("/older", json=asked, headers={"Host": "127.0.0.1"})

    assert answer.status_code == 400
    assert "Traceback" not in answer.text


@pytest.mark.parametrize("plugins", [{"parquet": 5}, {"parquet": {"directory": "\0"}}, {"x": {}}])
def test_a_report_of_any_settings_is_no_store(tmp_path: Path, plugins: Any) -> None:
    write_files(tmp_path / "out" / NAME)
    change(tmp_path, settings={"run": {}, "source": {}, "plugins": plugins})

    assert "no store was found" in older(client(tmp_path))["told"]


@pytest.mark.parametrize(
    ("options", "length", "made"),
    [
        ({}, 300_000, True),
        ({}, 90_000, False),
        ({"offset_seconds": 30}, 300_000, True),
        ({"clock": "volume", "threshold": 5}, 300_000, False),
        ({"window_seconds": 3 * DAY}, 9 * DAY * 1000, True),
        ({"window_seconds": 3 * DAY}, 21 * DAY * 1000, False),
    ],
)
def test_bars_make_those_that_begin_and_end_with_them(
    options: dict[str, Any], length: int, made: bool
) -> None:
    settings = {"plugins": {"ohlc": {"window_seconds": 60, **options}}}

    assert own_bars(view(run={"settings": settings}))["price"].makes(length) is made
