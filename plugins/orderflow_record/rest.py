"""One question by REST."""

from __future__ import annotations

from http.client import HTTPException
from urllib.error import HTTPError
from urllib.request import Request, urlopen

TIMEOUT = 10.0
FAILURES = (OSError, HTTPException, ValueError)
"""What `ask` raises where there is no answer."""


def ask(address: str) -> bytes:
    """Return the answer of an http or https address."""
    request = Request(address, headers={"User-Agent": "orderflow"})
    try:
        with urlopen(request, timeout=TIMEOUT) as answer:
            content: bytes = answer.read()
    except HTTPError as error:
        error.close()  # it is an answer too, and would stay open
        raise
    return content
