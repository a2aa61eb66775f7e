"""How a table says of a row that it is a snapshot: by a word, or by a flag."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

SNAPSHOT_WORDS = ("snapshot", "partial", "full", "initial", "image", "all", "snap")
"""What feeds call a message that holds the whole book."""
_FLAGS = ("is_snapshot", "snapshot")
_YES = ("1", "true", "t", "yes", "y")


def snapshot_expression(columns: Sequence[str], words: Iterable[str]) -> str | None:
    """Return the SQL expression, 1 or 0, for a table with these columns; None without one."""
    said = [_is_one_of("action", words)] if "action" in columns else []
    told = [_is_one_of(name, _YES) for name in _FLAGS if name in columns]
    return " OR ".join([*said, *told]) or None


def _is_one_of(column: str, words: Iterable[str]) -> str:
    """Return the SQL that tells whether a value is one of these, in any case; digits as numbers."""
    texts = ["'{}'".format(word.replace("'", "''")) for word in words]
    numbers = [word for word in words if word.isdecimal() and word.isascii()]
    return f"({column} COLLATE NOCASE IN ({', '.join([*texts, *numbers])})) IS 1"
