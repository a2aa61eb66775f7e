"""Recordings that are packed with gzip: unpacked into a file of their own while they are read."""

from __future__ import annotations

import gzip
import shutil
import zlib
from pathlib import Path
from tempfile import TemporaryDirectory

from orderflow_core import InputError

PACKED = ".gz"


class Unpacked:
    """A copy of a packed file in a folder for temporary files, until it is closed."""

    def __init__(self, packed: Path) -> None:
        self._folder = TemporaryDirectory(prefix="orderflow-")
        self.path = Path(self._folder.name) / packed.name.removesuffix(PACKED)
        try:
            with gzip.open(packed, "rb") as source, self.path.open("wb") as copy:
                shutil.copyfileobj(source, copy, 1 << 20)
        except (OSError, EOFError, zlib.error) as error:
            self.close()
            raise InputError(
                f"{packed} cannot be unpacked into {self._folder.name}: {error}"
            ) from error

    def close(self) -> None:
        """Remove the copy."""
        self._folder.cleanup()
