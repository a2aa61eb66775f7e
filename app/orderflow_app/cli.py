"""The command `orderflow`: `run`, and the commands that installed plugins bring."""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path
from typing import Annotated

gc.set_threshold(200_000, 20, 20)  # or garbage is sought 40 times while Typer is imported
try:
    import typer

    from orderflow_app import streams
    from orderflow_app.commands import OWN, Commands, own
    from orderflow_app.kinds import Kind
except KeyboardInterrupt:  # before there is a command that could end itself
    sys.exit(130)

app = typer.Typer(
    name="orderflow",
    cls=Commands,
    help="Stream recorded order flow through plugins: bars, depth, imbalance, delta, your own.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"orderflow {version(OWN)}")
        raise typer.Exit


WindowSeconds = Annotated[float | None, typer.Option(metavar="N", help="Length of bars.")]
Override = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="TABLE.KEY=VALUE", help="Any setting, such as plugins.book.levels=20."
    ),
]
Quiet = Annotated[bool, typer.Option("--quiet", help="Only warnings and errors.")]
Reports = Annotated[bool, typer.Option("--json", help="Print the reports as one JSON array.")]


@app.callback()
def _options(
    show_version: Annotated[
        bool,
        typer.Option("--version", help="Show the version.", callback=_show_version, is_eager=True),
    ] = False,
) -> None:
    pass


@own
def run(
    config: Annotated[Path, typer.Option(metavar="FILE", help="The settings file.")] = Path(
        "settings.toml"
    ),
    instrument: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Only this instrument; may be given several times."),
    ] = None,
    start: Annotated[
        str | None, typer.Option(metavar="DAY", help="First UTC day, YYYY-MM-DD.")
    ] = None,
    end: Annotated[
        str | None, typer.Option(metavar="DAY", help="Last UTC day, YYYY-MM-DD.")
    ] = None,
    window_seconds: WindowSeconds = None,
    speed: Annotated[
        str | None,
        typer.Option(metavar="SPEED", help='"max", or data seconds a second, such as 60.'),
    ] = None,
    override: Override = None,
    strict: Annotated[
        bool | None, typer.Option("--strict", help="Stop at the first refused row.")
    ] = None,
    resume: Annotated[
        bool,
        typer.Option(
            "--resume", help="Leave out the days and instruments that are done and unchanged."
        ),
    ] = False,
    quiet: Quiet = False,
    as_json: Reports = False,
    serve: Annotated[
        bool | None,
        typer.Option(
            "--serve/--no-serve",
            help="Keep the dashboard up after the run; default: on a terminal.",
        ),
    ] = None,
) -> None:
    """Stream recordings through the plugins that the settings name."""
    from orderflow_app.running import run_settings

    options = {
        ("source", "instruments"): instrument or None,
        ("source", "start"): start,
        ("source", "end"): end,
        ("run", "window_seconds"): window_seconds,
        ("source", "speed"): speed,
        ("run", "strict"): strict,
        ("dashboard", "serve"): serve or None,  # --serve asks for a dashboard, --no-serve does not
    }
    given: dict[tuple[str, ...], object] = {
        key: value for key, value in options.items() if value is not None
    }
    code = run_settings(
        config, given, override or [], quiet=quiet, as_json=as_json, serve=serve, resume=resume
    )
    raise typer.Exit(code)


@own
def live(
    venue: Annotated[str, typer.Argument(help="Whose feed, such as okx.")],
    instruments: Annotated[list[str], typer.Argument(help="Which, as the venue calls them.")],
    directory: Annotated[Path, typer.Option(help="Where to record.")] = Path("data"),
    config: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="The settings file whose plugins run; default: orderflow's own."
        ),
    ] = None,
    window_seconds: WindowSeconds = None,
    override: Override = None,
    page: Annotated[
        bool | None, typer.Option("--dashboard/--no-dashboard", help="Show it on a page.")
    ] = None,
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="The port of the page.")
    ] = None,
    url: Annotated[
        str | None, typer.Option(help="Another address than the venue's websocket.")
    ] = None,
    rest_url: Annotated[
        str | None, typer.Option(help="Another address than the venue's REST interface.")
    ] = None,
    quiet: Quiet = False,
    as_json: Reports = False,
) -> None:
    """Record a feed, run over it as it comes and show it on a page, until Ctrl-C."""
    from orderflow_app.live import live as start

    options = {
        ("source", "instruments"): instruments,
        ("run", "window_seconds"): window_seconds,
        ("dashboard", "enabled"): page,
        ("dashboard", "port"): port,
    }
    addresses = {"--url": url, "--rest-url": rest_url}
    feed = [part for name, value in addresses.items() if value for part in (name, value)]
    code = start(
        [*feed, venue, *instruments],
        directory,
        config,
        {key: value for key, value in options.items() if value is not None},
        override or [],
        quiet=quiet,
        as_json=as_json,
    )
    raise typer.Exit(code)


