"""What the server answers, and to whom."""

import json
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from orderflow_app.dashboard.hosts import address, exposure, is_own_name
from orderflow_app.dashboard.server import make_server

from tests.app.dashboard.files import bars, report, write_files
from tests.app.dashboard.question import ask, body

HERE = {"Host": "127.0.0.1:8050"}


@pytest.fixture
def out(tmp_path: Path) -> Path:
    write_files(tmp_path / "out" / "TEST-USDT")
    return tmp_path / "out"


@pytest.fixture
def client(out: Path) -> FlaskClient:
    return make_server(out, "127.0.0.1").test_client()


def test_the_page_is_served(client: FlaskClient) -> None:
    page = client.get("/", headers=HERE)

    assert page.status_code == 200
    assert "default-src 'self'" in page.headers["Content-Security-Policy"]


def test_the_page_names_no_script_or_style_of_another_host(client: FlaskClient) -> None:
    page = client.get("/", headers=HERE).text

    assert 'src="http' not in page
    assert 'href="http' not in page
    assert 'src="//' not in page


def test_every_asset_of_the_page_is_there(client: FlaskClient) -> None:
    page = client.get("/", headers=HERE).text
    paths = [part.split('"')[0] for part in page.split('src="')[1:]]

    assert len(paths) > 5
    for path in paths:
        with client.get(path, headers=HERE) as answer:
            assert answer.status_code == 200, path


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "10.0.0.5", "", "[x"])
def test_a_foreign_host_is_refused(client: FlaskClient, host: str) -> None:
    for path in ("/", "/version", "/_dash-layout"):
        answer = client.get(path, headers={"Host": host})
        assert (answer.status_code, "TEST-USDT" in answer.text) == (421, False)


@pytest.mark.parametrize("host", ["localhost", "localhost:9000", "127.0.0.1:8050", "[::1]:8050"])
def test_this_machine_is_not_refused(client: FlaskClient, host: str) -> None:
    assert client.get("/version", headers={"Host": host}).status_code == 200


def test_a_server_for_the_network_goes_by_its_address_and_its_name() -> None:
    assert is_own_name("10.0.0.5:8050", "0.0.0.0")
    assert is_own_name("screen.lan:8050", "screen.lan")
    assert not is_own_name("evil.example", "0.0.0.0")


@pytest.mark.parametrize(
    "path",
    [
        "/etc/passwd",
        "/out/TEST-USDT/run.json",
        "/static/x",
        "/assets/../server.py",
        "/assets/%2e%2e/server.py",
        "/_dash-component-suites/dash/../../../../etc/passwd",
        "/_dash-component-suites/os/path",
    ],
)
def test_nothing_else_can_be_reached(client: FlaskClient, path: str) -> None:
    assert client.get(path, headers=HERE).status_code in (400, 404)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE"])
def test_other_methods_are_refused(client: FlaskClient, method: str) -> None:
    assert client.open("/", method=method, headers=HERE).status_code == 405


def send(client: FlaskClient, question: object) -> int:
    """Return the status of the answer."""
    answer = client.post("/_dash-update-component", json=question, headers=HERE)
    return int(answer.status_code)


@pytest.mark.parametrize(("size", "status"), [(60_000, 200), (66_000, 413)])
def test_a_request_of_more_than_64_kb_is_refused(
    client: FlaskClient, size: int, status: int
) -> None:
    assert send(client, {**body(), "further": "x" * size}) == status


HUGE = [10**400, -(10**400), 2**63, -1, 1e308, 5e-324]


