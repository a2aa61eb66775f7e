"""Whether the run that wrote a report still lives."""

from __future__ import annotations

import json
import os
from pathlib import Path


def living_owner(report: Path) -> int | None:
    """Return the process id of the running run whose report this is, if it is another, alive."""
    try:
        found = json.loads(report.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    running = isinstance(found, dict) and found.get("status") == "running"
    pid = found.get("pid") if running else None
    if type(pid) is not int or pid <= 0 or pid == os.getpid():
        return None
    return pid if _is_alive(pid) else None


def _is_alive(pid: int) -> bool:
    if os.name != "posix":
        return False  # elsewhere signal 0 is no question but an order
    try:
        os.kill(pid, 0)
    except PermissionError:
        return True
    except (ProcessLookupError, OverflowError):
        return False
    return True
