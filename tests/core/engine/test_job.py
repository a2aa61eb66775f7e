"""A job in the hands of a worker elsewhere, whose own settings, plugins and versions count."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from orderflow_sqlite.simulate import write_sample

from orderflow_core.engine.engine import make_engine
from orderflow_core.engine.job import Job, Sent, perform
from orderflow_core.engine.sending import sent
from orderflow_core.engine.units import plan_of
from orderflow_core.running.loop import prepare
from orderflow_core.settings.reading import load


@pytest.fixture
def job(tmp_path: Path) -> Job:
    """Return a job as another process gets it."""
    write_sample(tmp_path / "data", hours=0.002)
    settings = load(
        {
            "source": {"path": str(tmp_path / "data")},
            "plugins": {"book": {}, "ohlc": {}},
            "engine": {},
        }
    )
    assert settings.engine is not None
    runs = prepare(settings)
    run = sent(settings, make_engine(settings.engine), [each.instrument for each in runs])
    return Job(run, plan_of(settings, runs).units[0], runs[0].pipeline.report.facts)


def test_a_worker_reads_the_settings_again(job: Job) -> None:
    ended = perform(job, lambda progress: None)

    assert ended.report is not None
    assert (ended.report.status, ended.exit_code, ended.error) == ("ok", 0, "")


@pytest.mark.parametrize(
    ("other", "told"),
    [
        (lambda job: replace(job.run, version="0.0.1"), "has orderflow .*, and the run 0.0.1"),
        (
            lambda job: replace(job.run, versions=(*job.run.versions[:-1], "0.0.1")),
            "has .* of 'ohlc', and the run 0.0.1",
        ),
    ],
    ids=["orderflow", "plugin"],
)
def test_a_worker_of_another_version_is_refused(
    job: Job, other: Callable[[Job], Sent], told: str
) -> None:
    ended = perform(replace(job, run=other(job)), lambda progress: None)

    assert (ended.report, ended.exit_code) == (None, 2)
    assert re.fullmatch(f"the worker on .* {told}: install the same version on both", ended.error)