@pytest.mark.parametrize("huge", HUGE, ids=lambda number: f"{str(number)[:6]}")
@pytest.mark.parametrize(
    "place",
    [
        ("progress",),
        ("seconds",),
        ("last_timestamp",),
        ("counts", "windows"),
        ("counts", "trades"),
        ("counts", "refused", "no size"),
        ("settings", "source", "speed"),
    ],
    ids=".".join,
)
def test_a_report_of_any_numbers_leaves_the_page_its_picture(
    client: FlaskClient, out: Path, place: tuple[str, ...], huge: float
) -> None:
    run = report(counts={"windows": 10, "trades": 4, "refused": {"no size": 1}})
    *parents, last = place
    part = run
    for name in parents:
        part = part[name]
    part[last] = huge
    write_files(out / "TEST-USDT", run=run)

    assert len(ask(client)["update"]["data"]["figure"]["data"]) == 3


def test_a_page_for_thousands_of_instruments_asks_in_few_words(tmp_path: Path) -> None:
    for number in range(300):
        write_files(tmp_path / f"{number:0250}")
    client = make_server(tmp_path, "127.0.0.1").test_client()
    first = ask(client)
    state = state_after(first)

    assert len(first["instrument"]["data"]) == 300
    assert len(json.dumps(body(**state))) < 3000
    assert ask(client, **state).keys() == {"answered", "price", "status", "notices"}


@pytest.mark.parametrize("asked", ["", "{", "[]", "5", '{"a": 1}', '{"output": 1, "inputs": 2}'])
def test_nonsense_is_refused_without_a_traceback(client: FlaskClient, asked: str) -> None:
    answer = client.post(
        "/_dash-update-component", data=asked, headers=HERE, content_type="application/json"
    )

    assert answer.status_code == 400
    assert "Traceback" not in answer.text


def test_the_first_answer_has_everything(client: FlaskClient) -> None:
    answer = ask(client)

    assert answer["instrument"]["value"] == "TEST-USDT"
    assert len(answer["update"]["data"]["figure"]["data"]) == 3
    assert len(answer["depth"]["figure"]["data"]) == 2
    assert answer["known-panes"]["data"] == ["price", "volume", "obi"]


def test_an_answer_to_one_who_has_it_all_has_no_figure(client: FlaskClient) -> None:
    again = ask(client, **state_after(ask(client)))

    assert again.keys() == {"answered", "price", "status", "notices"}


def test_a_new_bar_comes_as_a_tail(client: FlaskClient, out: Path) -> None:
    state = state_after(ask(client))
    path = out / "TEST-USDT" / "ohlc_data.json"
    path.write_text(json.dumps(bars(4)))
    answer = ask(client, **state)

    assert "figure" not in answer["update"]["data"]
    assert answer["update"]["data"]["tails"][0]["columns"]["close"] == [103.0, 104.0]
    assert "depth" not in answer


def test_a_first_visit_before_any_data(tmp_path: Path) -> None:
    answer = ask(make_server(tmp_path / "none", "127.0.0.1").test_client())

    assert "orderflow run" in json.dumps(answer["notices"])


@pytest.mark.parametrize("instrument", ["../TEST-USDT", "/etc", "TEST-USDT/../../etc", 5, ["x"]])
def test_an_instrument_that_is_none_shows_nothing(client: FlaskClient, instrument: Any) -> None:
    answer = ask(client, instrument=instrument)

    assert answer["price"]["children"] == []


def state_after(answer: dict[str, Any]) -> dict[str, Any]:
    """Return what the page tells after an answer."""
    return {
        "instrument": answer["instrument"]["value"],
        "answered": answer["answered"]["data"],
        "have": answer["update"]["data"]["have"],
        "depth_shown": answer["depth-shown"]["data"],
        "known": answer["known-panes"]["data"],
    }


def test_an_address_for_people() -> None:
    assert address("0.0.0.0", 8050) == "http://127.0.0.1:8050"
    assert address("::1", 8050) == "http://[::1]:8050"


def test_listening_to_the_network_is_told_and_to_this_machine_not() -> None:
    assert "everyone who reaches this machine" in (exposure("0.0.0.0") or "")
    assert exposure("127.0.0.1") is exposure("localhost") is exposure("::1") is None
