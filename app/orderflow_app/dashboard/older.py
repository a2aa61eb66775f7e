"""What the page is answered when it asks for bars that are older than those of the files."""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from orderflow_app.dashboard.figures.lengths import Length, own_bars, with_length
from orderflow_app.dashboard.figures.panes import panes_of, price_table
from orderflow_app.dashboard.reading.history import History, older
from orderflow_app.dashboard.reading.reader import Reader
from orderflow_core.contract.files import END_OF_TIME
from orderflow_core.errors import InputError

MOST = 10_000
"""How many bars of a series are sent at once."""
Time: TypeAlias = Annotated[int, Field(ge=0, lt=END_OF_TIME)]


class Page(BaseModel):
    """A stretch of time `[start, end)` of one instrument, in ms; bars of `length`, if any."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    instrument: str
    start: Time
    end: Time
    length: Length | None = None


def older_bars(reader: Reader, history: History, asked: Page) -> dict[str, Any]:
    """Return the columns of each series by its key, and how far the store goes.

    It is of what is between `start` and `end`, which are those that were asked for, moved to where
    bars begin, `end` first. From `begins` on there are results, up to `until`; `told` says why
    there are none before, and there is nothing else where none can be read.
    """
    view = reader.view(asked.instrument)
    own = own_bars(view)
    lengths = [asked.length] if asked.length else [each.length for each in own.values()]
    step = asked.length or 1
    end = -(-asked.end // step) * step
    start = max(asked.start // step * step, end - min(lengths) * MOST)
    try:
        known = history.known(view)
        found = older(view, known, price_table(view), start, max(start, end))
    except InputError as error:
        return {"told": str(error)}
    longest = max(lengths)
    panes = panes_of(with_length(found, asked.length, own, cut=False))
    return {
        "told": f"The first bar: {known.store.path} has nothing older.",
        "begins": known.covered[0].start // longest * longest,
        "until": known.covered[-1].end // longest * longest,
        "start": start,
        "end": end,
        "columns": {each.looks["key"]: each.columns for pane in panes for each in pane.drawings},
    }
