"""`python -m benchmarks`: make the recordings, measure, compare, report."""

from __future__ import annotations

import sys
from pathlib import Path
from shutil import rmtree
from typing import Annotated

import typer
from rich.console import Console

from benchmarks import market
from benchmarks.measure import BenchmarkError, Case, interleave, run, script
from benchmarks.plan import (
    PARTS,
    day_cases,
    default_run,
    engine_cases,
    instrument_cases,
    message_cases,
    missing_peers,
    unit_case,
)
from benchmarks.report import markdown, show
from benchmarks.results import Results

DATA = Path(__file__).parent / "data"


def main(
    hours: Annotated[float, typer.Option(help="How long the day is.", min=0.01, max=24)] = 24.0,
    only: Annotated[str, typer.Option(help=f"Parts, by commas: {', '.join(PARTS)}.")] = "",
    runs: Annotated[int, typer.Option(help="Rounds; slow cases have at most 3.", min=1)] = 5,
    data: Annotated[
        Path, typer.Option(help="Where recordings are kept.", show_default="benchmarks/data")
    ] = DATA,
    out: Annotated[Path | None, typer.Option(help="A Markdown file to write.")] = None,
) -> None:
    """Measure what is claimed about speed."""
    parts = only.split(",") if only else list(PARTS)
    unknown = ", ".join(sorted(set(parts) - set(PARTS)))
    if unknown:
        raise typer.BadParameter(f"{unknown}: choose of {', '.join(PARTS)}")
    try:
        results = Benchmark(hours, runs, data, Console(stderr=True)).run(parts)
    except BenchmarkError as error:
        Console(stderr=True).print(str(error), style="red", markup=False)
        raise typer.Exit(1) from None
    show(results, Console(width=None if sys.stdout.isatty() else 150))
    if out:
        out.write_text(markdown(results, _command(hours, only, runs)), encoding="utf-8")


def _command(hours: float, only: str, runs: int) -> str:
    group = "" if missing_peers() else " --no-dev --group peers"
    options = f" --only {only}" if only else ""
    return f"uv run{group} python -m benchmarks --hours {hours:g}{options} --runs {runs}"


class Benchmark:
    """One measurement: its size, its rounds, and the folder for what is made."""

    def __init__(self, hours: float, rounds: int, cache: Path, console: Console) -> None:
        self._hours = hours
        self._rounds = rounds
        self._cache = cache
        self._console = console
        self._out = cache / "out"

    def run(self, parts: list[str]) -> Results:
        """Measure the parts. Raises BenchmarkError where a process fails or results differ."""
        rmtree(self._out, ignore_errors=True)  # a store of a longer day would be kept
        with self._console.status("making the simulated day"):
            results = Results(market.day(self._cache, self._hours))
            minute = market.day(self._cache, 1 / 60)
        run(default_run("warm", "first run", minute.folder, self._out))  # compiles what is cached
        self._measure(results, day_cases(parts, results.day, minute, self._out))
        if "messages" in parts:
            self._messages(results)
        if "memory" in parts:
            with self._console.status("making the simulated week"):
                results.week = market.week(self._cache, self._hours)
            title = f"default run over {market.WEEK} files"
            self._measure(
                results, [default_run("week", title, results.week.folder, self._out, rounds=1)]
            )
        if {"memory", "engines"} & set(parts):
            with self._console.status("making the days of many instruments"):
                results.units = market.units(self._cache, self._hours)
        if "memory" in parts and results.units:
            self._measure(results, instrument_cases(results.units, self._out))
        if "engines" in parts and results.units:
            self._measure(results, engine_cases(results.units, self._out))
        if "unit" in parts:
            with self._console.status("making days of few rows"):
                starts = market.starts(self._cache)
            self._measure(results, [unit_case(starts, self._out)])
        results.check(self._out)
        return results

    def _messages(self, results: Results) -> None:
        arrays = self._cache / "hftbacktest"
        with self._console.status("making the messages"):
            results.messages = market.messages(self._cache, self._hours)
            if "hftbacktest" not in missing_peers():
                prepare = script("hftbacktest_replay", "prepare", results.messages.folder, arrays)
                run(Case("prepare", "preparing hftbacktest's arrays", prepare))
        self._measure(results, message_cases(results.messages, self._out, arrays))

    def _measure(self, results: Results, cases: list[Case]) -> None:
        with self._console.status("") as status:
            results.costs |= interleave(cases, self._rounds, status.update)


if __name__ == "__main__":
    typer.run(main)
