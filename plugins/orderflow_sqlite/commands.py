"""The commands that this package adds to `orderflow`: `sample` and `inspect`.

What they need is imported when they run, so that `orderflow --help` is quick.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer


def sample(
    folder: Annotated[Path, typer.Argument(help="Where to write.")] = Path("data"),
    hours: Annotated[float, typer.Option(help="How long a market.")] = 2.0,
    instrument: Annotated[
        str, typer.Option(help="Its name; SIM- is put before it where it lacks that.")
    ] = "SIM-BTC-USDT",
    seed: Annotated[int, typer.Option(help="The same seed gives the same market.")] = 1,
    start: Annotated[
        datetime, typer.Option(formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"], help="First time, UTC.")
    ] = datetime(2025, 6, 1),
) -> None:
    """Write a SIMULATED market as recordings, one file per UTC day."""
    from rich.console import Console
    from rich.progress import Progress

    from orderflow_core import OutputError, SettingsError
    from orderflow_sqlite.simulate import write_sample

    errors = Console(stderr=True, emoji=False)
    with Progress(console=errors, transient=True, disable=not errors.is_terminal) as bar:
        task = bar.add_task("SIMULATED market", total=1.0)
        try:
            paths = write_sample(
                folder,
                instrument=instrument,
                hours=hours,
                seed=seed,
                start=start.replace(tzinfo=UTC),
                progress=lambda done: bar.update(task, completed=done),
            )
        except ValueError as error:
            raise SettingsError(str(error)) from error
        except FileExistsError as error:
            raise OutputError(f"{error}: remove it, or choose another folder") from error
    for path in paths:
        typer.echo(f"{path}  SIMULATED, {path.stat().st_size / 1e6:,.1f} MB")


def inspect(
    path: Annotated[list[Path], typer.Argument(help="A recording, or a folder of them.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    proof: Annotated[
        bool, typer.Option("--proof", help="Show what files of a recorder prove, as prove does.")
    ] = False,
) -> None:
    """Show what a recording holds, the settings that read it, and whether a run would accept it.

    Tables and columns of other names are found by their names and first values. Ends with 0 if a
    run with these settings would accept it, else with 3.
    """
    import json
    from dataclasses import asdict

    from rich.console import Console

    from orderflow_core import SettingsError
    from orderflow_sqlite.inspection import inspect_path, show

    if proof:
        _prove(path, as_json)
    if len(path) > 1:
        raise SettingsError(f"{len(path)} paths: several are for --proof alone")
    found = inspect_path(path[0])
    if as_json:
        typer.echo(json.dumps({**asdict(found), "accepted": found.accepted}))
    else:
        show(Console(emoji=False), found)
    raise typer.Exit(0 if found.accepted else 3)


def _prove(paths: list[Path], as_json: bool) -> None:
    """Leave it to the command `prove`, which another package brings."""
    from importlib.metadata import entry_points

    from orderflow_core import SettingsError

    for entry in entry_points(group="orderflow.commands", name="prove"):
        entry.load()(paths, as_json)
    raise SettingsError("--proof: no installed package brings the command prove")
