"""Behind a reverse proxy: names and a path of one's own, and gzip."""

import gzip
import logging
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from orderflow_app.dashboard.hosts import MOST_TOLD, Names
from orderflow_app.dashboard.server import make_server
from orderflow_app.dashboard.settings import DashboardSettings
from pydantic import ValidationError

from tests.app.dashboard.files import write_files
from tests.app.dashboard.question import UPDATE

NAME = "charts.example.com"


@pytest.fixture
def client(tmp_path: Path) -> FlaskClient:
    write_files(tmp_path / "TEST-USDT")
    return make_server(tmp_path, "127.0.0.1", names=[NAME], path="/orderflow/").test_client()


@pytest.mark.parametrize("before", ["", "/orderflow"], ids=["taken away", "kept"])
def test_the_page_works_whether_the_proxy_keeps_the_path_or_not(
    client: FlaskClient, before: str
) -> None:
    page = client.get(f"{before}/", headers={"Host": NAME}).text
    scripts = [part.split('"')[0] for part in page.split('src="')[1:]]

    assert scripts
    assert all(script.startswith("/orderflow/") for script in scripts)
    for script in scripts:
        path = before + script.removeprefix("/orderflow")
        with client.get(path, headers={"Host": NAME}) as answer:
            assert answer.status_code == 200, path
    answer = client.post(before + UPDATE, json={}, headers={"Host": NAME})
    assert answer.json is not None
    assert answer.json["parts"]["instrument"]["value"] == "TEST-USDT"


def test_the_path_without_its_last_slash_leads_there(client: FlaskClient) -> None:
    answer = client.get("/orderflow", headers={"Host": NAME})

    assert (answer.status_code, answer.headers["Location"]) == (308, "/orderflow/")


def test_a_path_that_only_begins_like_it_is_none(client: FlaskClient) -> None:
    assert client.get("/orderflow-other/", headers={"Host": NAME}).status_code == 404


def test_a_refused_name_is_told_in_the_answer_and_once_in_the_log(
    client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "orderflow")
    answers = [client.get("/", headers={"Host": "other.example:80"}) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [421] * 3
    assert answers[0].mimetype == "text/plain"
    assert '[dashboard] names = ["other.example"]' in answers[0].text
    assert "orderflow dashboard --name other.example" in answers[0].text
    assert len(caplog.records) == 1
    assert "other.example" in caplog.text


def test_many_refused_names_do_not_fill_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, "orderflow")
    names = Names("127.0.0.1")

    assert all(names.refusal(f"{number}.example") for number in range(100))
    assert len(caplog.records) == MOST_TOLD


@pytest.mark.parametrize("name", ["<script>.example", "a b.example", "x" * 300, "[x"])
def test_what_is_no_name_is_not_repeated(name: str) -> None:
    told = Names("127.0.0.1").refusal(name)

    assert told == "this dashboard is served under no such host name"


@pytest.mark.parametrize("accepted", ["gzip, deflate, br", "identity"])
@pytest.mark.parametrize("path", ["/assets/page.css", "/assets/panes.js"])
def test_text_is_compressed_for_those_who_take_it(
    client: FlaskClient, path: str, accepted: str
) -> None:
    headers = {"Host": NAME, "Accept-Encoding": accepted}
    with client.get(path, headers=headers) as answer:
        content = answer.data
        assert (answer.headers.get("Content-Encoding") == "gzip") == ("gzip" in accepted)
        assert "Accept-Encoding" in answer.headers["Vary"]
    with client.get(path, headers={"Host": NAME}) as answer:
        plain = answer.data

    assert (gzip.decompress(content) if "gzip" in accepted else content) == plain


def test_an_answer_to_the_page_is_compressed(client: FlaskClient) -> None:
    headers = {"Host": NAME, "Accept-Encoding": "gzip"}
    answer = client.post(UPDATE, json={}, headers=headers)

    assert b"TEST-USDT" in gzip.decompress(answer.data)


@pytest.mark.parametrize(
    ("path", "found"), [("/", "/"), ("", "/"), ("x", "/x/"), ("/a/b", "/a/b/"), ("/a.b/", "/a.b/")]
)
def test_a_path_gets_its_slashes(path: str, found: str) -> None:
    assert DashboardSettings.model_validate({"path": path}).path == found


@pytest.mark.parametrize(
    "wrong",
    [{"path": path} for path in ("/a//b/", "/../", "/a b/", "/{x}/", "/a?b", "http://a/")]
    + [{"names": [name]} for name in ("", "a b", "a/b", "-a", "a:80", "ä.example")],
    ids=str,
)
def test_what_is_no_path_or_name_is_told(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match="is no"):
        DashboardSettings.model_validate(wrong)
