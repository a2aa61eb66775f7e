"""That two pipelines came to the same results, by the files that they wrote."""

from __future__ import annotations

import json
from collections.abc import Sequence
from math import isclose
from pathlib import Path
from typing import Any

from benchmarks.measure import BenchmarkError

TOLERANCE = 1e-9


FILES = ("ohlc_data.json", "metrics_data.json", "depth_data.json")


def check_same(one: Path, two: Path, files: Sequence[str] = FILES) -> int:
    """Compare files, and the series `cvd`, in two folders; return how many numbers were compared.

    Raises BenchmarkError at the first that differs by more than `TOLERANCE`, relative or absolute.
    """
    compared = sum(_check(_read(one / name), _read(two / name), name) for name in files)
    return compared + _check(_cvd(one), _cvd(two), "series_data.json, cvd")


def _cvd(folder: Path) -> Any:
    return _read(folder / "series_data.json")["series"]["cvd"]["rows"]


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _check(one: Any, two: Any, where: str) -> int:
    if isinstance(one, dict) and isinstance(two, dict) and one.keys() == two.keys():
        return sum(_check(one[key], two[key], f"{where}, {key}") for key in one)
    if isinstance(one, list) and isinstance(two, list) and len(one) == len(two):
        triples = zip(one, two, range(len(one)), strict=True)
        return sum(_check(a, b, f"{where}, {index}") for a, b, index in triples)
    if isinstance(one, int | float) and isinstance(two, int | float):
        if isclose(one, two, rel_tol=TOLERANCE, abs_tol=TOLERANCE):
            return 1
        raise BenchmarkError(f"{where}: {one!r} and {two!r} differ")
    raise BenchmarkError(f"{where}: {str(one)[:80]} and {str(two)[:80]} differ in shape")
