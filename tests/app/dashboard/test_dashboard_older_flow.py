"""Cells and signals that are older than those of the files, from the store of a run."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from flask.testing import FlaskClient
from orderflow_app.dashboard import older_flow
from orderflow_app.dashboard.server import make_server

from orderflow_core.store import open_store
from tests.app.dashboard.kept import BEGIN, MINUTE, NAME, SINKS, write_run

MINUTES = 30
PLUGINS: dict[str, Any] = {
    "heatmap": {"window_seconds": 30},
    "footprint": {"ticks": 5},
    "profile": {"ticks": 5},
    "large_trades": {"quantile": 0.9, "trades": 20},
    "alert": {"when": "obi > 0"},
}


@pytest.fixture(scope="module", params=list(SINKS))
def kept(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a run with cells and signals, by each store."""
    folder, sink = tmp_path_factory.mktemp("kept"), request.param
    store = {"directory": str(folder / SINKS[sink]), "cells": True}
    write_run(folder, MINUTES, MINUTES, sink, **{sink: store}, **PLUGINS)
    return folder


@pytest.fixture
def client(kept: Path) -> FlaskClient:
    return make_server(kept / "out", "127.0.0.1").test_client()


def older(client: FlaskClient, start: int, end: int) -> Any:
    question = {"instrument": NAME, "start": start, "end": end}
    answer = client.post("/older-flow", json=question, headers={"Host": "127.0.0.1"})
    assert answer.status_code == 200, answer.text
    return answer.json


def test_a_stretch_has_the_columns_that_the_files_have(client: FlaskClient, kept: Path) -> None:
    question = {"flow": {"run": ""}}
    shown: Any = client.post("/update", json=question, headers={"Host": "127.0.0.1"}).json
    lines = [*shown["flow"]["cells"]["newer"], *shown["flow"]["cells"]["older"]]
    assert {each["series"].partition(".")[0] for each in lines} == {
        "heatmap",
        "footprint",
        "profile",
    }
    for first, last in ((0, MINUTES), (3, 4), (17, 29)):
        start, end = BEGIN + first * MINUTE, BEGIN + last * MINUTE
        wanted = [
            each
            for each in lines
            if start <= each["timestamp"] < end
            or (each["series"] == "profile.cells" and each["end"] > start > each["timestamp"])
        ]
        by_place = sorted(wanted, key=lambda each: (each["timestamp"], each["series"]))
        found = older(client, start, end)["cells"]
        assert sorted(found, key=lambda each: (each["timestamp"], each["series"])) == by_place


def test_a_stretch_has_the_signals_that_the_file_has(client: FlaskClient, kept: Path) -> None:
    rows = json.loads((kept / "out" / NAME / "signals_data.json").read_text())["signals"]
    start, end = BEGIN + 5 * MINUTE, BEGIN + 11 * MINUTE
    wanted = [row for row in rows if start <= row["timestamp"] < end]

    assert wanted
    assert older(client, start, end)["signals"] == wanted


def test_it_tells_up_to_when_the_store_goes(client: FlaskClient, kept: Path) -> None:
    [covered] = open_store(kept / "store").covered(NAME)
    found = older(client, 0, 1)

    assert found == {"until": covered.end, "cells": [], "signals": []}


def test_the_newest_come_where_there_is_more_than_is_sent_at_once(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = older(client, BEGIN, BEGIN + MINUTES * MINUTE)
    monkeypatch.setattr(older_flow, "MOST_BYTES", 2_000)
    monkeypatch.setattr(older_flow, "MOST_SIGNALS", 3)
    found = older(client, BEGIN, BEGIN + MINUTES * MINUTE)

    assert 0 < len(found["cells"]) < len(whole["cells"])
    assert found["cells"] == whole["cells"][-len(found["cells"]) :]
    assert np.sum([80 + len(each["data"]) for each in found["cells"]]) <= 2_000
    assert found["signals"] == whole["signals"][-3:]


def test_it_says_why_there_is_nothing(kept: Path, tmp_path: Path) -> None:
    nowhere = make_server(kept / "out", "127.0.0.1", store=tmp_path).test_client()

    assert list(older(nowhere, 0, 1)) == ["told"]


@pytest.mark.parametrize(
    "question",
    [{}, {"instrument": NAME}, {"instrument": NAME, "start": -1, "end": 5}, {"start": 0, "end": 1}],
)
def test_what_is_no_stretch_is_refused(client: FlaskClient, question: Any) -> None:
    answer = client.post("/older-flow", json=question, headers={"Host": "127.0.0.1"})

    assert answer.status_code == 400
