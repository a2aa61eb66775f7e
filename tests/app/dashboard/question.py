"""The page's question to the server, as the browser asks it."""

import json
from typing import Any

from flask.testing import FlaskClient

ANSWERED = {
    "answered": "answered.data",
    "update": "update.data",
    "price": "price.children",
    "status": "status.children",
    "notices": "notices.children",
    "depth": "depth.figure",
    "depth_shown": "depth-shown.data",
    "ladder": "ladder.children",
    "instruments": "instrument.data",
    "instrument": "instrument.value",
    "panes": "panes.children",
    "shown": "panes.value",
    "known": "known-panes.data",
}
INPUTS = {"version": "version", "instrument": "instrument", "theme": "theme", "hidden": "hidden"}
STATES = {
    "have": "have",
    "depth_shown": "depth-shown",
    "known": "known-panes",
    "answered": "answered",
}


def body(**told: Any) -> dict[str, Any]:
    """Return the question of a page that has told these."""
    told = {"theme": "dark", "hidden": [], **told}

    def part(name: str, place: str) -> dict[str, Any]:
        kind = "value" if name in ("instrument", "theme") else "data"
        return {"id": place, "property": kind, "value": told.get(name)}

    outputs = [
        dict(zip(("id", "property"), place.split("."), strict=True)) for place in ANSWERED.values()
    ]
    return {
        "output": f"..{'...'.join(ANSWERED.values())}..",
        "outputs": outputs,
        "inputs": [part(*pair) for pair in INPUTS.items()],
        "state": [part(*pair) for pair in STATES.items()],
        "changedPropIds": ["version.data"],
    }


def ask(client: FlaskClient, **told: Any) -> Any:
    """Return what the server would change on the page."""
    answer = client.post(
        "/_dash-update-component", json=body(**told), headers={"Host": "127.0.0.1"}
    )
    assert answer.status_code == 200, answer.text
    return json.loads(answer.text)["response"]
