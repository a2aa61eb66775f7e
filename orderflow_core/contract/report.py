"""The report of a run, as `run.json` holds it: what was read, refused, done and found.

Each field has a default, so that a file of an older run can be read.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, Literal, TypeAlias

from orderflow_core.contract.control import Speed
from orderflow_core.contract.facts import InstrumentFacts
from orderflow_core.contract.files import SCHEMA, Count, Finite, Timestamp

RunStatus: TypeAlias = Literal["running", "ok", "failed", "interrupted"]
PluginStatus: TypeAlias = Literal["ok", "failed", "waiting"]


@dataclass
class Input:
    """One file that was read; `rows` counts the rows of all its tables.

    The times, in ms, are those of its first row and its last, None where the source cannot tell
    them before it has read the file.
    """

    path: str
    bytes: Count
    rows: Count = 0
    first_timestamp: Timestamp | None = None
    last_timestamp: Timestamp | None = None


@dataclass(frozen=True)
class Gap:
    """Two times in ms between which no book row came for longer than the setting allows.

    With a `reason` rows were lost between them, as the source tells, however short that was.
    """

    after: Timestamp
    before: Timestamp
    reason: str = ""


@dataclass
class Counts:
    """What passed: book rows, trades, and what was odd about them.

    `stale` rows were dropped, as later ones of the feed had been applied; `late` ones came with a
    time below that of a row before and were used at that time; `duplicates` are trades that were
    dropped as they had come before.
    """

    windows: Count = 0
    trades: Count = 0
    crossed: Count = 0
    unsure: Count = 0
    samples_left_out: Count = 0
    carried_without_snapshot: Count = 0
    stale: Count = 0
    late: Count = 0
    duplicates: Count = 0
    refused: dict[str, Count] = field(default_factory=dict)

    def copy(self) -> Counts:
        """Return counts that share nothing with these."""
        return replace(self, refused=dict(self.refused))

    def __add__(self, other: Counts) -> Counts:
        """Return what passed in both."""
        reasons = sorted({*self.refused, *other.refused})
        refused = {each: self.refused.get(each, 0) + other.refused.get(each, 0) for each in reasons}
        numbers = {
            each.name: getattr(self, each.name) + getattr(other, each.name)
            for each in fields(self)
            if each.name != "refused"
        }
        return Counts(**numbers, refused=refused)


@dataclass
class SessionReport:
    """How the session of one UTC day fared; `date` is as in `2025-06-01`."""

    date: str
    status: RunStatus = "running"
    digest: str | None = None
    counts: Counts = field(default_factory=Counts)


@dataclass
class PluginReport:
    """How one table's plugin fared; `seconds` is the time spent in its hooks.

    The values of one that is `per_bar` begin anew with each bar. `totals` are the numbers that the
    plugin tallies itself.
    """

    name: str
    use: str = ""
    version: str = ""
    status: PluginStatus = "ok"
    error: str | None = None
    seconds: Finite = 0.0
    per_bar: bool = False
    totals: dict[str, Count] = field(default_factory=dict)


@dataclass
class Report:
    """The state of one instrument's run.

    Times are ms since the epoch; `started_at` is an ISO 8601 time, UTC; `progress` is 0 to 1;
    `fingerprint` is of all that decides the numbers, as stores have it;
    `schema` is that of the files beside it; `events` counts the events of classes of one's own by
    `<table>.<class>`; `warnings` are sentences about what makes the results doubtful. `speed` and
    `paused` are those of now, which `control.json` may have changed; `lag_seconds` is how far the
    last row lies behind the clock, None where the source is not live. Where the run is cut into
    sessions, a sink is given the report of one, and `sessions` has that alone; the report of the
    whole run has all that were begun.
    """

    schema: int = field(default=SCHEMA, kw_only=True)
    version: str = ""
    status: RunStatus = "running"
    pid: int = 0
    instrument: str = ""
    simulated: bool = False
    settings: dict[str, dict[str, Any]] = field(default_factory=dict)
    facts: InstrumentFacts = field(default_factory=InstrumentFacts)
    inputs: list[Input] = field(default_factory=list)
    plugins: list[PluginReport] = field(default_factory=list)
    counts: Counts = field(default_factory=Counts)
    events: dict[str, Count] = field(default_factory=dict)
    gaps: list[Gap] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    sessions: list[SessionReport] = field(default_factory=list)
    first_timestamp: Timestamp | None = None
    last_timestamp: Timestamp | None = None
    progress: Finite = 0.0
    speed: Speed | None = None
    paused: bool = False
    lag_seconds: Finite | None = None
    started_at: str = ""
    seconds: Finite = 0.0
    digest: str | None = None
    fingerprint: str = ""

    def copy(self) -> Report:
        """Return a report that shares nothing with this one that could be written into."""
        return replace(
            self,
            settings=_copied(self.settings),
            inputs=[replace(each) for each in self.inputs],
            plugins=[replace(each, totals=dict(each.totals)) for each in self.plugins],
            counts=self.counts.copy(),
            events=dict(self.events),
            gaps=list(self.gaps),
            warnings=list(self.warnings),
            sessions=[replace(each, counts=each.counts.copy()) for each in self.sessions],
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the report as plain values, ready for JSON."""
        return asdict(self)


def _copied(value: Any) -> Any:
    """Return a copy of plain values, which is made many times a run, without `deepcopy`'s cost."""
    if isinstance(value, dict):
        return {key: _copied(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_copied(each) for each in value]
    return value
