"""The commands that this package adds to `orderflow`: `record`, `import` and `prove`.

What they need is imported when they run, so that `orderflow --help` is quick.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def record(
    venue: Annotated[
        str | None, typer.Argument(help="Whose feed, such as okx; default: those of a file.")
    ] = None,
    instruments: Annotated[
        list[str] | None, typer.Argument(help="Which, as the venue calls them.")
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="What to record; default: record.toml."),
    ] = None,
    directory: Annotated[
        Path | None, typer.Option(help="Where to write the feed of a venue; default: data.")
    ] = None,
    url: Annotated[
        str | None, typer.Option(help="Another address than the venue's websocket.")
    ] = None,
    rest_url: Annotated[
        str | None, typer.Option(help="Another address than the venue's REST interface.")
    ] = None,
) -> None:
    """Record feeds into SQLite files, one an instrument and UTC day, until a signal ends it."""
    from orderflow_core import SettingsError
    from orderflow_record.line import status_line
    from orderflow_record.recorder import record as start
    from orderflow_record.settings import load_settings, settings_of

    if venue is None:
        if directory or url or rest_url:
            raise SettingsError("--directory, --url and --rest-url go with a venue: name it first")
        settings = load_settings(config or Path("record.toml"))
    else:
        if config:
            raise SettingsError(f"{config} says what to record: leave it out, or {venue}")
        settings = settings_of(venue, instruments or [], directory, url, rest_url)
    with status_line() as show:
        number = start(settings, show)
    raise typer.Exit(128 + number)


def import_(
    tapes: Annotated[
        list[Path],
        typer.Argument(metavar="TAPE...", help="Frames as they were received, a line each."),
    ],
    venue: Annotated[str, typer.Option(help="Whose they are, such as okx.")],
    instrument: Annotated[
        list[str], typer.Option(metavar="NAME", help="Which to take; may be given several times.")
    ],
    directory: Annotated[Path, typer.Option(help="Where to write.")] = Path("data"),
) -> None:
    """Write tapes into recordings, through the venue and the recorder that a live feed takes."""
    from dataclasses import asdict

    from orderflow_record.importing import import_tapes

    for name, counts in import_tapes(tapes, venue, instrument, directory).items():
        told = ", ".join(f"{count:,} {kind}" for kind, count in asdict(counts).items() if count)
        typer.echo(f"{name}  {told or 'nothing'}")


def prove(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Files of a recorder.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show what files of a recorder prove: chain, gaps, midnight, checksums, trades, share of time.

    Ends with 3 if anything speaks against a file; a gap that it tells of does not.
    """
    import json
    from dataclasses import asdict

    from orderflow_core import printable
    from orderflow_record.proof import lines
    from orderflow_record.proof import prove as look

    proofs = look(files)
    for proof in proofs:
        if as_json:
            typer.echo(json.dumps({**asdict(proof), "holds": proof.holds}))
            continue
        typer.echo(printable(proof.path))
        for name, value in lines(proof):
            typer.echo(f"  {name}: {printable(value)}")
    raise typer.Exit(0 if all(proof.holds for proof in proofs) else 3)
