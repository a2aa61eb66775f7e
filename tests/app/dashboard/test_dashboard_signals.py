"""What the page gets of signals: all once, then those that are new."""

import json
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from orderflow_app.dashboard.server import make_server

from tests.app.dashboard.files import START, report, write_files
from tests.app.dashboard.question import ask

NAME = "TEST-USDT"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_files(tmp_path / "out" / NAME, run=report(last_timestamp=START + 10_000))


@pytest.fixture
def client(folder: Path) -> FlaskClient:
    return make_server(folder.parent, "127.0.0.1").test_client()


def signal(time: int, **more: Any) -> dict[str, Any]:
    row = {"series": "marks", "timestamp": time, "known_at": time, "price": 100.0, "side": 1}
    return (
        row
        | {"value": None, "text": "x", "table": "marks", "title": "Marks", "pane": "price"}
        | more
    )


def write_signals(folder: Path, rows: list[dict[str, Any]]) -> None:
    (folder / "signals_data.json").write_text(json.dumps({"signals": rows}))
    touched(folder, last_timestamp=START + 10_000)


def update(client: FlaskClient, have: str | None = None) -> Any:
    return ask(client, signals=have)["signals"]


def touched(folder: Path, **changes: Any) -> None:
    """Write the report as a sink does after its other files."""
    (folder / "run.json").write_text(json.dumps(report(**changes)))


def test_the_page_gets_all_signals_and_then_those_that_are_new(
    client: FlaskClient, folder: Path
) -> None:
    rows = [signal(START), signal(START), signal(START + 5, side=-1)]
    write_signals(folder, rows[:2])
    first = update(client)
    write_signals(folder, rows)
    second = update(client, first["have"])

    assert (first["whole"], first["rows"]) == (True, rows[:2])
    assert (second["whole"], second["rows"]) == (False, rows[2:])
    assert update(client, second["have"]) is None


def test_signals_of_another_run_or_that_went_on_too_far_come_as_a_whole(
    client: FlaskClient, folder: Path
) -> None:
    write_signals(folder, [signal(START)])
    have = update(client)["have"]
    write_signals(folder, [signal(START + 1)])
    assert update(client, have)["whole"]

    have = update(client)["have"]
    touched(folder, started_at="2026-02-02T00:00:00.000+00:00")
    assert update(client, have)["whole"]


def test_a_run_without_signals_takes_away_those_of_the_one_before(
    client: FlaskClient, folder: Path
) -> None:
    write_signals(folder, [signal(START)])
    have = update(client)["have"]
    write_signals(folder, [])

    assert update(client, have)["rows"] == []


def test_a_folder_without_the_file_is_no_fault(client: FlaskClient) -> None:
    answer = ask(client)

    assert answer["signals"]["rows"] == []
    assert answer["parts"]["notices"] == []
