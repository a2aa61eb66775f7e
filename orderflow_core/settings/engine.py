"""The table `[engine]`: who runs the days and instruments of a run."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field


class EngineSettings(BaseModel):
    """Who runs the units of a run: an instrument each, with sessions a day of one."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    use: str = Field("local", description="who runs the units: local, processes, dask or another")
    workers: int | None = Field(
        None, ge=1, le=4096, description="how many at once; default: one a processor"
    )
    address: str | None = Field(
        None, description='of a scheduler that is there, or "threads"; of dask alone'
    )
    secrets: bool = Field(False, description="let secrets travel to a scheduler elsewhere")
    directory: Path = Field(
        Path("units"), description="where each unit that is done leaves its done.json"
    )
