"""When the session of a measure begins."""

from __future__ import annotations

from pydantic import Field, field_validator

from orderflow_core.plugin.metric import Metric


class SessionSettings(Metric.Settings):
    """Settings of a metric that may begin anew with each day."""

    session_start: str = Field(
        "00:00", description="time of the day, UTC, at which a day's session begins"
    )

    @field_validator("session_start")
    @classmethod
    def _time_of_day(cls, value: str) -> str:
        hours, colon, minutes = value.partition(":")
        fits = len(value) == 5 and value.isascii() and (hours + minutes).isdigit() and colon
        if not fits or int(hours) > 23 or int(minutes) > 59:
            raise ValueError('must be a time of the day, UTC, such as "08:00"')
        return value

    @property
    def session_start_ms(self) -> int:
        """How long after midnight, UTC, a day's session begins, in ms."""
        hours, minutes = map(int, self.session_start.split(":"))
        return (60 * hours + minutes) * 60_000
