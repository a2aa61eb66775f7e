"""The file `record.toml`: what is recorded, from where, and into which folder."""

from __future__ import annotations

import tomllib
from collections import Counter
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from orderflow_core import SettingsError
from orderflow_core.sources import is_name
from orderflow_record.database import Durability
from orderflow_record.timing import Timing


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RecordTable(_Table):
    """The table `[record]`."""

    directory: Path = Field(
        Path("data"), description="where <instrument>-<yy-mm-dd>.db are written"
    )
    hold_ms: int = Field(
        250, ge=0, le=60_000, description="how far below the latest time a row may still come"
    )
    batch_ms: int = Field(100, ge=10, le=60_000, description="how often rows are committed")
    max_hold_ms: int = Field(
        1_000, ge=10, le=600_000, description="without a message for so long nothing is held"
    )
    silent_seconds: float = Field(
        30, gt=0, le=86_400, description="without a message for so long a connection is lost"
    )
    durability: Durability = Field(
        "kill", description="what committed rows outlive: a kill, or the loss of power too"
    )

    @property
    def timing(self) -> Timing:
        """How long rows are held."""
        return Timing(self.hold_ms, self.batch_ms, self.max_hold_ms, self.silent_seconds)


Address = Annotated[str, Field(min_length=1)]


class FeedTable(_Table):
    """One of the tables `[[feeds]]`: one connection."""

    venue: str = Field(description="an entry point of the group orderflow.venues")
    instruments: list[str] = Field(min_length=1, description="as the venue calls them")
    url: Address | None = Field(None, description="another address than the venue's websocket")
    rest_url: Address | None = Field(None, description="another one than that of its REST")

    @field_validator("instruments")
    @classmethod
    def _names(cls, value: list[str]) -> list[str]:
        for name in value:
            if not is_name(name):
                raise ValueError(f"{name!r} is no name of an instrument")
        return value

    @field_validator("url")
    @classmethod
    def _websocket(cls, value: str | None) -> str | None:
        return _of_schemes(value, "ws://", "wss://")

    @field_validator("rest_url")
    @classmethod
    def _rest(cls, value: str | None) -> str | None:
        return _of_schemes(value, "http://", "https://")


class RecordSettings(_Table):
    """All of `record.toml`."""

    record: RecordTable = Field(default_factory=lambda: RecordTable.model_validate({}))
    feeds: list[FeedTable] = Field(min_length=1)

    @field_validator("feeds")
    @classmethod
    def _once(cls, value: list[FeedTable]) -> list[FeedTable]:
        """Refuse an instrument that two feeds would write into one file."""
        counts = Counter(name for feed in value for name in feed.instruments)
        twice = [name for name, count in counts.items() if count > 1]
        if twice:
            raise ValueError(f"{', '.join(twice)}: recorded twice, and both would be one file")
        return value


def load_settings(path: Path) -> RecordSettings:
    """Read `record.toml`; raises SettingsError with each problem that it has."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:  # of its texts, its numbers or its brackets
        raise SettingsError(f"{path} is no TOML: {error}") from error
    return check_settings(content, str(path))


def settings_of(
    venue: str,
    instruments: list[str],
    directory: Path | None = None,
    url: str | None = None,
    rest_url: str | None = None,
) -> RecordSettings:
    """Return the settings of one feed; raises SettingsError."""
    feed = {"venue": venue, "instruments": instruments, "url": url, "rest_url": rest_url}
    record = {} if directory is None else {"directory": directory}
    return check_settings({"record": record, "feeds": [feed]}, f"orderflow record {venue}")


def check_settings(content: dict[str, Any], origin: str) -> RecordSettings:
    """Return settings; raises SettingsError, which names their origin."""
    try:
        return RecordSettings.model_validate(content)
    except ValidationError as error:
        problems = (_problem(each) for each in error.errors())
        raise SettingsError(*(f"{origin}: {problem}" for problem in problems)) from error


def _problem(error: Any) -> str:
    place = ".".join(map(str, error["loc"]))
    if error["type"] == "extra_forbidden":
        return f"{place} is no setting here"
    return f"{place}: {error['msg'].removeprefix('Value error, ')}"


def _of_schemes(value: str | None, *schemes: str) -> str | None:
    if value is not None and not value.startswith(schemes):
        raise ValueError(f"{value!r}: must begin with {' or '.join(schemes)}")
    if value is not None and not _has_host(value):
        raise ValueError(f"{value!r}: names no host and port that can be")
    return value


def _has_host(address: str) -> bool:
    try:
        parts = urlsplit(address)
        return bool((parts.hostname or "").encode("idna")) and (parts.port or 1) > 0
    except ValueError:  # a port that is no number, or a name that no host can have
        return False
