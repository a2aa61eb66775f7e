"""A store at a path, by the package that brings its format."""

from __future__ import annotations

from importlib.metadata import entry_points
from pathlib import Path

from orderflow_core.errors import InputError
from orderflow_core.store.reading import Store
from orderflow_core.words import error_text

GROUP = "orderflow.stores"


def open_store(path: Path | str) -> Store:
    """Return the store at a path, by whichever installed format finds itself there.

    Raises InputError where none does, and where it cannot be looked for.
    """
    path = Path(path)
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name):
        try:
            reader: type[Store] = entry.load()
        except Exception as error:  # an import may raise whatever it likes
            raise InputError(
                f"the store {entry.name!r} ({entry.value}) does not import: {error_text(error)}"
            ) from error
        try:
            finds = reader.finds(path)
        except OSError as error:
            raise InputError(f"{path} cannot be read: {error.strerror or error}") from error
        if finds:
            return reader(path)
    raise InputError(
        f"there is no store at {path}: a run with [plugins.parquet] or [plugins.table] writes one"
    )
