"""What orderflow is called as a distribution, and which API of plugins it has."""

from __future__ import annotations

from functools import cache
from importlib.metadata import Distribution, EntryPoint, version

DISTRIBUTION = "orderflow-bus"
API = 1
"""Goes up when a plugin that is written for the one before may no longer work."""

GROUP = "orderflow.api"


@cache
def own_version() -> str:
    """Return the version of orderflow."""
    return version(DISTRIBUTION)


@cache
def name_and_version(distribution: Distribution) -> tuple[str, str]:
    """Return name and version of a distribution, which it reads out of a file when asked for."""
    told = distribution.metadata
    return told["Name"], told["Version"]


def unfit(entry: EntryPoint) -> str | None:
    """Return why the plugin of an entry point does not fit, None where it does.

    Its distribution names the APIs that it is written for as entry points of `GROUP`; one that
    names none is taken to fit.
    """
    if entry.dist is None or name_and_version(entry.dist)[0] == DISTRIBUTION:
        return None
    marks = sorted({mark.name for mark in entry.dist.entry_points.select(group=GROUP)})
    if not marks or str(API) in marks:
        return None
    return f"it is written for API {' and '.join(marks)} of plugins, and this orderflow has {API}"
