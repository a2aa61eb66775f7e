"""Words for people: what they may have meant, and texts that a terminal may show."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return the question whether the nearest of the known names was meant, "" if none is near."""
    near = get_close_matches(name, known, n=1)
    return f"did you mean {near[0]}?" if near else ""


def error_text(error: BaseException) -> str:
    """Return an error's type, its words and its notes."""
    return f"{type(error).__name__}: {error_words(error)}"


def error_words(error: BaseException) -> str:
    """Return an error's words and its notes, printable, whatever its own code does."""
    try:
        notes = "".join(f"; {note}" for note in getattr(error, "__notes__", ()))
        return printable(f"{error}{notes}")
    except KeyboardInterrupt:
        raise
    except BaseException as broken:  # the error's own code, which may raise anything
        return f"(its text cannot be made: {type(broken).__name__})"


def printable(text: str) -> str:
    """Replace what is not printable, escape sequences of a terminal included, but line ends."""
    return "".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in text)
