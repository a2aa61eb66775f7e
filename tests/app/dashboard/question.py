"""The page's question to the server, as the browser asks it."""

from typing import Any

from flask.testing import FlaskClient

UPDATE = "/update"


def ask(client: FlaskClient, **told: Any) -> Any:
    """Return what the server would change on a page that has told these."""
    answer = client.post(UPDATE, json=told, headers={"Host": "127.0.0.1"})
    assert answer.status_code == 200, answer.text
    return answer.json


def told_after(answer: Any) -> dict[str, Any]:
    """Return what the page tells after an answer that it has shown."""
    return {
        "instrument": answer["parts"]["instrument"]["value"],
        "version": answer["version"],
        "tokens": answer["tokens"],
        "have": answer["chart"]["have"],
    }
