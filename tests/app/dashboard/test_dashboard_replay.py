"""What the page may ask of a run, how it is written, and who may not ask."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from orderflow_app.dashboard.server import make_server

from orderflow_core.contract.control import Control
from tests.app.dashboard.files import MINUTE, START, bars, report, write_files
from tests.app.dashboard.question import ask

NAME = "TEST-USDT"
HOST = "127.0.0.1:8050"
RUN = {
    "status": "running",
    "progress": 0.25,
    "first_timestamp": START,
    "last_timestamp": START + 2 * MINUTE,
    "speed": 60.0,
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the folder of a run that goes on, a quarter of eight minutes far, in its third bar."""
    return write_files(tmp_path / "out" / NAME, ohlc=bars(3), run=report(**RUN))


@pytest.fixture
def client(folder: Path) -> FlaskClient:
    return make_server(folder.parent, "127.0.0.1").test_client()


def steer(
    client: FlaskClient, action: str, origin: str | None = f"http://{HOST}", **more: Any
) -> Any:
    headers = {"Host": HOST} | ({"Origin": origin} if origin is not None else {})
    asked = {"instrument": NAME, "action": action, **more}
    return client.post("/control", json=asked, headers=headers)


def asked(folder: Path) -> dict[str, Any]:
    """Return what the control file asks, without the run that it is for."""
    found = Control.model_validate_json((folder / "control.json").read_bytes()).model_dump()
    assert found.pop("started_at") == report()["started_at"]
    return found


NOTHING = {"paused": False, "speed": 60.0, "rows": 0, "seek": None}


@pytest.mark.parametrize(
    ("actions", "changes"),
    [
        ([("pause", {})], {"paused": True}),
        ([("pause", {}), ("go", {})], {}),
        ([("row", {})], {"paused": True, "rows": 1}),
        ([("row", {}), ("row", {}), ("go", {})], {"rows": 2}),
        ([("bar", {})], {"paused": True, "seek": START + 3 * MINUTE}),
        ([("bar", {}), ("bar", {})], {"paused": True, "seek": START + 4 * MINUTE}),
        ([("bar", {}), ("row", {})], {"paused": True, "rows": 1, "seek": START + 3 * MINUTE}),
        ([("bar", {}), ("pause", {})], {"paused": True}),
        ([("speed", {"speed": 5})], {"speed": 5.0}),
        ([("speed", {"speed": "max"})], {"speed": "max"}),
        ([("pause", {}), ("speed", {"speed": 5})], {"paused": True, "speed": 5.0}),
        ([("seek", {"seek": 0.5})], {"seek": START + 4 * MINUTE}),
        ([("seek", {"seek": 1})], {"seek": START + 8 * MINUTE}),
        ([("pause", {}), ("seek", {"seek": 0.5})], {"paused": True, "seek": START + 4 * MINUTE}),
    ],
)
def test_each_action_writes_what_is_asked_of_the_run(
    client: FlaskClient, folder: Path, actions: list[tuple[str, dict[str, Any]]], changes: Any
) -> None:
    for action, more in actions:
        assert steer(client, action, **more).status_code == 204

    assert asked(folder) == NOTHING | changes


def test_the_file_is_for_its_owner_alone_and_nothing_else_is_left(
    client: FlaskClient, folder: Path
) -> None:
    before = {path.name for path in folder.iterdir()}
    steer(client, "pause")

    assert (folder / "control.json").stat().st_mode & 0o777 == 0o600
    assert {path.name for path in folder.iterdir()} == before | {"control.json"}


def test_a_link_in_its_place_is_replaced_and_not_followed(
    client: FlaskClient, folder: Path, tmp_path: Path
) -> None:
    other = tmp_path / "mine.txt"
    other.write_text("mine")
    (folder / "control.json").symlink_to(other)

    assert steer(client, "pause").status_code == 204
    assert other.read_text() == "mine"
    assert not (folder / "control.json").is_symlink()


@pytest.mark.parametrize("content", ["garbage", json.dumps({"rows": 7}), "[]"])
def test_what_was_no_control_file_counts_for_nothing(
    client: FlaskClient, folder: Path, content: str
) -> None:
    (folder / "control.json").write_text(content)
    steer(client, "row")

    assert asked(folder) == NOTHING | {"paused": True, "rows": 1}


def test_what_the_run_says_counts_where_another_page_has_asked_since(
    client: FlaskClient, folder: Path
) -> None:
    steer(client, "row")
    os.utime(folder / "control.json", (0, 0))
    (folder / "run.json").write_text(json.dumps(report(**RUN | {"speed": 2.0, "paused": False})))
    steer(client, "seek", seek=0.5)

    assert asked(folder) == NOTHING | {"speed": 2.0, "rows": 1, "seek": START + 4 * MINUTE}


