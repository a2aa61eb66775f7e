"""Names of this machine: where the server listens, and what it may be called."""

from __future__ import annotations

import ipaddress
import socket
from urllib.parse import urlsplit


def is_local(host: str) -> bool:
    """Return whether an address to listen on is reached from this machine alone."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def is_own_name(header: str, host: str) -> bool:
    """Return whether a Host header names the server that listens on `host`.

    A foreign name that was made to resolve to this machine is how a page from elsewhere would
    reach it. An address is no such name, and is ours if the server listens to the network.
    """
    try:
        name = (urlsplit(f"//{header}").hostname or "").lower()
    except ValueError:
        return False
    if is_local(name):
        return True
    return not is_local(host) and (
        _is_address(name) or name in (host, socket.gethostname().lower())
    )


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