@own
def dashboard(
    data: Annotated[
        Path, typer.Option(metavar="FOLDER", help="Where the files of a run are.")
    ] = Path("out"),
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port to listen on.")] = 8050,
    path: Annotated[str, typer.Option(help="The path that a reverse proxy serves it under.")] = "/",
    name: Annotated[
        list[str] | None, typer.Option(help="A further host name that it is asked for by.")
    ] = None,
    store: Annotated[
        Path | None,
        typer.Option(
            metavar="PATH",
            help="Where older bars are; default: where the run keeps its results.",
        ),
    ] = None,
    control: Annotated[
        bool | None,
        typer.Option(help="Let the page steer runs; default: where this machine alone can ask."),
    ] = None,
) -> None:
    """Show the files of a run, past or going on, on a page."""
    from orderflow_app.dashboard.alone import serve_alone

    raise typer.Exit(serve_alone(data, host, port, path, name or [], store, control=control))


@own
def check(
    config: Annotated[Path, typer.Option(metavar="FILE", help="The settings file.")] = Path(
        "settings.toml"
    ),
    override: Override = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Validate a settings file and show who publishes and who gets what; no row is read."""
    from orderflow_app.checking import check_settings

    check_settings(config, override or [], as_json=as_json)


@own
def plugins(
    name: Annotated[
        str | None, typer.Argument(help="Only this plugin or table, with all there is to know.")
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="The settings file; default: settings.toml where there is one."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show the plugins there are, and which tables of the settings use them."""
    from orderflow_app.listing import list_plugins

    list_plugins(name, config, as_json=as_json)


@own
def explain(
    name: Annotated[
        str | None, typer.Argument(help="A plugin or table; default: all measures.")
    ] = None,
) -> None:
    """Print what a measure is: formula, unit, source, limits, a worked example, its settings."""
    from orderflow_app.explaining import explain as print_explained

    print_explained(name)


@own
def new_plugin(
    name: Annotated[str, typer.Argument(help="Its name, such as depth_ratio.")],
    kind: Annotated[Kind, typer.Option(help="What it is.")] = Kind.METRIC,
    package: Annotated[
        bool, typer.Option("--package", help="Make a distribution of its own.")
    ] = False,
    folder: Annotated[
        Path | None,
        typer.Option(help="Where to write; default: my_plugins, or here for a package."),
    ] = None,
) -> None:
    """Write a plugin and its test, ready to run."""
    from orderflow_app.new_plugin import plugin_file, plugin_package

    made = (
        plugin_package(name, folder or Path(), kind)
        if package
        else plugin_file(name, folder or Path("my_plugins"), kind)
    )
    made.write()
    for path in made.files:
        typer.echo(path)
    typer.echo(f"\nIts tests:\n\n{made.test}\n\nIts table in settings.toml:\n\n{made.table}")


def main() -> None:
    """Run the command line; what a user can mend is told without a traceback."""
    streams.secure()
    _spare_the_processor()
    try:
        try:
            app()
        finally:
            sys.stdout.flush()
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(1)
    except Exception as error:
        from orderflow_app.errors import exit_code_of

        code = exit_code_of(error)
        if code is None:
            raise
        sys.exit(code)
    finally:
        gc.freeze()  # which leaves the interpreter nothing to seek when it ends


def _spare_the_processor() -> None:
    """Leave out linear-algebra threads and plugins of Pydantic's, neither of which is used here."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")


if __name__ == "__main__":
    main()
