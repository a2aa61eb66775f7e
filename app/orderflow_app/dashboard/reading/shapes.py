"""The shapes of the sink's files, as far as the page needs them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated, Any, Literal, TypeAlias, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter

END_OF_TIME = 253_402_300_800_000  # ms; the year 10000
Rows = TypeVar("Rows", bound=Sequence[Any])


def _ascending(rows: Rows) -> Rows:
    """Raise ValueError unless the rows are in the order of their times, one for each."""
    if any(before[0] >= after[0] for before, after in pairwise(rows)):
        raise ValueError("the times of the rows do not ascend")
    return rows


Timestamp: TypeAlias = Annotated[int, Field(ge=0, lt=END_OF_TIME)]
Number: TypeAlias = Annotated[float, Field(allow_inf_nan=False)] | None
Row: TypeAlias = tuple[Timestamp, Number, Number, Number, Number]
Bar: TypeAlias = tuple[Timestamp, Number, Number, Number, Number, Number]
Price: TypeAlias = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Size: TypeAlias = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Level: TypeAlias = tuple[Price, Size]


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


class SeriesRows(_Part):
    """One series of `series_data.json`: how it is drawn, and its rows."""

    title: str
    pane: str
    style: Literal["candles", "line", "bars"] = "candles"
    unit: str = ""
    color: Annotated[str, Field(pattern=r"^#([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$")] | None = None
    rows: Annotated[list[Row], AfterValidator(_ascending)]


class SeriesFile(_Part):
    """`series_data.json`: every metric series by its key."""

    series: dict[str, SeriesRows]


class PluginState(_Part):
    """How one table's plugin fares."""

    name: str
    status: str = "ok"
    error: str | None = None


class Counts(_Part):
    """What has passed, and what was refused, by reason."""

    windows: int = 0
    trades: int = 0
    crossed: int = 0
    refused: dict[str, int] = {}


class RunReport(_Part):
    """`run.json`: the report of the run that wrote the files."""

    status: Literal["running", "ok", "failed", "interrupted"]
    instrument: str
    simulated: bool = False
    settings: dict[str, dict[str, object]] = {}
    plugins: list[PluginState] = []
    counts: Counts = Counts()
    started_at: str = ""
    last_timestamp: Timestamp | None = None
    progress: float = 0.0
    seconds: float = 0.0

    @property
    def speed(self) -> float | str:
        """Data seconds a second, or "max"."""
        found = self.settings.get("source", {}).get("speed", "max")
        return found if isinstance(found, int | float) else "max"


BARS: TypeAdapter[list[Bar]] = TypeAdapter(Annotated[list[Bar], AfterValidator(_ascending)])
DEPTH = TypeAdapter(Depth)
SERIES = TypeAdapter(SeriesFile)
RUN = TypeAdapter(RunReport)
