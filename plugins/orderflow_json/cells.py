"""`cells_data.jsonl`: a line for each column of a picture, appended and never written again."""

from __future__ import annotations

import os
from pathlib import Path

import orjson

from orderflow_core import Cells, OutputError, files
from orderflow_core.sinks import write_whole


class CellsFile:
    """Grows by whole lines; past `files.CELLS_BYTES` it is renamed, and begun anew.

    So what is written costs what is new. A kill in the midst of a write leaves a last line
    without its end, which readers pass over.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / files.CELLS
        self._older = folder / files.OLDER_CELLS
        self._lines: list[bytes] = []
        self._size = 0

    def reset(self) -> None:
        """Begin with an empty file; raises OutputError."""
        try:
            self._older.unlink(missing_ok=True)
        except OSError as error:
            raise OutputError(f"{self._older} cannot be removed: {error.strerror}") from error
        write_whole(self._path, b"")

    def add(self, cells: Cells) -> None:
        """Keep a column for the next write."""
        series = cells.series
        line = {
            "series": series.key,
            "title": series.title,
            "pane": series.pane,
            "style": series.style,
            "unit": series.unit,
            "color": series.color,
            "timestamp": cells.timestamp,
            "end": cells.end,
            "known_at": cells.known_at,
            "tick": cells.tick,
            "low": cells.low,
            "values": cells.values.tolist(),
        }
        self._lines.append(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))

    def write(self, *, durable: bool = False) -> None:
        """Append what has been kept, in one piece; raises OutputError."""
        content = b"".join(self._lines)
        self._lines.clear()
        try:
            if self._size and self._size + len(content) > files.CELLS_BYTES:
                os.replace(self._path, self._older)  # noqa: PTH105 (atomic, and named so)
                self._size = 0
            if content:
                self._append(content, durable=durable)
        except OSError as error:
            raise OutputError(f"{self._path} cannot be written: {error.strerror}") from error

    def _append(self, content: bytes, *, durable: bool) -> None:
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
        with open(os.open(self._path, flags, 0o666), "ab", buffering=0) as file:  # noqa: PTH123
            written = 0
            while written < len(content):
                written += file.write(content[written:]) or 0
            if durable:
                os.fsync(file.fileno())
        self._size += len(content)
