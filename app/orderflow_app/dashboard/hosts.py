"""Names of this machine: where the server listens, and what it may be called."""

from __future__ import annotations

import ipaddress
import logging
import re
import socket
from collections.abc import Collection
from urllib.parse import urlsplit

log = logging.getLogger("orderflow")

MOST_TOLD = 20
_PLAIN = re.compile(r"[a-z0-9._:-]{1,253}")


def is_local(host: str) -> bool:
    """Return whether an address to listen on is reached from this machine alone."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


class Names:
    """The names that a server goes by: those of this machine, and those it was given.

    A foreign name that was made to resolve to this machine is how a page from elsewhere would
    reach it. An address is no such name, and is ours if the server listens to the network.
    """

    def __init__(self, host: str, names: Collection[str] = ()) -> None:
        self._host = host
        self._names = {name.lower() for name in names}
        self._told: set[str] = set()

    def refusal(self, header: str) -> str | None:
        """Return why a request with this Host header is refused, None for one that is not.

        The log is told too, once a name and of `MOST_TOLD` names at most.
        """
        name = _name_in(header)
        if name is not None and self._is_own(name):
            return None
        if name is None or not _PLAIN.fullmatch(name):
            return "this dashboard is served under no such host name"
        told = (
            f"this dashboard is not served under the host name {name}. If that is a name of yours, "
            f'add it to the settings ([dashboard] names = ["{name}"]) or to the command '
            f"(orderflow dashboard --name {name})"
        )
        if name not in self._told and len(self._told) < MOST_TOLD:
            self._told.add(name)
            log.warning("a request was refused: %s", told)
        return told

    def _is_own(self, name: str) -> bool:
        if is_local(name) or name in self._names:
            return True
        return not is_local(self._host) and (
            _is_address(name) or name in (self._host.lower(), socket.gethostname().lower())
        )


def _name_in(header: str) -> str | None:
    """Return the name of a Host header without its port, None where there is none."""
    try:
        return (urlsplit(f"//{header}").hostname or "").lower()
    except ValueError:
        return None


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def address(host: str, port: int) -> str:
    """Return what to type into a browser on this machine."""
    if host in ("0.0.0.0", "::"):
        host = "127.0.0.1"
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def exposure(host: str) -> str | None:
    """Return what listening on an address exposes, None for one of this machine alone."""
    if is_local(host):
        return None
    return (
        f"the dashboard listens on {host}: everyone who reaches this machine over the network "
        "can see its files; there is no password"
    )


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens; raises OSError where that cannot be."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
    except UnicodeError as error:
        raise OSError("it is no name or address of a host") from error
    return socket.create_server((host, port), family=family)
