"""The table `[dashboard]`, which the core does not know and reads for us."""

from __future__ import annotations

import re
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, field_validator

_PART = re.compile(r"[A-Za-z0-9_~-][A-Za-z0-9._~-]*")
_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")


class DashboardSettings(BaseModel):
    """Whether a run shows its files on a page, and where."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    enabled: bool = Field(True, description="start the dashboard beside the run")
    host: str = Field("127.0.0.1", min_length=1, description="the address to listen on")
    port: int = Field(8050, ge=1, le=65535, description="the port to listen on")
    path: str = Field("/", description="the path that a reverse proxy serves it under")
    names: list[str] = Field([], description="further host names that it is asked for by")
    store: Path | None = Field(
        None, description="where older bars are; default: where the run keeps its results"
    )
    control: bool | None = Field(
        None,
        description="let the page pause, step and speed up runs; default: where host, path and "
        "names let this machine alone ask",
    )
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

    @field_validator("path")
    @classmethod
    def _with_slashes(cls, value: str) -> str:
        return checked_path(value)

    @field_validator("names")
    @classmethod
    def _names_of_hosts(cls, value: list[str]) -> list[str]:
        return [checked_name(name) for name in value]


def checked_path(value: str) -> str:
    """Return a path with a slash at both ends; raises ValueError for what is none."""
    parts = value.strip("/").split("/")
    if value.strip("/") and not all(_PART.fullmatch(part) for part in parts):
        raise ValueError('is no path: write it as in "/orderflow/"')
    return f"/{value.strip('/')}/".replace("//", "/")


def checked_name(value: str) -> str:
    """Return a host name in small letters; raises ValueError for what is none."""
    if not _NAME.fullmatch(value):
        raise ValueError(f'{value!r} is no host name: write it as in "charts.example.com"')
    return value.lower()


TABLES = {"dashboard": DashboardSettings}
