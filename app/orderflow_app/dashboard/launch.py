"""The dashboard beside a run: a process of its own that ends with the run's."""

from __future__ import annotations

import logging
import os
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

from orderflow_app.dashboard.hosts import address, exposure, listen
from orderflow_app.dashboard.settings import DashboardSettings
from orderflow_core.settings.reading import Settings

log = logging.getLogger("orderflow")


class Screen:
    """A dashboard that shows the files of a run while the run goes on."""

    def __init__(self, listener: socket.socket, data: Path, settings: DashboardSettings) -> None:
        import multiprocessing  # which a run without a dashboard does not need

        self.url = address(settings.host, settings.port)
        self._process = multiprocessing.get_context("spawn").Process(
            target=_show, args=(listener, str(data), settings), daemon=True
        )
        with _no_interrupt():
            self._process.start()
        listener.close()

    def wait(self, stopped: Callable[[], bool]) -> None:
        """Return when `stopped` is true, or the dashboard has ended by itself."""
        while not stopped() and self._process.is_alive():
            self._process.join(0.1)

    def close(self) -> None:
        """End the dashboard; one that has ended before, and was not asked to, is told of."""
        if self._process.exitcode not in (None, -signal.SIGTERM):
            log.warning("the dashboard ended by itself, with code %s", self._process.exitcode)
        self._process.terminate()
        self._process.join()


@contextmanager
def screen_beside(settings: Settings) -> Iterator[Screen | None]:
    """Show the files of a run if its settings have a dashboard; give None where there is none."""
    screen = _start(settings)
    try:
        yield screen
    finally:
        if screen:
            screen.close()


def _start(settings: Settings) -> Screen | None:
    """Start the dashboard; where it cannot be, the run goes on, and the reason is told."""
    dashboard = settings.tables.get("dashboard")
    if not isinstance(dashboard, DashboardSettings) or not dashboard.enabled:
        return None
    data = _data_folder(settings)
    if data is None:
        log.warning("no table writes files, as [plugins.json] does: there is no dashboard")
        return None
    try:
        listener = listen(dashboard.host, dashboard.port)
    except OSError as error:
        other = dashboard.port + 1 if dashboard.port < 65535 else dashboard.port - 1
        log.warning(
            "the dashboard cannot listen on %s port %s (%s), and the run goes on without. "
            "To see its files: orderflow dashboard --data '%s' --port %s",
            dashboard.host,
            dashboard.port,
            error.strerror or error,
            data,
            other,
        )
        return None
    if warning := exposure(dashboard.host):
        log.warning(warning)
    return Screen(listener, data, dashboard)


def _data_folder(settings: Settings) -> Path | None:
    """Return where the files will be: the `directory` of the first table of the sink `json`.

    Where there is none, of the first table that has one: it may be a sink like it.
    """
    tables = sorted(settings.plugins, key=lambda table: table.found.use != "json")
    found = (getattr(table.settings, "directory", None) for table in tables)
    return next((Path(folder) for folder in found if folder is not None), None)


@contextmanager
def _no_interrupt() -> Iterator[None]:
    """Let a process that is started here ignore the terminal's Ctrl-C: the run ends it."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _show(listener: socket.socket, data: str, settings: DashboardSettings) -> None:
    """Serve until the run's process is gone."""
    from orderflow_app.dashboard.server import serve

    Thread(target=_end_with_the_run, daemon=True).start()
    serve(
        listener,
        data,
        settings.host,
        names=settings.names,
        path=settings.path,
        store=settings.store,
        control=settings.control,
    )


def _end_with_the_run() -> None:
    import multiprocessing

    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(0)
