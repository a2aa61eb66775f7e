"""Answers in gzip, for browsers that take it."""

from __future__ import annotations

import gzip
from functools import lru_cache

from flask import Flask, Response, request

LEAST_BYTES = 1024
TYPES = ("text/", "application/json", "application/javascript")
QUICK, SMALL = 1, 6  # levels: for what is made anew each time, and for what stays


def compress(server: Flask) -> None:
    """Let a server compress what is text, large enough, and wanted so."""

    @server.after_request
    def answer(response: Response) -> Response:
        if not (response.mimetype or "").startswith(TYPES):
            return response
        response.vary.add("Accept-Encoding")
        if request.accept_encodings["gzip"] <= 0 or response.status_code != 200:
            return response
        response.direct_passthrough = False
        content = response.get_data()
        if len(content) < LEAST_BYTES or response.content_encoding:
            return response
        if response.mimetype == "application/json":
            response.set_data(gzip.compress(content, QUICK))
        else:
            response.set_data(_script(content))
        response.content_encoding = "gzip"
        return response


@lru_cache(maxsize=64)
def _script(content: bytes) -> bytes:
    """Compress what each page asks for again; the largest takes a third of a second."""
    return gzip.compress(content, SMALL)
