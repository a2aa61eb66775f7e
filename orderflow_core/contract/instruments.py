"""What an instrument may be called, and the folder that has its results."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote

SIMULATED = "SIM-"
PLACEHOLDER = "{instrument}"
DATE = "{date}"
"""Stands for the day of a session in a directory, which the host fills in before a sink sees it."""
FOLDER = r"[^./\\ ][^/\\]*"
"""The names of folders, and of files, that can be those of an instrument."""
_MOST_BYTES = 200
_ESCAPED = re.compile(r"""[\x00-\x1f\x7f%/\\:*?"<>|{}]|^[. ]|[. ]$""")


def is_name(text: str) -> bool:
    """Whether an instrument may be called so: any text that can be printed, of a fair length."""
    return bool(text) and text.isprintable() and len(folder_name(text).encode()) <= _MOST_BYTES


def is_simulated(name: str) -> bool:
    """Whether the market of this instrument is no real one."""
    return name.startswith(SIMULATED)


def folder_name(instrument: str) -> str:
    """Return the name of an instrument as that of a folder or a file.

    What cannot stand there on every system is escaped as in an address: `BTC%2FUSDT`.
    """
    return _ESCAPED.sub(lambda found: f"%{ord(found[0]):02X}", instrument)


def instrument_of(folder: str) -> str:
    """Return the instrument whose folder is called so."""
    return unquote(folder, errors="replace")


def filled(template: Path | str, instrument: str) -> Path:
    """Return a path in which `{instrument}` stands for an instrument."""
    return Path(str(template).replace(PLACEHOLDER, folder_name(instrument)))


def is_one_folder(first: Path | str, second: Path | str, instrument: str) -> bool:
    """Return whether two templates lead to one folder of an instrument, by whatever way."""
    return filled(first, instrument).resolve() == filled(second, instrument).resolve()
