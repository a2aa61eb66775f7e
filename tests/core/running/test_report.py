"""The report as plain values, and the ledger in which a source counts what it refuses."""

import json

import pytest

from orderflow_core import InputError, Report
from orderflow_core.running.report import Counts, Gap, Input, Ledger, PluginReport


def test_a_report_is_plain_values_that_json_takes() -> None:
    report = Report("1.0", "ok", 7, "A", False, {"run": {"strict": False}})
    report.inputs.append(Input("a.db", 100, 3))
    report.plugins.append(PluginReport("ohlc", "ohlc", "1.0", seconds=0.5))
    report.counts = Counts(windows=2, trades=1, refused={"a reason": 4})
    report.gaps.append(Gap(1, 9))

    assert json.loads(json.dumps(report.to_dict())) == {
        "version": "1.0",
        "status": "ok",
        "pid": 7,
        "instrument": "A",
        "simulated": False,
        "settings": {"run": {"strict": False}},
        "inputs": [{"path": "a.db", "bytes": 100, "rows": 3}],
        "plugins": [
            {
                "name": "ohlc",
                "use": "ohlc",
                "version": "1.0",
                "status": "ok",
                "error": None,
                "seconds": 0.5,
            }
        ],
        "counts": {
            "windows": 2,
            "trades": 1,
            "crossed": 0,
            "unsure": 0,
            "samples_left_out": 0,
            "carried_without_snapshot": 0,
            "refused": {"a reason": 4},
        },
        "gaps": [{"after": 1, "before": 9}],
        "first_timestamp": None,
        "last_timestamp": None,
        "progress": 0.0,
        "started_at": "",
        "seconds": 0.0,
        "digest": None,
    }


def test_changes_of_the_plain_values_leave_the_report_alone() -> None:
    report = Report("1.0", "ok", 7, "A", False, {}, counts=Counts(refused={"a reason": 1}))
    report.to_dict()["counts"]["refused"].clear()

    assert report.counts.refused == {"a reason": 1}


def test_refusals_are_counted_by_their_reason() -> None:
    ledger = Ledger()
    for reason in ("price", "side", "price"):
        ledger.refuse(reason, "a.db, table trades, id 4")

    assert ledger.refused == {"price": 2, "side": 1}


def test_a_strict_ledger_raises_at_the_first_refusal_with_place_and_reason() -> None:
    ledger = Ledger(strict=True)

    with pytest.raises(InputError, match=r"^a\.db, table trades, id 4: no price \(refused, and"):
        ledger.refuse("no price", "a.db, table trades, id 4")
