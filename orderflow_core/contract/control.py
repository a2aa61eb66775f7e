"""The shape of `control.json`: what a page asks of a run that goes on."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from orderflow_core.contract.files import Count, Timestamp

CONTROL_BYTES = 4096
"""The largest `control.json` that a run reads."""

Speed: TypeAlias = Annotated[float, Field(gt=0, allow_inf_nan=False)] | Literal["max"]
"""Data seconds a second, or without end."""


class Control(BaseModel):
    """What is asked of the run that began at `started_at`, as its report has it.

    It is a state and no order: a run that reads it twice does the same once. `speed` is that of
    the settings where it is None. `rows` is how many single rows have been asked for since the
    run began; `seek` is a time in ms up to which the run goes on without waiting, and through the
    first row at or after it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    started_at: str
    paused: bool
    speed: Speed | None
    rows: Count
    seek: Timestamp | None
