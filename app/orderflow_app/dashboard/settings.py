"""The table `[dashboard]`, which the core does not know and reads for us."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, field_validator


class DashboardSettings(BaseModel):
    """Whether a run shows its files on a page, and where."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    enabled: bool = Field(True, description="start the dashboard beside the run")
    host: str = Field("127.0.0.1", min_length=1, description="the address to listen on")
    port: int = Field(8050, ge=1, le=65535, description="the port to listen on")
    serve: bool | None = Field(
        None, description="stay up after the run; default: on a terminal, and nowhere else"
    )

    @field_validator("host")
    @classmethod
    def _name_of_a_host(cls, value: str) -> str:
        try:
            value.encode("idna")
        except UnicodeError as error:
            raise ValueError("is no name or address of a host") from error
        return value


TABLES = {"dashboard": DashboardSettings}
