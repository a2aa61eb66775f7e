"""The report of a run: what was read, refused, done and found."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, TypeAlias

from orderflow_core.errors import InputError

RunStatus: TypeAlias = Literal["running", "ok", "failed", "interrupted"]
PluginStatus: TypeAlias = Literal["ok", "failed", "waiting"]


@dataclass
class Input:
    """One file that was read; `rows` counts the rows of all its tables."""

    path: str
    bytes: int
    rows: int = 0


@dataclass(frozen=True)
class Gap:
    """Two times in ms between which no book row came for longer than the setting allows."""

    after: int
    before: int


@dataclass
class Ledger:
    """What a source has to tell of its reading besides the blocks.

    With `strict` the first refusal raises `InputError`.
    """

    strict: bool = False
    refused: Counter[str] = field(default_factory=Counter)
    carried_without_snapshot: int = 0
    inputs: list[Input] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)

    def refuse(self, reason: str, where: str) -> None:
        """Count one refused row or level; `where` names its file, table and row."""
        if self.strict:
            raise InputError(f"{where}: {reason} (refused, and strict = true stops at the first)")
        self.refused[reason] += 1


@dataclass
class Counts:
    """What passed: book rows, trades, and what was odd about them."""

    windows: int = 0
    trades: int = 0
    crossed: int = 0
    unsure: int = 0
    samples_left_out: int = 0
    carried_without_snapshot: int = 0
    refused: dict[str, int] = field(default_factory=dict)


@dataclass
class PluginReport:
    """How one table's plugin fared; `seconds` is the time spent in its hooks."""

    name: str
    use: str
    version: str
    status: PluginStatus = "ok"
    error: str | None = None
    seconds: float = 0.0


@dataclass
class Report:
    """The state of one instrument's run, as `run.json` holds it.

    Times are ms since the epoch; `started_at` is an ISO 8601 time, UTC; `progress` is 0 to 1.
    """

    version: str
    status: RunStatus
    pid: int
    instrument: str
    simulated: bool
    settings: dict[str, Any]
    inputs: list[Input] = field(default_factory=list)
    plugins: list[PluginReport] = field(default_factory=list)
    counts: Counts = field(default_factory=Counts)
    gaps: list[Gap] = field(default_factory=list)
    first_timestamp: int | None = None
    last_timestamp: int | None = None
    progress: float = 0.0
    started_at: str = ""
    seconds: float = 0.0
    digest: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the report as plain values, ready for JSON."""
        return asdict(self)
