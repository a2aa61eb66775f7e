"""What every store can be asked, whatever its format."""

from collections.abc import Callable, Sequence
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from orderflow_core import InputError
from orderflow_core.store import COLUMNS, Columns, Span, Store, column, merged, open_store


class Held(Store):
    """Bars of ten ms in memory, each known 2 ms after its end."""

    def __init__(self, covered: Sequence[Span] = (), unsure: Sequence[Span] = ()) -> None:
        super().__init__(Path())
        self._covered, self._unsure = covered, unsure

    @classmethod
    def finds(cls, path: Path) -> bool:
        return False

    def instruments(self) -> list[str]:
        return ["A"]

    def settings(self, instrument: str) -> list[str]:
        return [""]

    def series(self, kind: str, instrument: str, settings: str | None = None) -> list[str]:
        return ["obi"]

    def columns(
        self,
        kind: str,
        instrument: str,
        series: str | None = None,
        start: int | None = None,
        end: int | None = None,
        settings: str | None = None,
    ) -> Columns:
        begins = [time for time in (0, 10, 20) if end is None or time < end]
        values: dict[str, list[Any]] = {
            "series": ["obi"] * len(begins),
            "timestamp": begins,
            "end": [time + 10 for time in begins],
            "known_at": [time + 12 for time in begins],
            "close": [time / 10 for time in begins],
        }
        return {
            name: column(of, values.get(name, [0] * len(begins)))
            for name, of in COLUMNS["metrics"].items()
        }

    def covered(self, instrument: str, settings: str | None = None) -> Sequence[Span]:
        return self._covered

    def unsure(self, instrument: str, settings: str | None = None) -> Sequence[Span]:
        return self._unsure


@pytest.mark.parametrize(
    ("time", "close"), [(0, None), (12, None), (13, 0.0), (22, 0.0), (23, 1.0), (1000, 2.0)]
)
def test_asof_gives_the_last_bar_that_was_known_before(time: int, close: float | None) -> None:
    found = Held().asof("metrics", "A", "obi", [time])

    assert found["known"].tolist() == [close is not None]
    np.testing.assert_array_equal(found["close"], [np.nan if close is None else close])


def test_asof_takes_times_in_any_order() -> None:
    found = Held().asof("metrics", "A", "obi", np.array([30, 5, 13]))

    assert found["known"].tolist() == [True, False, True]
    assert found["series"].tolist() == ["obi", "", "obi"]
    assert found["timestamp"].tolist() == [10, 0, 0]


@pytest.mark.parametrize(
    "times",
    [
        np.array([13, 12], "datetime64[ms]"),
        np.array([12_000_001, 12_000_000], "datetime64[ns]"),
        np.array([12.5, 12.0]),
        pd.to_datetime([13, 12], unit="ms"),
        pd.to_datetime([13, 12], unit="ms", utc=True).tz_convert("Asia/Tokyo"),
        pd.Series(pd.to_datetime([13, 12], unit="ms", utc=True)),
        pl.Series([12_001, 12_000]).cast(pl.Datetime("us")),
    ],
)
def test_asof_takes_datetimes_of_any_unit_and_zone(times: Any) -> None:
    assert Held().asof("metrics", "A", "obi", times)["known"].tolist() == [True, False]


@pytest.mark.parametrize(
    "times", [[np.nan], [np.inf], np.array(["NaT"], "datetime64[ns]"), ["2025-06-01"]]
)
def test_asof_refuses_what_is_no_time(times: Any) -> None:
    with pytest.raises(ValueError, match="time"):
        Held().asof("metrics", "A", "obi", times)


@pytest.mark.parametrize(
    ("covered", "unsure", "shares"),
    [
        ([], [], [0, 0, 0]),
        ([Span(0, 30)], [], [1, 1, 1]),
        ([Span(5, 25)], [], [0.5, 1, 0.5]),
        ([Span(0, 4), Span(6, 12), Span(18, 40)], [], [0.8, 0.4, 1]),
        ([Span(0, 30)], [Span(8, 15)], [0.8, 0.5, 1]),
        ([Span(-50, 90)], [Span(-9, 1), Span(29, 60)], [0.9, 1, 0.9]),
    ],
)
def test_the_coverage_is_the_share_of_a_bar_that_was_sure(
    covered: list[Span], unsure: list[Span], shares: list[float]
) -> None:
    found = Held(covered, unsure).coverage("metrics", "A", "obi")

    np.testing.assert_allclose(found, shares)


def test_stretches_that_touch_are_one() -> None:
    spans = [Span(5, 9), Span(0, 2), Span(2, 4), Span(6, 7), Span(8, 12), Span(20, 20)]

    assert merged(spans) == [(0, 4), (5, 12)]


@pytest.mark.parametrize("name", ["parquet", "table"])
def test_a_kind_that_there_is_not_is_told(tmp_path: Path, name: str) -> None:
    [entry] = entry_points(group="orderflow.stores", name=name)
    store: Store = entry.load()(tmp_path)
    asked: list[Callable[[], object]] = [
        lambda: store.read("ohlc", "A"),
        lambda: store.asof("ohlc", "A", "ohlc", [1]),
        lambda: store.coverage("ohlc", "A", "ohlc"),
        lambda: store.series("ohlc", "A"),
    ]

    for ask in asked:
        with pytest.raises(InputError, match="'ohlc' is no kind of results: there are bars, metri"):
            ask()


def test_a_path_without_a_store_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"there is no store at .* writes one"):
        open_store(tmp_path)
