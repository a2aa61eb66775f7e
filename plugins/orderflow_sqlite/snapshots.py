"""How a table says of a row what it does: by a word, or by a flag."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from orderflow_sqlite.levels import GONE

SNAPSHOT_WORDS = ("snapshot", "partial", "full", "initial", "image", "all", "snap")
"""What feeds call a message that holds the whole book."""
_FLAGS = ("is_snapshot", "snapshot")
_YES = ("1", "true", "t", "yes", "y")
_USUAL_WORD, _USUAL_FLAG = "update", "0"


def snapshot_expression(columns: Sequence[str], words: Collection[str]) -> str | None:
    """Return the SQL expression, 1 or 0, for a table with these columns; None without one."""
    said = [_is_one_of("action", words, _USUAL_WORD)] if "action" in columns else []
    told = [_is_one_of(name, _YES, _USUAL_FLAG) for name in _FLAGS if name in columns]
    return " OR ".join([*said, *told]) or None


def size_expression(columns: Sequence[str]) -> str:
    """Return the SQL expression of a level in a row of its own, which a word may delete."""
    if "action" not in columns:
        return "size"
    return f"iif({_is_one_of('action', GONE, _USUAL_WORD)}, 0, size)"


def _is_one_of(column: str, words: Collection[str], usual: str) -> str:
    """Return the SQL that tells whether a value is one of these, in any case; digits as numbers.

    What most rows have is found first, unless it is one of them: to look a value up among several
    takes three times as long.
    """
    listed = ", ".join(each for word in words for each in _literals(word))
    test = f"({column} COLLATE NOCASE IN ({listed})) IS 1"
    if usual in [word.lower() for word in words]:
        return test
    return f"CASE {column} WHEN {_literals(usual)[-1]} THEN 0 ELSE {test} END"


def _literals(word: str) -> list[str]:
    """Return a word as SQL has it, and after it the number that it may be."""
    text = "'{}'".format(word.replace("'", "''"))
    return [text, word] if word.isdecimal() and word.isascii() else [text]
