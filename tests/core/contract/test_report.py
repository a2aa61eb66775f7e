"""The report as plain values, and back from a file of this version or another."""

import json

import pytest
from pydantic import ValidationError

from orderflow_core import Report
from orderflow_core.contract.files import SCHEMA
from orderflow_core.contract.report import Counts, Gap, Input, PluginReport, SessionReport
from orderflow_core.contract.shapes import RUN_FILE


def test_a_report_is_plain_values_that_json_takes() -> None:
    report = Report("1.0", "ok", 7, "A", False, {"run": {"strict": False}})
    report.inputs.append(Input("a.db", 100, 3))
    report.plugins.append(PluginReport("ohlc", "ohlc", "1.0", seconds=0.5, totals={"sent": 3}))
    report.counts = Counts(windows=2, trades=1, refused={"a reason": 4})
    report.gaps.append(Gap(1, 9))
    report.sessions.append(SessionReport("2025-06-01", "ok", "ab", Counts(trades=1)))

    assert json.loads(json.dumps(report.to_dict())) == {
        "schema": 1,
        "version": "1.0",
        "status": "ok",
        "pid": 7,
        "instrument": "A",
        "simulated": False,
        "settings": {"run": {"strict": False}},
        "inputs": [
            {
                "path": "a.db",
                "bytes": 100,
                "rows": 3,
                "first_timestamp": None,
                "last_timestamp": None,
            }
        ],
        "facts": {
            **dict.fromkeys(("tick", "lot", "contract_value", "quote", "kind")),
            "inferred": [],
        },
        "plugins": [
            {
                "name": "ohlc",
                "use": "ohlc",
                "version": "1.0",
                "status": "ok",
                "error": None,
                "seconds": 0.5,
                "per_bar": False,
                "totals": {"sent": 3},
            }
        ],
        "counts": {
            "windows": 2,
            "trades": 1,
            "crossed": 0,
            "unsure": 0,
            "samples_left_out": 0,
            "carried_without_snapshot": 0,
            "stale": 0,
            "late": 0,
            "duplicates": 0,
            "refused": {"a reason": 4},
        },
        "events": {},
        "gaps": [{"after": 1, "before": 9, "reason": ""}],
        "warnings": [],
        "sessions": [
            {
                "date": "2025-06-01",
                "status": "ok",
                "digest": "ab",
                "counts": Counts(trades=1).__dict__,
            }
        ],
        "first_timestamp": None,
        "last_timestamp": None,
        "progress": 0.0,
        "speed": None,
        "paused": False,
        "lag_seconds": None,
        "started_at": "",
        "seconds": 0.0,
        "digest": None,
        "fingerprint": "",
    }


def test_changes_of_the_plain_values_leave_the_report_alone() -> None:
    report = Report("1.0", "ok", 7, "A", False, {}, counts=Counts(refused={"a reason": 1}))
    report.to_dict()["counts"]["refused"].clear()

    assert report.counts.refused == {"a reason": 1}


def test_a_report_that_was_written_is_read_as_it_was() -> None:
    report = Report("1.0", "ok", 7, "A", True, {"run": {}}, inputs=[Input("a.db", 100, 3)])
    report.plugins.append(PluginReport("ohlc", "ohlc", "1.0", "failed", "KeyError: 'x'", 0.5))
    report.gaps.append(Gap(1, 9))

    assert RUN_FILE.validate_json(json.dumps(report.to_dict())) == report


def test_what_an_older_run_lacks_and_what_another_adds_is_no_fault() -> None:
    older = {"status": "ok", "instrument": "A", "weather": "fine", "plugins": [{"name": "obi"}]}

    assert RUN_FILE.validate_python(older) == Report(
        status="ok", instrument="A", plugins=[PluginReport("obi")]
    )


def test_a_report_of_a_newer_schema_is_told_first_with_what_to_do() -> None:
    newer = {"schema": SCHEMA + 1, "status": "dreaming"}

    with pytest.raises(ValidationError) as caught:
        RUN_FILE.validate_python(newer)

    assert caught.value.errors()[0]["msg"] == (
        "Value error, these files have schema 2, and this version of orderflow knows those up to "
        "1: look at them with the version that wrote them, or a newer one"
    )


@pytest.mark.parametrize("key", ["last_timestamp", "progress", "seconds"])
@pytest.mark.parametrize("value", ["Infinity", "NaN", "1e999"])
def test_a_number_that_cannot_be_is_a_fault(key: str, value: str) -> None:
    with pytest.raises(ValidationError):
        RUN_FILE.validate_json(f'{{"{key}": {value}}}')
