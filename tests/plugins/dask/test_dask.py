"""The engine `dask`, as far as it can be told without a cluster."""

import sys
from typing import Any

import pytest
from orderflow_dask import Dask

from orderflow_core import SettingsError
from orderflow_core.engines import EngineSettings


def engine(**values: Any) -> Dask:
    return Dask(EngineSettings.model_validate({"use": "dask", **values}))


def test_where_its_library_is_missing_the_command_is_told_that_brings_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    run: Any = None  # of which nothing is asked before

    with pytest.raises(SettingsError, match=r'pip install "orderflow-bus\[dask\]"'):
        engine().start(run, lambda job, progress: None)


@pytest.mark.parametrize(
    ("address", "remote"),
    [
        (None, False),
        ("threads", False),
        ("tcp://127.0.0.1:8786", False),
        ("localhost:8786", False),
        ("tls://[::1]:8786", False),
        ("tcp://10.9.8.7:8786", True),
        ("tcp://scheduler:8786", True),
        ("tcp://0.0.0.0.example:8786", True),
        ("tcp://127.0.0.1.example:8786", True),
    ],
)
def test_a_scheduler_is_elsewhere_unless_its_address_is_of_this_machine(
    address: str | None, remote: bool
) -> None:
    assert engine(address=address).remote is remote


@pytest.mark.parametrize(
    ("values", "most"), [({"workers": 3}, 3), ({"address": "tcp://a:1"}, None)]
)
def test_how_many_go_on_at_once_is_known_of_workers_of_ours(
    values: dict[str, Any], most: int | None
) -> None:
    assert engine(**values).most == most
