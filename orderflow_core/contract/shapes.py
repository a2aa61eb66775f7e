"""The shape of each file, for who reads it; a writer only needs to know `files`.

Timestamps are ms since the epoch, UTC. A value that is not there is null.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated, Any, Literal, TypeAlias, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    model_validator,
)

from orderflow_core.contract.files import SCHEMA, Finite, Timestamp
from orderflow_core.contract.report import Report
from orderflow_core.contract.series import COLOR, BarStyle, CellStyle

Rows = TypeVar("Rows", bound=Sequence[Any])


def _in_order(rows: Rows) -> Rows:
    """Raise ValueError unless the rows are in the order of their times; several may be of one."""
    if any(before[0] > after[0] for before, after in pairwise(rows)):
        raise ValueError("the times of the rows do not ascend")
    return rows


Color: TypeAlias = Annotated[str, Field(pattern=f"^{COLOR}$")]
Number: TypeAlias = Finite | None
Price: TypeAlias = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Size: TypeAlias = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Level: TypeAlias = tuple[Price, Size]

Bar: TypeAlias = tuple[Timestamp, Number, Number, Number, Number, Number]
"""Timestamp, open, high, low, close, volume."""
Row: TypeAlias = tuple[Timestamp, Number, Number, Number, Number]
"""Timestamp, open, high, low, close."""
MetricRow: TypeAlias = tuple[
    Timestamp, Number, Number, Number, Number, Number, Number, Number, Number
]
"""Timestamp, then open, high, low, close of the imbalance and of the total depth."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, allow_inf_nan=False)


class Depth(_Part):
    """`depth_data.json`: price and size of the levels, best first."""

    bids: list[Level] = []
    asks: list[Level] = []

    @property
    def mid(self) -> float | None:
        """The middle of best bid and best ask, None where a side is empty."""
        if not self.bids or not self.asks:
            return None
        return (self.bids[0][0] + self.asks[0][0]) / 2


class _Drawn(_Part):
    title: str
    pane: str
    style: BarStyle = "candles"
    unit: str = ""
    color: Color | None = None


class SeriesRows(_Drawn):
    """One series of `series_data.json`: how it is drawn, and its rows."""

    rows: Annotated[list[Row], AfterValidator(_in_order)]


class SeriesFile(_Part):
    """`series_data.json`: every metric series by its key."""

    series: dict[str, SeriesRows]


class BarsRows(_Drawn):
    """One series of `bars_data.json`: how it is drawn, and its rows, with their volume."""

    rows: Annotated[list[Bar], AfterValidator(_in_order)]


class BarsFile(_Part):
    """`bars_data.json`: the series of price bars that `ohlc_data.json` has not, by their keys."""

    series: dict[str, BarsRows]


class SignalRow(_Part):
    """One signal: at a price, or on its pane where it has none."""

    series: str
    timestamp: Timestamp
    known_at: Timestamp
    price: Number = None
    value: Number = None
    side: Literal[-1, 0, 1] = 0
    text: str = ""
    table: str = ""
    title: str = ""
    pane: str = ""


class SignalsFile(_Part):
    """`signals_data.json`: the last signals, in the order in which they were known."""

    signals: list[SignalRow]


class CellsColumn(_Part):
    """One line of `cells_data.jsonl`: a column of a picture over price.

    It stands from `timestamp` to `end`. `values` has one row each `tick` upwards from the price
    `low`, and in each row one value a channel: buy and sell for a footprint and a profile, size
    for a heat map.
    """

    series: str
    title: str
    pane: str
    style: CellStyle
    unit: str = ""
    color: Color | None = None
    timestamp: Timestamp
    end: Timestamp
    known_at: Timestamp
    tick: Price
    low: Finite
    values: list[list[Number]]

    @model_validator(mode="after")
    def _even(self) -> CellsColumn:
        if len(set(map(len, self.values))) > 1:
            raise ValueError("the rows of values are not equally long")
        return self


class OpenCellsFile(_Part):
    """`open_cells_data.json`: the columns that still grow, one a series."""

    cells: list[CellsColumn]


class TradesColumns(_Part):
    """One line of `trades_data.jsonl`: trades, column by column, in their order.

    Trades of one millisecond, price and side that follow one another are one, of their sizes'
    sum; `side` is the aggressor's, +1 buy, -1 sell.
    """

    timestamp: list[Timestamp]
    price: list[Finite]
    size: list[Size]
    side: list[Literal[-1, 1]]

    @model_validator(mode="after")
    def _even(self) -> TradesColumns:
        if len({len(self.timestamp), len(self.price), len(self.size), len(self.side)}) > 1:
            raise ValueError("the columns are not equally long")
        return self


def _known(content: Any) -> Any:
    """Raise ValueError for the report of a run whose files have a newer schema."""
    schema = content.get("schema") if isinstance(content, dict) else None
    if isinstance(schema, int) and schema > SCHEMA:
        raise ValueError(
            f"these files have schema {schema}, and this version of orderflow knows those up to "
            f"{SCHEMA}: look at them with the version that wrote them, or a newer one"
        )
    return content


OHLC_FILE: TypeAdapter[list[Bar]] = TypeAdapter(Annotated[list[Bar], AfterValidator(_in_order)])
BARS_FILE = TypeAdapter(BarsFile)
DEPTH_FILE = TypeAdapter(Depth)
METRICS_FILE: TypeAdapter[list[MetricRow]] = TypeAdapter(
    Annotated[list[MetricRow], AfterValidator(_in_order)]
)
SERIES_FILE = TypeAdapter(SeriesFile)
SIGNALS_FILE = TypeAdapter(SignalsFile)
CELLS_LINE = TypeAdapter(CellsColumn)
OPEN_CELLS_FILE = TypeAdapter(OpenCellsFile)
TRADES_LINE = TypeAdapter(TradesColumns)
RUN_FILE: TypeAdapter[Report] = TypeAdapter(Annotated[Report, BeforeValidator(_known)])
