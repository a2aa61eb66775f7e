"""Everything that one command measured, and whether it agrees."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.agreement import check_same
from benchmarks.market import Market
from benchmarks.measure import BenchmarkError, Cost, Costs
from benchmarks.plan import ENGINES

WITHOUT_OWN_SERIES = ("run", "cold", "hidden", "stored", "row_1", "row_6", "column_1", "column_6")
PEER_FILES = {
    "hftbacktest": ("ohlc_data.json", "metrics_data.json"),
    "polars": ("ohlc_data.json",),
}


@dataclass
class Results:
    """The recordings that were used, and the costs of each case by its key."""

    day: Market
    messages: Market | None = None
    week: Market | None = None
    units: Market | None = None
    costs: dict[str, Costs] = field(default_factory=dict)
    agreed: dict[str, int] = field(default_factory=dict)

    def median(self, key: str, value: Callable[[Cost], float]) -> float | None:
        """Return the median of a value over a case's runs, None where it was not measured."""
        return self.costs[key].median(value) if key in self.costs else None

    def against(self, key: str, other: str, compare: Callable[[Cost, Cost], float]) -> float | None:
        """Return the median of a comparison of two cases round by round, None without one."""
        if key not in self.costs or other not in self.costs:
            return None
        return self.costs[key].against(self.costs[other], compare)

    def check(self, out: Path) -> None:
        """Compare what the pipelines over one recording wrote; note how many numbers agreed.

        Raises BenchmarkError where two differ.
        """
        for key in ("plain", "tuned"):
            if key in self.costs:
                self.agreed[key] = check_same(out / "run", out / key)
                self._check_counts(key)
        for key, files in PEER_FILES.items():
            if key in self.costs:
                self.agreed[key] = check_same(out / "messages", out / key, files)
        digests = {key: self._digests(key) for key in WITHOUT_OWN_SERIES if key in self.costs}
        if len(set().union(*digests.values())) > 1:
            raise BenchmarkError(f"the runs over the day have different digests: {digests}")
        given = {key: self._given(key) for key in ENGINES if key in self.costs}
        if len(set().union(*given.values())) > 1:
            raise BenchmarkError(f"the engines gave different digests or stores: {given}")

    def _given(self, key: str) -> set[str]:
        """Return the digests and the store of an engine's runs, as texts."""
        runs = (cost.said for cost in self.costs[key].runs)
        return {f"{said['units']} {said['digests']} {said['store']}" for said in runs}

    def _digests(self, key: str) -> set[str]:
        return {cost.said[0]["digest"] for cost in self.costs[key].runs}

    def _check_counts(self, key: str) -> None:
        counted: Mapping[str, int] = self.costs[key].said
        product = self.costs["run"].said[0]["counts"]
        if any(product[name] != number for name, number in counted.items()):
            raise BenchmarkError(f"{key} counted {counted}, the default run {product}")
