"""The data's time: up to when a run may deliver."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from time import monotonic
from typing import NamedTuple

from orderflow_core.contract.control import Speed
from orderflow_core.running.control import Wish
from orderflow_core.running.pipeline import Pipeline


class _Leap(NamedTuple):
    """Rows of a pipeline that do not wait: those before a time, and so many more."""

    pipeline: Pipeline
    time: int
    rows: int


class Pace:
    """The data's time, running at `speed` data seconds a second from the first row on.

    What is asked of the run makes it stand still, run at another speed, or leap ahead; never back.
    """

    def __init__(self, speed: Speed) -> None:
        self.speed = speed
        self.paused = False
        self._set = speed
        self._zero: tuple[float, float] | None = None  # on the clock, and in the data
        self._leap: _Leap | None = None

    def __call__(self, pipelines: Sequence[Pipeline]) -> float:
        """Return up to when rows may be delivered, without end at "max" speed."""
        if self._leap is not None:
            self._leap = self._led(self._leap)
        if self.speed == "max" and not self.paused:
            return inf
        if self._zero is None:
            self._zero = _start(pipelines)
        return -inf if self._zero is None else self._time(*self._zero)

    def take(self, wish: Wish, reached: float) -> None:
        """Do what is asked from now on, when the data's time is `reached`.

        A leap that is under way ends with any wish but one for more rows.
        """
        self._zero = (monotonic(), reached)
        self.paused, self.speed = wish.paused, wish.speed or self._set
        self._leap = self._asked(wish, reached)

    def _asked(self, wish: Wish, reached: float) -> _Leap | None:
        if self.speed == "max" and not self.paused:
            return None
        if wish.seek is not None and wish.seek > reached:
            return _Leap(wish.pipeline, wish.seek, 1 + wish.rows)
        if not wish.rows:
            return None
        under_way = self._leap or _Leap(wish.pipeline, 0, 0)
        return under_way._replace(rows=under_way.rows + wish.rows)

    def _led(self, leap: _Leap) -> _Leap | None:
        """Let the next rows of a leap be due; return what remains of it."""
        following = leap.pipeline.next_time(wait=0)
        if leap.pipeline.done:
            return None
        if following is None:  # it is being read
            return leap
        if following < leap.time:
            self._zero = (monotonic(), leap.time - 1)
            return leap
        self._zero = (monotonic(), following)
        return leap._replace(rows=leap.rows - 1) if leap.rows > 1 else None

    def _time(self, began: float, first: float) -> float:
        if self.paused or self._leap is not None or self.speed == "max":
            return first
        return first + (monotonic() - began) * 1000 * self.speed


def _start(pipelines: Sequence[Pipeline]) -> tuple[float, int] | None:
    """Return where the time begins, None while the first row of a pipeline is being read."""
    times = [pipeline.next_time(wait=0) for pipeline in pipelines]
    if any(
        time is None and not pipeline.done for time, pipeline in zip(times, pipelines, strict=True)
    ):
        return None
    return monotonic(), min((time for time in times if time is not None), default=0)
