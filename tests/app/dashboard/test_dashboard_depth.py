"""The depth is a chart of Plotly, which the page need not wait for."""

import json
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from orderflow_app.dashboard.figures.depth import depth_figure
from orderflow_app.dashboard.server import make_server

HERE = {"Host": "127.0.0.1"}


@pytest.fixture
def client(tmp_path: Path) -> FlaskClient:
    return make_server(tmp_path, "127.0.0.1").test_client()


def test_the_figure_has_steps_for_each_side_and_no_levels() -> None:
    bids, asks = depth_figure().data

    assert [bids.name, asks.name] == ["bids", "asks"]
    assert bids.line.shape == asks.line.shape == "hv"
    assert list(bids.x) == list(asks.x) == []


def test_the_page_has_the_figure(client: FlaskClient) -> None:
    layout = json.dumps(client.get("/_dash-layout", headers=HERE).json)
    figure = json.dumps(json.loads(depth_figure().to_json()))

    assert figure in layout


def test_plotly_is_there_and_the_page_does_not_wait_for_it(client: FlaskClient) -> None:
    assert "plotly.min" not in client.get("/", headers=HERE).text
    path = "/_dash-component-suites/plotly/package_data/plotly.min.js"
    with client.get(path, headers=HERE) as answer:
        assert answer.status_code == 200
