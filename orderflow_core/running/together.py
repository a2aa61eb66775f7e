"""Instruments side by side: up to when each may be delivered, so that none runs ahead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import inf
from time import monotonic, time

from orderflow_core.running.pipeline import TICK_SECONDS, Pipeline

SILENT_SECONDS = 1.0
"""How long one of a live source that has nothing to give holds up the history of the others."""
HISTORY_MS = 10_000
"""How far behind the clock a row of a live source is history, as of a file that is followed."""


def reached(pipelines: Sequence[Pipeline]) -> Mapping[Pipeline, float]:
    """Return for each up to when rows may be delivered: the time that all have been read to."""
    times = [pipeline.read_to(TICK_SECONDS) for pipeline in pipelines]
    return dict.fromkeys(pipelines, min(times, default=inf))


class CatchingUp:
    """The same of a live source: no history runs ahead of that of others; what is new waits not."""

    def __init__(self) -> None:
        self._heard: dict[Pipeline, float] = {}

    def __call__(self, pipelines: Sequence[Pipeline]) -> Mapping[Pipeline, float]:
        """Return for each up to when rows may be delivered."""
        limit = min(map(self._limit, pipelines), default=inf)
        new = time() * 1000 - HISTORY_MS
        following = {pipeline: pipeline.next_time(wait=0) for pipeline in pipelines}
        return {
            pipeline: inf if time is None or time >= new else limit
            for pipeline, time in following.items()
        }

    def _limit(self, pipeline: Pipeline) -> float:
        last, now = pipeline.read_to(0), monotonic()
        heard = self._heard.setdefault(pipeline, now)
        if last > -inf:
            self._heard[pipeline] = now
            return last
        return inf if now - heard > SILENT_SECONDS else pipeline.passed - 1
