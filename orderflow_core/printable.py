"""Texts out of data, such that a terminal shows them and obeys none of them."""

from __future__ import annotations


def printable(text: str) -> str:
    """Replace what is not printable, escape sequences of a terminal included, but line ends."""
    return "".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in text)
