"""How a table says of a row what it does: by a word, or by a flag."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from orderflow_sqlite.levels import GONE

SNAPSHOT_WORDS = ("snapshot", "partial", "full", "initial", "image", "all", "snap")
"""What feeds call a message that holds the whole book."""
_FLAGS = ("is_snapshot", "snapshot")
_YES = ("1", "true", "t", "yes", "y")


def snapshot_expression(columns: Sequence[str], words: Iterable[str]) -> str | None:
    """Return the SQL expression, 1 or 0, for a table with these columns; None without one."""
    said = [_is_one_of("action", words)] if "action" in columns else []
    told = [_is_one_of(name, _YES) for name in _FLAGS if name in columns]
    return " OR ".join([*said, *told]) or None


def size_expression(columns: Sequence[str]) -> str:
    """Return the SQL expression of a level in a row of its own, which a word may delete."""
    if "action" not in columns:
        return "size"
    return f"iif({_is_one_of('action', GONE)}, 0, size)"


def _is_one_of(column: str, words: Iterable[str]) -> str:
    """Return the SQL that tells whether a value is one of these, in any case; digits as numbers."""
    texts = ["'{}'".format(word.replace("'", "''")) for word in words]
    numbers = [word for word in words if word.isdecimal() and word.isascii()]
    return f"({column} COLLATE NOCASE IN ({', '.join([*texts, *numbers])})) IS 1"
