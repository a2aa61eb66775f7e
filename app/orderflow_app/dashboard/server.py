"""The server: what may be asked of it, and by whom."""

from __future__ import annotations

import json
import logging
import socket
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import waitress
from dash import Dash
from flask import Flask, Response, abort, request
from pydantic import ValidationError
from werkzeug.exceptions import HTTPException

from orderflow_app.dashboard.answer import Question, answer
from orderflow_app.dashboard.callbacks import register
from orderflow_app.dashboard.compression import compress
from orderflow_app.dashboard.hosts import Names, is_local
from orderflow_app.dashboard.older import Page, older_bars
from orderflow_app.dashboard.older_flow import OlderFlow, Stretch
from orderflow_app.dashboard.page import page
from orderflow_app.dashboard.reading.history import History
from orderflow_app.dashboard.reading.places import Places
from orderflow_app.dashboard.reading.reader import Reader
from orderflow_app.dashboard.replay import Asked, Replay, SteeringError, is_own_origin

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = logging.getLogger(__name__)

LARGEST_REQUEST = 64 * 1024
MOST_CONNECTIONS = 500  # below the 1,024 files that a process may have open by default
IDLE_SECONDS = 10  # the page asks each 400 ms, and opens another connection where it must
# Nothing is loaded from or sent to another host; the page's own libraries need the rest.
POLICY = (
    "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
UPDATE, OLDER, OLDER_FLOW, CONTROL = "/update", "/older", "/older-flow", "/control"
PLAIN = "text/plain"
_PATHS = ("/_dash-component-suites/", "/_favicon.ico", "/assets/")
_PAGES = ("/", "/_dash-layout", "/_dash-dependencies", UPDATE, OLDER, OLDER_FLOW, CONTROL)

_INDEX = """<!DOCTYPE html>
<html lang="en">
    <head>
        {%metas%}
        <title>{%title%}</title>
        {%favicon%}
        {%css%}
    </head>
    <body>
        {%app_entry%}
        <footer>
            {%config%}
            {%scripts%}
            {%renderer%}
        </footer>
    </body>
</html>"""


def make_server(
    data: Path | str,
    host: str,
    *,
    names: Collection[str] = (),
    path: str = "/",
    store: Path | None = None,
    control: bool | None = None,
) -> Flask:
    """Return the application that shows a data folder to whoever asks for `host`.

    Behind a reverse proxy it goes by `names` too, and under `path`, which the proxy may keep or
    take away. Older bars are read from `store`, else from where the run keeps its results. With
    `control` its page steers runs; left open, where this machine alone is served.
    """
    places = Places(data)
    reader, history = Reader(places), History(store)
    flow = OlderFlow(reader, history)
    steered = is_local(host) and not names and path == "/" if control is None else control
    app = Dash(
        "orderflow_app.dashboard",
        title="orderflow",
        update_title="",
        enable_mcp=False,
        requests_pathname_prefix=path,
        routes_pathname_prefix="/",
        index_string=_INDEX,
    )
    app.layout = page
    register(app)
    server: Flask = app.server
    server.config["MAX_CONTENT_LENGTH"] = LARGEST_REQUEST
    if path != "/":
        vars(server)["wsgi_app"] = _under(path, server.wsgi_app)
    _guard(server, Names(host, names))
    compress(server)

    @server.post(UPDATE)
    def update() -> Response:
        try:
            asked = Question.model_validate_json(request.get_data())
        except ValidationError:
            abort(400)
        told = answer(reader, asked, steered=steered)
        return Response(json.dumps(told), mimetype="application/json")

    @server.post(OLDER)
    def older() -> Response:
        try:
            asked = Page.model_validate_json(request.get_data())
        except ValidationError:
            abort(400)
        return Response(json.dumps(older_bars(reader, history, asked)), mimetype="application/json")

    @server.post(OLDER_FLOW)
    def older_cells() -> Response:
        try:
            asked = Stretch.model_validate_json(request.get_data())
        except ValidationError:
            abort(400)
        return Response(json.dumps(flow.answer(asked)), mimetype="application/json")

    if steered:
        _take_control(server, Replay(places, reader))
    return server


def serve(
    listener: socket.socket,
    data: Path | str,
    host: str,
    *,
    names: Collection[str] = (),
    path: str = "/",
    store: Path | None = None,
    control: bool | None = None,
) -> None:
    """Answer requests on a listening socket until the process ends."""
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # a browser opens several at once
    waitress.serve(
        make_server(data, host, names=names, path=path, store=store, control=control),
        sockets=[listener],
        threads=4,
        connection_limit=MOST_CONNECTIONS,
        channel_timeout=IDLE_SECONDS,
        cleanup_interval=IDLE_SECONDS // 2,
        ident=None,
        max_request_body_size=LARGEST_REQUEST,
        _quiet=True,
    )


def _under(path: str, application: WSGIApplication) -> WSGIApplication:
    """Let an application answer under a path as well, and not know of it."""

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        asked = environ["PATH_INFO"]
        if f"{asked}/" == path:
            start_response("308 Permanent Redirect", [("Location", path)])
            return []
        if asked.startswith(path):
            environ = {**environ, "PATH_INFO": asked[len(path) - 1 :]}
        return application(environ, start_response)

    return answer


def _take_control(server: Flask, replay: Replay) -> None:
    """Let the page ask something of the runs; no other page may."""

    @server.post(CONTROL)
    def ask() -> Response:
        if not is_own_origin(request.headers.get("Origin"), request.headers["Host"]):
            return Response("403 the page of this server alone may ask\n", 403, mimetype=PLAIN)
        try:
            replay.ask(Asked.model_validate_json(request.get_data()))
        except ValidationError:
            abort(400)
        except SteeringError as reason:
            return Response(f"{reason}\n", 409, mimetype=PLAIN)
        return Response(status=204)


def _guard(server: Flask, names: Names) -> None:
    """Refuse foreign hosts and unknown paths; add the headers that keep the page to itself."""

    @server.before_request
    def refuse_what_is_not_ours() -> Response | None:
        if told := names.refusal(request.headers.get("Host", "")):
            return Response(f"421 Misdirected Request: {told}\n", 421, mimetype=PLAIN)
        if request.path not in _PAGES and not request.path.startswith(_PATHS):
            abort(404)
        return None

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
        level = logging.ERROR if request.path in (UPDATE, OLDER, OLDER_FLOW) else logging.INFO
        log.log(level, "no answer to a request for %s", request.path, exc_info=error)
        return "400 the request was not understood\n", 400
