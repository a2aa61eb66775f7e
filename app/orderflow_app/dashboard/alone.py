"""`orderflow dashboard`: existing files on a page, without a run."""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import NoReturn

from orderflow_app.dashboard.hosts import address, exposure, listen
from orderflow_app.dashboard.settings import checked_name, checked_path
from orderflow_core.errors import SettingsError


def serve_alone(
    data: Path,
    host: str,
    port: int,
    path: str,
    names: Sequence[str],
    store: Path | None,
    *,
    control: bool | None,
) -> int:
    """Serve a data folder until a signal; return the exit code of that.

    Older bars are read from `store`, else from where the run keeps its results. Raises
    SettingsError where nothing can listen there, and for what is no path or name.
    """
    try:
        path = checked_path(path)
    except ValueError as error:
        raise SettingsError(f"--path {path} {error}") from error
    try:
        names = [checked_name(name) for name in names]
    except ValueError as error:
        raise SettingsError(f"--name {error}") from error
    try:
        listener = listen(host, port)
    except OSError as error:
        raise SettingsError(
            f"cannot listen on {host} port {port} ({error.strerror or error}): "
            "choose another --host or --port"
        ) from error
    caught: list[int] = []

    def end(number: int, _: FrameType | None) -> NoReturn:
        caught.append(number)
        sys.exit(128 + number)  # the server takes this for its own end, and returns

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    if warning := exposure(host):
        print(f"WARNING {warning}", file=sys.stderr)
    print(f"dashboard: {address(host, port)} shows {data}; Ctrl-C ends it", file=sys.stderr)
    from orderflow_app.dashboard.server import serve

    serve(listener, data, host, names=names, path=path, store=store, control=control)
    return 128 + caught[0] if caught else 0