@pytest.mark.parametrize(
    "origin",
    [
        None,
        "",
        "null",
        "http://evil.example",
        "http://127.0.0.1",
        "http://127.0.0.1:8051",
        "http://localhost:8050",
        "http://127.0.0.1:8050.evil.example",
        "ftp://127.0.0.1:8050",
        "http://[",
    ],
)
def test_no_other_page_may_ask(client: FlaskClient, folder: Path, origin: str | None) -> None:
    assert steer(client, "pause", origin).status_code == 403
    assert not (folder / "control.json").exists()


def test_a_foreign_host_is_refused_whatever_the_origin(client: FlaskClient, folder: Path) -> None:
    headers = {"Host": "evil.example", "Origin": "http://evil.example"}
    asked = {"instrument": NAME, "action": "pause"}

    assert client.post("/control", json=asked, headers=headers).status_code == 421
    assert not (folder / "control.json").exists()


@pytest.mark.parametrize(
    "more",
    [
        {"action": "stop"},
        {"action": "speed", "speed": 0},
        {"action": "speed", "speed": "fast"},
        {"action": "seek", "seek": 1.5},
        {"action": "seek", "seek": "x"},
        {"action": "pause", "path": "/etc/passwd"},
    ],
)
def test_what_is_no_action_is_refused(
    client: FlaskClient, folder: Path, more: dict[str, Any]
) -> None:
    assert steer(client, **more).status_code == 400
    assert not (folder / "control.json").exists()


@pytest.mark.parametrize("status", ["ok", "failed", "interrupted"])
def test_a_run_that_has_ended_is_not_asked(client: FlaskClient, folder: Path, status: str) -> None:
    (folder / "run.json").write_text(json.dumps(report(status=status)))
    answer = steer(client, "pause")

    assert (answer.status_code, answer.text) == (409, "no run of TEST-USDT goes on\n")
    assert not (folder / "control.json").exists()


def test_an_instrument_that_is_not_there_is_not_asked(client: FlaskClient, folder: Path) -> None:
    headers = {"Host": HOST, "Origin": f"http://{HOST}"}
    for name in ("ETH", "../TEST-USDT", ""):
        asked = {"instrument": name, "action": "pause"}
        assert client.post("/control", json=asked, headers=headers).status_code == 409


# Where it is offered


@pytest.mark.parametrize(
    ("options", "offered"),
    [
        ({"host": "127.0.0.1"}, True),
        ({"host": "localhost"}, True),
        ({"host": "::1"}, True),
        ({"host": "127.0.0.1", "control": False}, False),
        ({"host": "0.0.0.0"}, False),
        ({"host": "10.0.0.5"}, False),
        ({"host": "0.0.0.0", "control": True}, True),
        ({"host": "127.0.0.1", "names": ["charts.example.com"]}, False),
        ({"host": "127.0.0.1", "path": "/orderflow/"}, False),
        ({"host": "127.0.0.1", "names": ["charts.example.com"], "control": True}, True),
    ],
)
def test_the_controls_are_offered_to_this_machine_alone_unless_it_is_said(
    folder: Path, options: dict[str, Any], offered: bool
) -> None:
    client = make_server(folder.parent, options.pop("host"), **options).test_client()
    answer = ask(client)

    assert (answer["parts"]["replay"] is not None) == offered
    assert (steer(client, "pause").status_code == 204) == offered
    assert (folder / "control.json").exists() == offered


def test_the_page_behind_a_proxy_asks_by_its_own_name(folder: Path) -> None:
    names = ["charts.example.com"]
    client = make_server(folder.parent, "127.0.0.1", names=names, control=True).test_client()
    asked = {"instrument": NAME, "action": "pause"}
    for origin, status in (("https://charts.example.com", 204), ("https://evil.example", 403)):
        headers = {"Host": "charts.example.com", "Origin": origin}
        assert client.post("/control", json=asked, headers=headers).status_code == status


def test_the_controls_show_how_the_run_goes(client: FlaskClient) -> None:
    assert ask(client)["parts"]["replay"] == {
        "paused": False,
        "speed": 60.0,
        "progress": 0.25,
        "first": START,
        "end": START + 8 * MINUTE,
    }


@pytest.mark.parametrize(
    "changes", [{"status": "ok"}, {"status": "failed"}, RUN | {"lag_seconds": 0.2}]
)
def test_there_are_none_where_no_replay_goes_on(
    client: FlaskClient, folder: Path, changes: dict[str, Any]
) -> None:
    (folder / "run.json").write_text(json.dumps(report(**changes)))

    assert ask(client)["parts"]["replay"] is None
