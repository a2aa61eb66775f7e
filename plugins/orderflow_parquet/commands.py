"""The commands that this package adds to `orderflow`: `query` and `export`, over any store.

What they need is imported when they run, so that `orderflow --help` is quick.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

_Store = Annotated[Path, typer.Option("--store", help="Where the results are.")]
_Settings = Annotated[
    str | None,
    typer.Option(help="Eight hex digits: results of these settings; default: the newest."),
]
_DAY = ["%Y-%m-%d"]


def query(
    sql: Annotated[str, typer.Argument(help="Such as: select * from bars limit 5")],
    store: _Store = Path("store"),
    settings: _Settings = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON array of objects.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
) -> None:
    """Ask the results of runs by SQL: bars, metrics, signals, cells and events are its tables."""
    from orderflow_core import SettingsError
    from orderflow_parquet.query import ask, show

    if as_json and as_csv:
        raise SettingsError("--json and --csv: choose one")
    show(ask(sql, store, settings), "json" if as_json else "csv" if as_csv else "table")


def export(
    file: Annotated[
        Path, typer.Argument(help="What to write; its name ends with .csv or .parquet.")
    ],
    store: _Store = Path("store"),
    kind: Annotated[str, typer.Option(help="bars, metrics, signals, cells or events.")] = "bars",
    instrument: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Only this instrument; may be given several times."),
    ] = None,
    series: Annotated[str | None, typer.Option(metavar="KEY", help="Only this series.")] = None,
    start: Annotated[
        datetime | None, typer.Option(formats=_DAY, metavar="DAY", help="First UTC day.")
    ] = None,
    end: Annotated[
        datetime | None, typer.Option(formats=_DAY, metavar="DAY", help="Last UTC day.")
    ] = None,
    settings: _Settings = None,
) -> None:
    """Write results of one kind into one file, CSV or Parquet."""
    from orderflow_core.sources import DAY_MS, midnight
    from orderflow_parquet.export import Choice, write_export

    choice = Choice(
        kind,
        instrument or None,
        series,
        None if start is None else midnight(start.date()),
        None if end is None else midnight(end.date()) + DAY_MS,
        settings,
    )
    rows = write_export(file, store, choice)
    typer.echo(f"{file}  {rows:,} rows")
