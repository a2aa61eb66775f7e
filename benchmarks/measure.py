"""One measured thing is one process: its CPU and wall time and peak memory, told by the kernel."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

MB = 1024  # ru_maxrss is in KiB


class BenchmarkError(Exception):
    """A measured process that failed, or results that differ."""


@dataclass(frozen=True)
class Case:
    """A command to measure, in `rounds` rounds at most where it is slow.

    With `cold` it finds no compiled kernels; with `part` it measures a part of itself and prints
    `cpu` and `wall` of that.
    """

    key: str
    title: str
    command: Sequence[str]
    rounds: int | None = None
    cold: bool = False
    part: bool = False


@dataclass(frozen=True)
class Cost:
    """What one process took, in seconds and MB; `said` is the JSON that it printed last."""

    cpu: float
    wall: float
    peak_mb: float
    said: Any


@dataclass
class Costs:
    """The costs of one case, one a round; None for a round in which it did not run."""

    case: Case
    rounds: list[Cost | None] = field(default_factory=list)

    @property
    def runs(self) -> list[Cost]:
        """The rounds in which it ran."""
        return [cost for cost in self.rounds if cost]

    @property
    def said(self) -> Any:
        """What its first run printed."""
        return self.runs[0].said

    def median(self, value: Callable[[Cost], float]) -> float:
        """Return the median of a value over the runs."""
        return median(map(value, self.runs))

    def against(self, other: Costs, compare: Callable[[Cost, Cost], float]) -> float:
        """Return the median of a comparison with the other's run of the same round."""
        pairs = zip(self.rounds, other.rounds, strict=True)
        return median(compare(one, two) for one, two in pairs if one and two)


def cpu_ratio(one: Cost, two: Cost) -> float:
    """Return how many times the CPU time of the other."""
    return one.cpu / two.cpu


def wall_ratio(one: Cost, two: Cost) -> float:
    """Return how many times the wall time of the other."""
    return one.wall / two.wall


def interleave(
    cases: Sequence[Case], rounds: int, watch: Callable[[str], None]
) -> dict[str, Costs]:
    """Run the cases A B C, A B C, ... and return their costs by key; `watch` is told what runs."""
    costs = {case.key: Costs(case) for case in cases}
    for number in range(rounds):
        for case in cases:
            cost = None
            if case.rounds is None or number < case.rounds:
                watch(f"round {number + 1} of {rounds}: {case.title}")
                cost = run(case)
            costs[case.key].rounds.append(cost)
    return costs


def run(case: Case) -> Cost:
    """Run a case once. Raises BenchmarkError where it fails."""
    environment = dict(os.environ)
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # no user's interpreter compiles each time
    if not case.cold:
        return _run(case, environment)
    with tempfile.TemporaryDirectory() as empty:
        return _run(case, {**environment, "NUMBA_CACHE_DIR": empty})


def script(name: str, *arguments: Path | str) -> list[str]:
    """Return the command that runs a file of `cases`."""
    path = Path(__file__).parent / "cases" / f"{name}.py"
    return [sys.executable, str(path), *map(str, arguments)]


def least_peak() -> float:
    """Return the peak, in MB, below which the kernel cannot tell a child's from this process's."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MB


def _run(case: Case, environment: Mapping[str, str]) -> Cost:
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
        began = perf_counter()
        process = subprocess.Popen(case.command, stdout=output, stderr=errors, env=environment)
        _, status, usage = os.wait4(process.pid, 0)
        wall = perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        errors.seek(0)
        if process.returncode:
            raise BenchmarkError(
                f"{case.title} ended with {process.returncode}: {errors.read()[-2000:].strip()}"
            )
        said = _last_json(output.read())
    cpu = usage.ru_utime + usage.ru_stime
    if case.part:
        cpu, wall = said["cpu"], said["wall"]
    return Cost(cpu, wall, usage.ru_maxrss / MB, said)


def _last_json(text: str) -> Any:
    lines = text.strip().splitlines()
    try:
        return json.loads(lines[-1]) if lines else None
    except ValueError:
        return None
