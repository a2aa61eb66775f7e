"""Words for people: what they may have meant, and texts that a terminal may show."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return the question whether the nearest of the known names was meant, "" if none is near."""
    near = get_close_matches(name, known, n=1)
    return f"did you mean {near[0]}?" if near else ""


def printable(text: str) -> str:
    """Replace what is not printable, escape sequences of a terminal included, but line ends."""
    return "".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in text)
