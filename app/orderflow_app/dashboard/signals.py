"""What a browser is sent of signals: all once, then those that are new."""

from __future__ import annotations

from typing import Any

from orderflow_app.dashboard.reading.reader import View
from orderflow_app.dashboard.updates import token


def signals_update(view: View, have: str | None) -> dict[str, Any] | None:
    """Return the signals after the last one that a browser has, None where it has them all.

    `have` is what the answer before said; where that is of another run, or too long ago, all come
    as a `whole`, in the place of those before.
    """
    run = f"{view.instrument} {view.run.started_at if view.run else ''}"
    rows = [signal.model_dump() for signal in view.signals]
    last = f"{run} {token(rows[-1])}" if rows else run
    if have == last:
        return None
    for count in range(1, len(rows) + 1):
        if f"{run} {token(rows[-count])}" == have:
            return {"have": last, "whole": False, "rows": rows[len(rows) - count + 1 :]}
    return {"have": last, "whole": True, "rows": rows}
