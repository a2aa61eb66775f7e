"""What an instrument may be called."""

from __future__ import annotations

import re

NAME = r"[A-Za-z0-9][A-Za-z0-9._-]*"
SIMULATED = "SIM-"
_NAME = re.compile(NAME)


def is_name(text: str) -> bool:
    """Whether an instrument may be called so: its name is that of a folder too."""
    return _NAME.fullmatch(text) is not None


def is_simulated(name: str) -> bool:
    """Whether the market of this instrument is no real one."""
    return name.startswith(SIMULATED)
