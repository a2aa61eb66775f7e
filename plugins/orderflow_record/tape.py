"""Tapes: frames as they were received, one a line, with the time of receipt before each."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import IO, Any, NamedTuple

from orderflow_core import InputError

_TIMED = re.compile(r"(\d{10,19}(?:\.\d+)?):? (?=\S)")
_SENT, _CONNECTED = " <- ", " <-> "


class Frame(NamedTuple):
    """A frame and when it was received, ms since the epoch; `text` is None for a new connection."""

    receipt: float | None
    text: str | None


def frames(path: Path) -> Iterator[Frame]:
    """Yield what a tape holds: `.jsonl` or other text, packed as `.gz` or `.zst` or not.

    A line is a frame, with the time of its receipt before it where there is one: ns, us, ms or s
    since the epoch, a colon after it or not. Lines with `<->` are new connections, those with `<-`
    were sent and are passed over. Raises InputError where it cannot be read.
    """
    try:
        with _opened(path) as lines:
            for line in lines:
                text = line.strip()
                if not text or text.startswith(("{", "[")):
                    if text:
                        yield Frame(None, text)
                elif timed := _TIMED.match(text):
                    yield Frame(_milliseconds(timed[1]), text[timed.end() :])
                elif _CONNECTED in text:
                    yield Frame(None, None)
                elif _SENT not in text:
                    yield Frame(None, text)
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read: {error}") from error


def _milliseconds(text: str) -> float:
    whole = text.partition(".")[0]
    return float(text) * 10.0 ** (13 - len(whole))


@contextmanager
def _opened(path: Path) -> Iterator[IO[str]]:
    if path.suffix == ".gz":
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            yield lines
    elif path.suffix == ".zst":
        with _zstd(path).open(path, "rt", encoding="utf-8") as lines:
            yield lines
    else:
        with path.open(encoding="utf-8") as lines:
            yield lines


def _zstd(path: Path) -> Any:
    for name in ("compression.zstd", "zstandard"):
        try:
            return import_module(name)
        except ImportError:
            continue
    raise InputError(
        f"{path}: to read .zst needs Python 3.14, or the package zstandard: "
        "pip install 'orderflow-bus[zstd]', or unpack it with the command zstd"
    )
