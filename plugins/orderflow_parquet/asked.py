"""A store of which results of certain settings may be asked."""

from __future__ import annotations

from pathlib import Path

from orderflow_core import SettingsError
from orderflow_core.store import Store, open_store


def open_asked(path: Path, settings: str | None) -> Store:
    """Return the store at a path; raises SettingsError where it has nothing of these settings."""
    store = open_store(path)
    if settings is None:
        return store
    known = {each for name in store.instruments() for each in store.settings(name)}
    if settings not in known:
        raise SettingsError(
            f"--settings {settings!r}: {path} has results of {', '.join(sorted(known)) or 'none'}"
        )
    return store
