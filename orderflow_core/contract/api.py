"""What orderflow is called as a distribution, and which API of plugins it has."""

from __future__ import annotations

from functools import cache
from importlib.metadata import EntryPoint, version

DISTRIBUTION = "orderflow-bus"
API = 1
"""Goes up when a plugin that is written for the one before may no longer work."""

GROUP = "orderflow.api"


@cache
def own_version() -> str:
    """Return the version of orderflow."""
    return version(DISTRIBUTION)


def unfit(entry: EntryPoint) -> str | None:
    """Return why the plugin of an entry point does not fit, None where it does.

    Its distribution names the APIs that it is written for as entry points of `GROUP`; one that
    names none is taken to fit.
    """
    if entry.dist is None or entry.dist.name == DISTRIBUTION:
        return None
    named = sorted({mark.name for mark in entry.dist.entry_points.select(group=GROUP)})
    if not named or str(API) in named:
        return None
    return f"it is written for API {' and '.join(named)} of plugins, and this orderflow has {API}"
