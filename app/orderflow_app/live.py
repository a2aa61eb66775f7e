"""One `orderflow live`: a recorder in a process of its own, and a run that follows it."""

from __future__ import annotations

import json
import logging
import multiprocessing
import os
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Thread
from time import monotonic
from typing import Any

from orderflow_app.running import run_settings
from orderflow_core.errors import InputError, OrderflowError, OutputError, SettingsError
from orderflow_core.running.loop import Interrupt
from orderflow_core.settings.layers import Key

log = logging.getLogger("orderflow")

PATIENCE = 30.0
"""How many seconds a host may take until it is reached."""
PLUGINS: Mapping[str, Mapping[str, Any]] = {
    "book": {"levels": 50},
    "ohlc": {},
    "obi": {},
    "cvd": {},
    "heatmap": {"window_seconds": 10},
    "footprint": {"ticks": 10, "stack": 5},
    "profile": {"ticks": 10},
    "parquet": {"directory": "store"},
    "json": {"directory": "out/{instrument}", "trades": True},
}
"""What runs where no settings file says it: the tables of the one that comes with orderflow."""
_ERRORS: Mapping[int, type[OrderflowError]] = {2: SettingsError, 3: InputError, 4: OutputError}


def live(
    feed: Sequence[str],
    directory: Path,
    config: Path | None,
    options: Mapping[Key, Any],
    overrides: Sequence[str],
    *,
    quiet: bool,
    as_json: bool,
) -> int:
    """Record a feed and run over it as it comes, until a signal; return the exit code.

    `feed` has the arguments of the command `record` that say what is recorded. Raises InputError
    where its host is not reached, and what has ended the recorder where nobody asked for that.
    """
    source = {"use": "sqlite", "path": str(directory), "follow": True, "speed": "max"}
    settings = config or {"plugins": PLUGINS, "dashboard": {}}
    return run_settings(
        settings,
        {**{("source", key): value for key, value in source.items()}, **options},
        overrides,
        quiet=quiet,
        as_json=as_json,
        serve=False,
        beside=lambda: recorder(directory, feed),
    )


@contextmanager
def recorder(directory: Path, feed: Sequence[str]) -> Iterator[Interrupt]:
    """Give what asks a run to stop, beside a recorder that has reached its host."""
    running = Recorder(directory, feed)
    try:
        running.wait()
        yield running
        running.check()
        running.tell_end()
    finally:
        running.close()


class Recorder(Interrupt):
    """The command `record` in a process of its own.

    A signal ends the recorder first: the run is asked to stop once all has been written, so that it
    reads to the end. A second one ends everything at once.
    """

    def __init__(self, directory: Path, feed: Sequence[str]) -> None:
        self._status = directory / "record.json"
        self._asked: int | None = None
        reader, writer = multiprocessing.Pipe(duplex=False)
        self._process = multiprocessing.get_context("spawn").Process(
            target=_record, args=(writer, [*feed, "--directory", str(directory)]), daemon=True
        )
        self._process.start()
        writer.close()
        self._telling = Thread(target=_tell, args=(reader,), daemon=True)
        self._telling.start()

    @property
    def signal(self) -> int | None:
        """The signal that ends the run, None while the recorder goes on."""
        return None if self._process.is_alive() else self._asked or signal.SIGTERM

    @signal.setter
    def signal(self, number: int | None) -> None:
        if self._asked is not None:
            raise KeyboardInterrupt
        self._asked = number
        self._process.terminate()

    def wait(self) -> None:
        """Return when the connection stands; raises InputError where it does not in time."""
        end: float | None = None
        while not (feed := self._feed()).get("connected"):
            self.check()
            if feed:
                end = end or monotonic() + PATIENCE  # not before the recorder has begun
                if monotonic() > end:
                    told = f"{feed['host']} was not reached in {PATIENCE:g} s"
                    raise InputError(f"{told}: {feed['failure'] or 'no answer'}")
            self._process.join(0.1)

    def check(self) -> None:
        """Raise what has ended the recorder, where nobody asked for that."""
        code = self._process.exitcode
        if code is not None and self._asked is None:
            error = _ERRORS.get(code, OrderflowError)
            raise error(f"the recorder ended by itself, with code {code}, and all else with it")

    def tell_end(self) -> None:
        """Say that it ends with a run that nobody has asked to stop."""
        if self._asked is None:
            log.warning("the run has ended by itself, and the recorder ends with it")

    def close(self) -> None:
        """End the recorder, and tell what it still has to say."""
        self._process.terminate()
        self._process.join()
        self._telling.join(1.0)

    def _feed(self) -> dict[str, Any]:
        """Return what the recorder says of its connection; nothing before it does."""
        try:
            told = json.loads(self._status.read_bytes())
        except FileNotFoundError:
            return {}
        feed: dict[str, Any] = told["feeds"][0] if told["pid"] == self._process.pid else {}
        return feed


def _tell(reader: Connection) -> None:
    """Log what the recorder says, a line each, beside the progress of the run."""
    with open(reader.fileno(), encoding="utf-8", errors="replace", closefd=False) as lines:
        for line in lines:
            log.warning("recorder: %s", line.rstrip())


def _record(errors: Connection, arguments: Sequence[str]) -> None:
    """Be the command `record` until a signal ends it, or the run's process is gone."""
    from orderflow_app.cli import main

    os.setpgrp()  # Ctrl-C is for the run, which ends this
    os.dup2(errors.fileno(), sys.stderr.fileno())
    Thread(target=_end_with_the_run, daemon=True).start()
    sys.argv = ["orderflow", "record", *arguments]
    main()


def _end_with_the_run() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)
