"""The server: what may be asked of it, and by whom."""

from __future__ import annotations

import logging
import socket
from pathlib import Path

import waitress
from dash import Dash
from flask import Flask, Response, abort, request
from werkzeug.exceptions import HTTPException

from orderflow_app.dashboard.callbacks import register
from orderflow_app.dashboard.hosts import is_own_name
from orderflow_app.dashboard.page import page
from orderflow_app.dashboard.reading.places import Places
from orderflow_app.dashboard.reading.reader import Reader

log = logging.getLogger(__name__)

LARGEST_REQUEST = 64 * 1024
MOST_CONNECTIONS = 500  # below the 1,024 files that a process may have open by default
IDLE_SECONDS = 10  # the page asks twice a second, and opens another connection where it must
# Nothing is loaded from or sent to another host; the page's own libraries need the rest.
POLICY = (
    "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
CALLBACK = "/_dash-update-component"
_PATHS = ("/_dash", "/_favicon.ico", "/_reload-hash", "/assets/", "/version")


def make_server(data: Path | str, host: str) -> Flask:
    """Return the application that shows a data folder to whoever asks for `host`."""
    reader = Reader(Places(data))
    app = Dash("orderflow_app.dashboard", title="orderflow", update_title="", enable_mcp=False)
    app.layout = page
    register(app, reader)
    server: Flask = app.server
    server.config["MAX_CONTENT_LENGTH"] = LARGEST_REQUEST
    _guard(server, host)

    @server.get("/version")
    def version() -> Response:
        return Response(reader.version(request.args.get("instrument", "")), mimetype="text/plain")

    return server


def serve(listener: socket.socket, data: Path | str, host: str) -> None:
    """Answer requests on a listening socket until the process ends."""
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # a browser opens several at once
    waitress.serve(
        make_server(data, host),
        sockets=[listener],
        threads=4,
        connection_limit=MOST_CONNECTIONS,
        channel_timeout=IDLE_SECONDS,
        cleanup_interval=IDLE_SECONDS // 2,
        ident=None,
        max_request_body_size=LARGEST_REQUEST,
        _quiet=True,
    )


def _guard(server: Flask, host: str) -> None:
    """Refuse foreign hosts and unknown paths; add the headers that keep the page to itself."""

    @server.before_request
    def refuse_what_is_not_ours() -> None:
        if not is_own_name(request.headers.get("Host", ""), host):
            abort(421, "this dashboard is not served under that host name")
        if request.path != "/" and not request.path.startswith(_PATHS):
            abort(404)
        if request.path == CALLBACK and request.method == "POST" and not _is_question():
            abort(400)

    @server.after_request
    def add_headers(response: Response) -> Response:
        response.headers["X-Content-Type-Options"] = "nosniff"
        if response.mimetype == "text/html":
            response.headers["Content-Security-Policy"] = POLICY
            response.headers["Referrer-Policy"] = "no-referrer"
        return response

    @server.errorhandler(Exception)
    def tell_without_traceback(error: Exception) -> tuple[str, int]:
        if isinstance(error, HTTPException):
            return f"{error.code} {error.name}\n", error.code or 400
        level = logging.ERROR if request.path == CALLBACK else logging.INFO
        log.log(level, "no answer to a request for %s", request.path, exc_info=error)
        return "400 the request was not understood\n", 400


def _is_question() -> bool:
    """Return whether the page could have asked this."""
    asked = request.get_json(silent=True)
    return isinstance(asked, dict) and asked.keys() >= {"output", "inputs", "state"}
