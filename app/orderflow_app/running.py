"""One `orderflow run`: settings to pipelines to exit code."""

from __future__ import annotations

import json
import logging
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, redirect_stdout
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

import typer

from orderflow_app.dashboard.launch import screen_beside
from orderflow_app.dashboard.settings import TABLES
from orderflow_core.running.instrument import InstrumentRun
from orderflow_core.running.loop import Interrupt, prepare, run
from orderflow_core.settings.layers import Key, parse_override
from orderflow_core.settings.reading import Settings, load
from orderflow_core.words import printable

if TYPE_CHECKING:
    from rich.console import Console

    from orderflow_app.summary import Ran

log = logging.getLogger("orderflow")


def run_settings(
    config: Path | Mapping[str, Any],
    options: Mapping[Key, Any],
    overrides: Sequence[str],
    *,
    quiet: bool,
    as_json: bool,
    serve: bool | None = None,
    resume: bool = False,
    beside: Callable[[], AbstractContextManager[Interrupt]] = lambda: nullcontext(Interrupt()),
) -> int:
    """Run the settings file with the command line's options; return the exit code.

    With `serve` the dashboard stays up after the run; None leaves that to the settings. With
    `resume` the units are left out that are done and unchanged. `beside` is entered once the
    settings are known to be right, and gives what asks the run to stop.
    Raises OrderflowError for what is wrong before the run.
    """
    terminal = _terminal()
    told = _log_to(terminal)
    values = {**options, **dict(map(parse_override, overrides))}
    # With --json the standard output is for the reports alone, whatever a plugin prints; and it is
    # the same one after the run, whatever a plugin has put in its place.
    output = redirect_stdout(sys.stderr if as_json else sys.stdout)
    with output:
        settings = load(config, values, TABLES)
        told.hide = settings.without_secrets
    with beside() as interrupt:
        with output:
            pipelines = prepare(settings)
            by_units = _by_units(settings, pipelines, resume=resume)
        with _signals(interrupt), screen_beside(settings) as screen:
            if screen and not quiet:
                typer.echo(f"dashboard: {screen.url}", err=True)
            ran: Sequence[Ran] = pipelines
            with output:
                if by_units:
                    ran = by_units(terminal, interrupt, quiet)
                else:
                    with _progress(terminal, shown=not quiet) as watch:
                        run(pipelines, settings.stream.speed, watch, interrupt)
            _show(ran, quiet=quiet, as_json=as_json)
            if screen and _stays(settings, serve) and interrupt.signal is None:
                typer.echo(f"{screen.url} stays up until Ctrl-C", err=True)
                screen.wait(lambda: interrupt.signal is not None)
    _warn_of_threads()
    return next((code for each in ran if (code := each.exit_code)), 0)


def _by_units(
    settings: Settings, runs: Sequence[InstrumentRun], *, resume: bool
) -> Callable[[Console | None, Interrupt, bool], Sequence[Ran]] | None:
    """Return what runs the units of the settings by their engine, None where they have none."""
    if settings.engine is None and not resume:
        return None
    from orderflow_core.engine.choosing import engine_of
    from orderflow_core.engine.driving import run_units
    from orderflow_core.engine.units import plan_of

    with settings.hiding():
        engine = engine_of(settings, runs, resume=resume)
    if engine is None:
        return None
    plan = plan_of(settings, runs)

    def by_units(terminal: Console | None, interrupt: Interrupt, quiet: bool) -> Sequence[Ran]:
        with _progress(terminal, of_units=True, shown=not quiet) as watch:
            return run_units(settings, runs, plan, engine, watch, interrupt, resume=resume)

    return by_units


def _terminal() -> Console | None:
    """Return the terminal that errors go to; None for a file, as Rich takes 0.03 s to import."""
    if not sys.stderr.isatty():
        return None
    from rich.console import Console

    return Console(stderr=True, emoji=False)


def _progress(
    terminal: Console | None, *, of_units: bool = False, shown: bool
) -> AbstractContextManager[Callable[[Any], None]]:
    """Give what shows a report, or how far the units are; without a terminal it shows nothing."""
    if terminal is None:
        return nullcontext(lambda told: None)
    from orderflow_app.progress import progress, unit_progress

    return (unit_progress if of_units else progress)(terminal, shown=shown)


def _show(pipelines: Sequence[Ran], *, quiet: bool, as_json: bool) -> None:
    if as_json:
        reports = [pipeline.report.to_dict() for pipeline in pipelines]
        print(json.dumps(reports, allow_nan=False), flush=True)
    elif not quiet:
        from rich.console import Console

        from orderflow_app.summary import show_summary

        console = Console(emoji=False)
        for pipeline in pipelines:
            show_summary(console, pipeline)


def _stays(settings: Settings, serve: bool | None) -> bool:
    """Return whether the dashboard outlives the run: as was asked for, else on a terminal."""
    asked = (serve, getattr(settings.tables.get("dashboard"), "serve", None))
    return next((each for each in asked if each is not None), sys.stdout.isatty())


def _warn_of_threads() -> None:
    """Tell of threads that plugins have left and that keep the process from ending."""
    for thread in threading.enumerate():
        if not thread.daemon and thread is not threading.main_thread():
            log.warning(
                "the thread %r of a plugin still runs, and the command ends when it does: a plugin "
                "ends its threads in on_finish, or makes them daemons",
                thread.name,
            )


def _log_to(console: Console | None) -> _Told:
    """Log to stderr, warnings and errors only, beside the progress where there is one.

    Return what every record passes.
    """
    handler: logging.Handler
    if console is not None and console.is_terminal:
        from rich.logging import RichHandler

        handler = RichHandler(console=console, show_path=False, show_time=False, markup=False)
        handler.setFormatter(logging.Formatter("%(message)s"))  # it shows the level itself
    else:
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
    handler.setLevel(logging.WARNING)
    told = _Told()
    handler.addFilter(told)
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    return told


class _Told(logging.Filter):
    """Lets no name out of a file or a recording command the terminal, and hides secrets."""

    hide: Callable[[str], str] = staticmethod(str)

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = printable(self.hide(record.getMessage())), None
        if record.exc_info and not record.exc_text:
            traceback = logging.Formatter().formatException(record.exc_info)
            record.exc_text = printable(self.hide(traceback))
        return True


@contextmanager
def _signals(interrupt: Interrupt) -> Iterator[None]:
    """Let signals end the run cleanly; a second one ends it at once."""

    def ask_to_stop(number: int, _: FrameType | None) -> None:
        if interrupt.signal is not None:
            raise KeyboardInterrupt
        interrupt.signal = number

    before = {number: signal.signal(number, ask_to_stop) for number in _stopping()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _stopping() -> Iterator[signal.Signals]:
    """Yield the signals that end a run, that of a terminal's end where `nohup` does not forbid."""
    yield from (signal.SIGINT, signal.SIGTERM)
    if sys.platform != "win32" and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        yield signal.SIGHUP
