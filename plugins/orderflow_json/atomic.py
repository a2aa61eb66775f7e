"""Whole files of JSON, or none."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any

import orjson

from orderflow_core.sinks import write_whole


def write_json(path: Path, content: Any, *, durable: bool = False, last: bool = True) -> None:
    """Replace `path` by the strict JSON of `content`, null for what is not finite.

    A dataclass is an object of its fields.

    With `durable` the file survives a loss of power, for which the disk is waited for, once the
    `last` of its folder is written. Raises OutputError if it cannot be written; the file is then
    as it was.
    """
    write_whole(path, _encoded(content), durable=durable, last=last)


def _encoded(content: Any) -> bytes:
    try:
        return orjson.dumps(content)
    except orjson.JSONEncodeError:  # rare: the report has a path that is no UTF-8, or a huge number
        return orjson.dumps(_encodable(content))


def _encodable(content: Any) -> Any:
    if is_dataclass(content) and not isinstance(content, type):
        return _encodable(asdict(content))
    if isinstance(content, dict):
        return {_encodable(key): _encodable(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [_encodable(value) for value in content]
    if isinstance(content, str):
        return content.encode("utf-8", "backslashreplace").decode()
    if isinstance(content, int) and not -(2**63) <= content < 2**64:
        return str(content)
    return content


def mark_failed(report: Path) -> None:
    """Let a report that says `running` say `failed`, in place: a full disk takes nothing new."""
    running, failed = b'"status":"running"', b'"status":"failed" '
    with suppress(OSError), report.open("r+b") as file:
        place = file.read().find(running)
        if place >= 0:
            file.seek(place)
            file.write(failed)
