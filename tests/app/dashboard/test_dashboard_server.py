"""What the server answers, and to whom."""

import json
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from orderflow_app.dashboard.hosts import Names, address, exposure
from orderflow_app.dashboard.server import make_server

from tests.app.dashboard.files import DEPTH, bars, report, write_files
from tests.app.dashboard.question import UPDATE, ask, told_after

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
    for path in ("/", "/assets/page.js", "/_dash-layout"):
        answer = client.get(path, headers={"Host": host})
        assert (answer.status_code, "TEST-USDT" in answer.text) == (421, False)


@pytest.mark.parametrize("host", ["localhost", "localhost:9000", "127.0.0.1:8050", "[::1]:8050"])
def test_this_machine_is_not_refused(client: FlaskClient, host: str) -> None:
    assert client.get("/", headers={"Host": host}).status_code == 200


def test_a_server_for_the_network_goes_by_its_address_and_its_name() -> None:
    assert Names("0.0.0.0").refusal("10.0.0.5:8050") is None
    assert Names("screen.lan").refusal("screen.lan:8050") is None
    assert Names("0.0.0.0").refusal("evil.example")


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
        "/_dash-update-component",
    ],
)
def test_nothing_else_can_be_reached(client: FlaskClient, path: str) -> None:
    assert client.get(path, headers=HERE).status_code in (400, 404)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE"])
def test_other_methods_are_refused(client: FlaskClient, method: str) -> None:
    assert client.open("/", method=method, headers=HERE).status_code == 405


@pytest.mark.parametrize(("size", "status"), [(60_000, 200), (66_000, 413)])
def test_a_request_of_more_than_64_kb_is_refused(
    client: FlaskClient, size: int, status: int
) -> None:
    answer = client.post(UPDATE, json={"version": "x" * size}, headers=HERE)

    assert answer.status_code == status


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

    assert len(ask(client)["chart"]["panes"]) == 3


def test_a_page_for_thousands_of_instruments_asks_in_few_words(tmp_path: Path) -> None:
    for number in range(300):
        write_files(tmp_path / f"{number:0250}")
    client = make_server(tmp_path, "127.0.0.1").test_client()
    first = ask(client)
    told = told_after(first)
    write_files(tmp_path / told["instrument"], ohlc=bars(4))

    assert len(first["parts"]["instrument"]["data"]) == 300
    assert len(json.dumps(told)) < 3000
    assert "instrument" not in ask(client, **told)["parts"]


@pytest.mark.parametrize(
    "asked",
    [
        *("", "{", "[]", "5", "\x00", '{"a": 1}', '{"instrument": 5}', '{"instrument": ["x"]}'),
        *('{"version": 5}', '{"have": {"looks": "a", "rows": [[1, 2]]}}', '{"tokens": {"p": 5}}'),
    ],
)
def test_nonsense_is_refused_without_a_traceback(client: FlaskClient, asked: str) -> None:
    answer = client.post(UPDATE, data=asked, headers=HERE, content_type="application/json")

    assert answer.status_code == 400
    assert "Traceback" not in answer.text


def test_the_first_answer_has_everything(client: FlaskClient) -> None:
    answer = ask(client)

    assert answer["parts"]["instrument"]["value"] == "TEST-USDT"
    assert [pane["name"] for pane in answer["chart"]["panes"]] == ["price", "volume", "obi"]
    assert answer["parts"]["day"] == {"data": [], "value": None, "display": "none"}
    assert answer["parts"]["depth"] == {**DEPTH, "decimals": 1, "tick": 0.1}
    assert answer["tokens"].keys() == answer["parts"].keys()


def test_an_answer_to_one_who_has_it_all_is_the_version(client: FlaskClient) -> None:
    told = told_after(ask(client))

    assert ask(client, **told) == {"version": told["version"]}


def test_a_new_bar_comes_as_a_tail_and_what_stays_is_not_sent_again(
    client: FlaskClient, out: Path
) -> None:
    told = told_after(ask(client))
    write_files(out / "TEST-USDT", ohlc=bars(4))
    answer = ask(client, **told)

    assert answer["chart"]["tails"][0]["columns"]["close"] == [103.0, 104.0]
    assert answer["parts"].keys() == {"price"}


def test_a_run_that_writes_elsewhere_is_pointed_to(client: FlaskClient, out: Path) -> None:
    told = told_after(ask(client))
    write_files(out / "OTHER-USDT", run=report(status="running"))
    answer = ask(client, **told)

    assert "?instrument=OTHER-USDT" in json.dumps(answer["parts"]["notices"])


def test_a_first_visit_before_any_data(tmp_path: Path) -> None:
    answer = ask(make_server(tmp_path / "none", "127.0.0.1").test_client())

    assert "orderflow run" in json.dumps(answer["parts"]["notices"])


@pytest.mark.parametrize("instrument", ["../TEST-USDT", "/etc", "TEST-USDT/../../etc", "\0"])
def test_for_an_instrument_that_is_none_the_newest_is_shown(
    client: FlaskClient, instrument: str
) -> None:
    answer = ask(client, instrument=instrument)

    assert answer["parts"]["instrument"] == {"data": ["TEST-USDT"], "value": "TEST-USDT"}


def test_an_address_for_people() -> None:
    assert address("0.0.0.0", 8050) == "http://127.0.0.1:8050"
    assert address("::1", 8050) == "http://[::1]:8050"


def test_listening_to_the_network_is_told_and_to_this_machine_not() -> None:
    assert "everyone who reaches this machine" in (exposure("0.0.0.0") or "")
    assert exposure("127.0.0.1") is exposure("localhost") is exposure("::1") is None
