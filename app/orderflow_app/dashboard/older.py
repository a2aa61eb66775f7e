"""What the page is answered when it asks for bars that are older than those of the files."""

from __future__ import annotations

from bisect import bisect_left
from typing import Annotated, Any, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from orderflow_app.dashboard.figures.lengths import Length, own_bars, with_length
from orderflow_app.dashboard.figures.panes import Columns, panes_of, price_table
from orderflow_app.dashboard.reading.history import History, older, without_rows
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

    They are of the bars that begin between `start` and `end`, `start` later than was asked where
    that is more than is sent at once. From `begins` on there are results, up to `until`; `told`
    says why there are none before, and there is nothing else where none can be read.
    """
    view = reader.view(asked.instrument)
    own = own_bars(view)
    shortest = asked.length or min(each.length for each in own.values())
    around = asked.length or 0  # so that bars at either edge are whole
    start, end = max(asked.start, asked.end - shortest * MOST), asked.end
    try:
        known = history.known(view)
        if start < end:
            found = older(view, known, price_table(view), max(start - around, 0), end + around)
        else:
            found = without_rows(view)
    except InputError as error:
        return {"told": str(error)}
    panes = panes_of(with_length(found, asked.length, own, cut=False))
    first, last = known.covered[0].start, known.covered[-1].end
    return {
        "told": f"The first bar: {known.store.path} has nothing older.",
        "begins": min(each.begin(first, asked.length) for each in own.values()),
        "until": min(each.begin(last, asked.length) for each in own.values()),
        "start": start,
        "end": end,
        "columns": {
            each.looks["key"]: _between(each.columns, start, end)
            for pane in panes
            for each in pane.drawings
        },
    }


def _between(columns: Columns, start: int, end: int) -> Columns:
    """Return the rows of the bars that begin in `[start, end)`."""
    first, last = (bisect_left(columns["x"], time) for time in (start, end))
    return {name: values[first:last] for name, values in columns.items()}
