"""What a store of results is to its readers, whatever its format."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from orderflow_core.store.columns import Columns, chosen_or_nothing
from orderflow_core.tables import Table


class Span(NamedTuple):
    """A stretch of time `[start, end)`, in ms."""

    start: int
    end: int


class Store(ABC):
    """Results that stay, to be read.

    Results of other settings stay beside each other: whatever is read is of one fingerprint of
    settings, the newest unless another is asked for.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    @abstractmethod
    def finds(cls, path: Path) -> bool:
        """Whether there is a store of this format at a path."""

    @abstractmethod
    def instruments(self) -> list[str]:
        """Return the instruments of which there are results, sorted."""

    @abstractmethod
    def settings(self, instrument: str) -> list[str]:
        """Return the fingerprints of the settings of its results, the newest last."""

    @abstractmethod
    def series(self, kind: str, instrument: str, settings: str | None = None) -> list[str]:
        """Return the keys of the series of a kind, sorted."""

    @abstractmethod
    def columns(
        self,
        kind: str,
        instrument: str,
        series: str | None = None,
        start: int | None = None,
        end: int | None = None,
        settings: str | None = None,
    ) -> Columns:
        """Return what `read` does, as columns of its own."""

    @abstractmethod
    def covered(self, instrument: str, settings: str | None = None) -> Sequence[Span]:
        """Return the stretches that the stream went over, in order."""

    @abstractmethod
    def unsure(self, instrument: str, settings: str | None = None) -> Sequence[Span]:
        """Return the stretches in which updates of the book were known to be missing, in order."""

    def relation(self, kind: str, instrument: str, settings: str | None = None) -> str | None:
        """Return a query by which duckdb reads the rows of a kind itself, None where it cannot."""
        return None

    def read(
        self,
        kind: str,
        instrument: str,
        series: str | None = None,
        start: int | None = None,
        end: int | None = None,
        settings: str | None = None,
    ) -> Table:
        """Return the rows of a series, or of all, that begin in `[start, end)`, times in ms.

        They are sorted by series, timestamp and sequence, in the columns that `COLUMNS` has for
        the kind. What is not there gives no rows; raises InputError for what cannot be read.
        """
        return Table(self.columns(kind, instrument, series, start, end, settings))

    def asof(
        self,
        kind: str,
        instrument: str,
        series: str,
        times: ArrayLike,
        settings: str | None = None,
    ) -> Table:
        """Return for each time the last row that was known before it, so that no join looks ahead.

        Times are in ms, or datetimes of NumPy, pandas and polars, in UTC where they have no zone.
        The column `known` says where there was one; elsewhere numbers are NaN or 0, texts empty.
        Raises ValueError for what is no time.
        """
        wanted = _whole_ms(times)
        last = int(wanted.max(initial=0))
        rows = self.columns(kind, instrument, series, end=last, settings=settings)
        order = np.argsort(rows["known_at"], kind="stable")
        before = np.searchsorted(rows["known_at"][order], wanted, side="left") - 1
        places = np.where(before >= 0, np.append(order, -1)[before], -1)
        return Table(chosen_or_nothing(kind, rows, places))

    def coverage(
        self,
        kind: str,
        instrument: str,
        series: str,
        start: int | None = None,
        end: int | None = None,
        settings: str | None = None,
    ) -> NDArray[np.float64]:
        """Return what share of each row of `read`, by time, was sure: 0 to 1.

        It is the part of `[timestamp, end)` that the stream went over with a book of which no
        update is known to be missing.
        """
        rows = self.columns(kind, instrument, series, start, end, settings)
        begins, ends = rows["timestamp"], np.maximum(rows["end"], rows["timestamp"] + 1)
        sure = _within(self.covered(instrument, settings), begins, ends)
        sure -= _within(self.unsure(instrument, settings), begins, ends)
        share: NDArray[np.float64] = np.clip(sure / (ends - begins), 0.0, 1.0)
        return share


def _whole_ms(times: ArrayLike) -> NDArray[np.int64]:
    """Return times in whole ms, rounded up: what was known before one of them still was."""
    given = np.asarray(times)
    if given.dtype == object:  # such as pandas has them where they have a zone
        given = np.asarray(times, "datetime64[ns]")
    if given.dtype.kind not in "iufM" and given.size:
        raise ValueError(f"times are {given.dtype}: give ms since the epoch, or datetimes")
    if given.dtype.kind in "fM" and not np.isfinite(given).all():
        raise ValueError("a time is NaN, NaT or infinite: leave it out")
    whole = given.astype("datetime64[ms]") if given.dtype.kind == "M" else np.ceil(given)
    found: NDArray[np.int64] = whole.astype(np.int64) + (whole < given)
    return found


def merged(spans: Iterable[Span]) -> list[Span]:
    """Return stretches in order, those that touch or overlap made one."""
    found: list[Span] = []
    for span in sorted(spans):
        if found and found[-1].end >= span.start:
            found[-1] = Span(found[-1].start, max(found[-1].end, span.end))
        elif span.end > span.start:
            found.append(span)
    return found


def _within(
    spans: Sequence[Span], begins: NDArray[np.int64], ends: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return how many ms of each stretch `[begin, end)` lie in spans that do not overlap."""
    edges = np.array(spans, np.int64).reshape(-1, 2)
    lengths = np.concatenate([[0], np.cumsum(edges[:, 1] - edges[:, 0])])

    def passed(times: NDArray[np.int64]) -> NDArray[np.int64]:
        whole = np.searchsorted(edges[:, 1], times, side="right")
        under_way = np.append(edges[:, 0], np.iinfo(np.int64).max)[whole]
        part: NDArray[np.int64] = np.maximum(times - under_way, 0)
        found: NDArray[np.int64] = lengths[whole] + np.where(under_way > times, 0, part)
        return found

    return passed(ends) - passed(begins)
