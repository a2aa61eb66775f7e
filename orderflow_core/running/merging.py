"""The reports of an instrument's sessions as one report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import reduce
from hashlib import sha256
from operator import add

from orderflow_core.contract.report import (
    Counts,
    Input,
    PluginReport,
    Report,
    RunStatus,
    SessionReport,
)


def merged(reports: Sequence[Report], sessions: int) -> Report:
    """Return one report of those of the sessions that were begun, in their order, of so many.

    Counts and seconds are sums. The digest is the SHA-256 over the date and the digest of each
    session; None where one has failed or is not there.
    """
    told = [session for report in reports for session in report.sessions]
    events: Counter[str] = Counter()
    for report in reports:
        events.update(report.events)
    firsts = [each.first_timestamp for each in reports if each.first_timestamp is not None]
    lasts = [each.last_timestamp for each in reports if each.last_timestamp is not None]
    return replace(
        reports[-1],
        started_at=reports[0].started_at,
        status=_status(reports),
        inputs=_inputs(reports),
        plugins=_plugins(reports),
        counts=reduce(add, (report.counts for report in reports), Counts()),
        events=dict(events),
        gaps=[gap for report in reports for gap in report.gaps],
        warnings=[
            f"{session.date}: {warning}"
            for report in reports
            for session in report.sessions
            for warning in report.warnings
        ],
        first_timestamp=min(firsts, default=None),
        last_timestamp=max(lasts, default=None),
        sessions=told,
        progress=(len(reports) - 1 + reports[-1].progress) / sessions,
        seconds=sum(report.seconds for report in reports),
        digest=_digest(told) if len(told) == sessions else None,
    )


def _digest(sessions: Sequence[SessionReport]) -> str | None:
    if any(each.status != "ok" or each.digest is None for each in sessions):
        return None
    total = sha256()
    for each in sessions:
        total.update(f"{each.date} {each.digest}\n".encode())
    return total.hexdigest()


def _status(reports: Sequence[Report]) -> RunStatus:
    found = {report.status for report in reports}
    order: Sequence[RunStatus] = ("running", "interrupted", "failed")
    return next((status for status in order if status in found), "ok")


def _inputs(reports: Sequence[Report]) -> list[Input]:
    """Return each file once, with all rows that were read of it."""
    found: dict[str, Input] = {}
    for each in (each for report in reports for each in report.inputs):
        known = found.get(each.path)
        found[each.path] = replace(each, rows=each.rows + (known.rows if known else 0))
    return list(found.values())


def _plugins(reports: Sequence[Report]) -> list[PluginReport]:
    """Return how each table has fared: its first failure, with the date, and its sums in all."""
    found: dict[str, PluginReport] = {}
    for report in reports:
        date = report.sessions[0].date
        for each in report.plugins:
            fresh = replace(each, status="ok", error=None, seconds=0.0, totals={})
            known = found.setdefault(each.name, fresh)
            known.seconds += each.seconds
            for what, number in each.totals.items():
                known.totals[what] = known.totals.get(what, 0) + number
            if known.status != "failed" and each.status != "ok":
                known.status = each.status
                known.error = each.error and f"{date}: {each.error}"
    return list(found.values())
