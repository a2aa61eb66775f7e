"""The kinds of plugins that `orderflow new-plugin` writes."""

from enum import StrEnum


class Kind(StrEnum):
    """What a new plugin is."""

    METRIC = "metric"
    PLUGIN = "plugin"
    SINK = "sink"
    SOURCE = "source"
