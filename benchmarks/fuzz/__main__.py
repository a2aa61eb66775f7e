"""The command `python -m benchmarks.fuzz`."""

from __future__ import annotations

import argparse
import faulthandler
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from tempfile import mkdtemp
from time import monotonic

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from benchmarks.fuzz import databases, feeds, kills, level_texts, recorder_kills, shapes
from benchmarks.fuzz.tally import Tally
from tests import roads

ROADS = {road.__name__: road for road in roads.ROADS}
HANG_SECONDS = 600
SHOWN = 10


def level_tallies(seed: int, count: int, folder: Path) -> Iterator[Tally]:
    """Read texts of levels in batches."""
    left = level_texts.texts(seed, count)
    while batch := list(islice(left, level_texts.BATCH)):
        yield level_texts.check(batch, folder)


def database_tallies(seed: int, count: int, folder: Path) -> Iterator[Tally]:
    """Run over changed databases one by one; the last one stays in the folder."""
    path = folder / f"{databases.INSTRUMENT}-26-01-01.db"
    for number, content in enumerate(databases.mutants(seed, count)):
        yield databases.check(content, path, sort=number % 3 == 0, cut=number % 4 == 0)


def checked_tallies(seed: int, count: int, folder: Path) -> Iterator[Tally]:
    """Read other texts, and one database to a hundred of them, with all indexes checked.

    The kernels are compiled anew for it, in a process of its own, with a cache of their own: code
    with and without checks is not told apart by a cache.
    """
    few = count // 100
    counts = {"levels": count - few, "databases": few, "checked": 0}
    counts = dict.fromkeys(ATTEMPTS, 0) | counts
    options = [part for name, number in counts.items() for part in (f"--{name}", str(number))]
    command = [sys.executable, "-m", "benchmarks.fuzz", "--seed", str(seed + 1), *options]
    own = {"NUMBA_BOUNDSCHECK": "1", "NUMBA_CACHE_DIR": str(folder / "cache")}
    done = subprocess.run(command, env={**os.environ, **own}, capture_output=True, text=True)
    tally = Tally()
    if done.returncode:
        tally.wrong.append(f"ended with {done.returncode}:\n{done.stdout}\n{done.stderr}")
    else:
        tally.outcomes["no index beyond its array, else as above"] = count
    yield tally


ATTEMPTS: dict[str, tuple[int, Callable[[int, int, Path], Iterator[Tally]]]] = {
    "levels": (1_000_000, level_tallies),
    "databases": (10_000, database_tallies),
    "shapes": (5_000, shapes.tallies),
    "checked": (200_000, checked_tallies),
    "kills": (200, kills.kills),
    "feeds": (1_000, feeds.tallies),
    "restarts": (100, recorder_kills.kills),
}


def main() -> int:
    """Try what the options say; return 1 if anything went wrong."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fuzz", description=__doc__)
    for name, (count, _) in ATTEMPTS.items():
        parser.add_argument(f"--{name}", type=int, default=count, metavar="N")
    parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same input")
    parser.add_argument(
        "--road", choices=ROADS, default="fast", help="how the levels and databases are read"
    )
    options = parser.parse_args()
    folder = Path(mkdtemp(prefix="orderflow-fuzz-"))
    console = Console()
    console.print(f"what is tried lies in {folder}; seed {options.seed}, road {options.road}")
    with ROADS[options.road]():
        results = {
            name: _tried(console, name, getattr(options, name), options.seed, folder / name)
            for name in ATTEMPTS
        }
    console.print(_table(results))
    wrong = [text for tally, _ in results.values() for text in tally.wrong]
    for text in wrong[:SHOWN]:
        console.print(text, markup=False, highlight=False)
    return 1 if wrong else 0


def _tried(console: Console, name: str, count: int, seed: int, folder: Path) -> tuple[Tally, float]:
    """Try `count` times; a try that hangs ends the command with where it hangs."""
    folder.mkdir()
    start = monotonic()
    total = Tally()
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(name, total=count)
        for tally in ATTEMPTS[name][1](seed, count, folder) if count else ():
            faulthandler.dump_traceback_later(HANG_SECONDS, exit=True)
            total.add(tally)
            progress.update(task, completed=total.tried)
    faulthandler.cancel_dump_traceback_later()
    console.print(f"{name}: {total.tried:,} tried, {len(total.wrong):,} wrong")
    return total, monotonic() - start


def _table(results: dict[str, tuple[Tally, float]]) -> Table:
    table = Table("tried", "outcome", "count", "seconds")
    for name, (tally, seconds) in results.items():
        table.add_row(name, "all", f"{tally.tried:,}", f"{seconds:,.0f}")
        for outcome, number in tally.outcomes.most_common():
            table.add_row("", outcome, f"{number:,}", "")
        table.add_row("", "wrong", f"{len(tally.wrong):,}", "")
    return table


if __name__ == "__main__":
    sys.exit(main())
