"""The page's question to the server, as the browser asks it."""

from collections.abc import Mapping
from typing import Any

from flask.testing import FlaskClient

UPDATE = "/update"


def ask(client: FlaskClient, **told: Any) -> Any:
    """Return what the server would change on a page that has told these."""
    answer = client.post(UPDATE, json=told, headers={"Host": "127.0.0.1"})
    assert answer.status_code == 200, answer.text
    return answer.json


def told_after(answer: Any, before: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return what the page tells after an answer that it has shown, and what it told before."""
    return {
        "instrument": answer["parts"]["instrument"]["value"],
        "version": answer["version"],
        "tokens": answer["tokens"],
        "have": answer["chart"]["have"],
        "flow": flow_after(answer["flow"], (before or {}).get("flow") or {}),
    }


def flow_after(flow: Any, before: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what the page has of cells and trades after an answer."""
    if flow is None:
        return before
    parts = {name: flow[name] for name in ("cells", "trades") if flow[name]}
    extents = {name: [part["epoch"], *part["extent"]] for name, part in parts.items()}
    growing = {name: [each["timestamp"], each["known_at"]] for name, each in flow["open"].items()}
    return {**before, "run": flow["run"], **extents, "open": {**before.get("open", {}), **growing}}
