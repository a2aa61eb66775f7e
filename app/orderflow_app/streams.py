"""The standard streams: one that is closed, full or gone costs what was to be said there alone."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from typing import IO, Any, TextIO


def secure() -> None:
    """Make the standard streams safe to write to, for the rest of the process.

    A letter that the encoding of a stream lacks, as that of an old code page may, is written as its
    number. What cannot be written to the standard error is left out. What cannot be written to
    the standard output raises OutputError, once.
    """
    _open_closed()
    if sys.stdout is sys.__stdout__:  # else somebody has put it there, such as a test
        sys.stdout = _guarded(sys.stdout, _end)
    if sys.stderr is sys.__stderr__:
        sys.stderr = _guarded(sys.stderr, _leave_out)


def aside() -> redirect_stdout[TextIO]:
    """Let what plugins print go to the standard error: the output is what the command tells."""
    return redirect_stdout(sys.stderr)


def _open_closed() -> None:
    """Give the numbers of closed streams to the null device, before a file of ours takes them."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest number that is free, which is this one
    sys.stdout = sys.stdout or open(1, "w", closefd=False)  # noqa: SIM115
    sys.stderr = sys.stderr or open(2, "w", closefd=False)  # noqa: SIM115


class _Raw(io.RawIOBase):
    """The bytes of a stream, until one could not be written, which `lost` is told once."""

    def __init__(self, raw: IO[bytes], lost: Callable[[OSError], None]) -> None:
        self._raw = raw
        self._lost = lost
        self._gone = False

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._raw.fileno()

    def isatty(self) -> bool:
        return self._raw.isatty()

    def write(self, data: bytes) -> int | None:  # type: ignore[override]
        if self._gone or not data:  # Typer tries a stream by writing nothing
            return len(data)
        try:
            return self._raw.write(data)
        except OSError as error:
            self._gone = True
            self._lost(error)
            return len(data)


def _leave_out(error: OSError) -> None:
    """Say nothing: nobody is left to be told that the standard error cannot be written."""


def _end(error: OSError) -> None:
    """Raise for the standard output, which is an output of the run as its files are."""
    if isinstance(error, BrokenPipeError):  # its reader has gone, which Typer takes as an end
        raise error
    from orderflow_core.errors import OutputError

    raise OutputError(f"the standard output cannot be written: {error.strerror}") from error


def _guarded(stream: Any, lost: Callable[[OSError], None]) -> TextIO:
    buffered = hasattr(stream.buffer, "raw")  # it is not where Python was told to be unbuffered
    raw: Any = _Raw(stream.buffer.raw if buffered else stream.buffer, lost)
    return io.TextIOWrapper(
        io.BufferedWriter(raw) if buffered else raw,
        encoding=stream.encoding,
        errors="backslashreplace" if stream.errors == "strict" else stream.errors,
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )
