"""Paths in settings, which are relative to where they are written."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, get_args, get_origin

from pydantic import BaseModel

BACKSLASH = (
    "in double quotes a backslash begins a special character; write a path in single quotes, "
    "'C:\\data', or with slashes, \"C:/data\""
)
_SPECIAL = re.compile(r"[\b\t\n\f\r\x1b]")
_MANY = (list, set, frozenset, Sequence)


def absolute(base: Path, text: Path | str) -> Path:
    """Return a path as one of `base`, `~` expanded; raises ValueError where it can be none."""
    if "\0" in str(text):
        raise ValueError("a path has no NUL in it")
    if _SPECIAL.search(str(text)):
        raise ValueError(f"a path has no tab or line break in it: {BACKSLASH}")
    try:
        return base / Path(text).expanduser()
    except RuntimeError as error:
        raise ValueError("there is no home directory of this name") from error


def with_paths(annotation: Any, value: Any, base: Path) -> Any:
    """Return a setting of this type with the paths in it, at any depth, absolute.

    Raises ValueError as `absolute` does.
    """
    kinds = (annotation, *get_args(annotation))  # of a union, its parts
    if isinstance(value, str | Path):
        return absolute(base, value) if Path in kinds else value
    for kind in kinds:
        inner = get_args(kind)
        if isinstance(value, list) and get_origin(kind) in _MANY:
            return [with_paths(inner[0], each, base) for each in value]
        if isinstance(value, Mapping):
            if get_origin(kind) is dict:
                return {key: with_paths(inner[1], each, base) for key, each in value.items()}
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                fields = kind.model_fields
                return {
                    key: with_paths(fields[key].annotation, each, base) if key in fields else each
                    for key, each in value.items()
                }
    return value
