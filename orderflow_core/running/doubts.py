"""What makes the results of a run doubtful, in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from orderflow_core.contract.report import Counts

_SHARE = 0.01
_MEANING = {
    "crossed": "have a best bid that is not below the best ask",
    "unsure": "are of a book from which updates are missing",
    "stale": "were dropped, as later ones of their feed had been applied",
    "late": "came with a time below that of a row before",
}


def doubts(counts: Counts, examples: Mapping[str, str]) -> list[str]:
    """Return a sentence for each kind of odd rows that are more than 1 % of all.

    `examples` has a value for each reason to refuse, and where it stands.
    """
    return list(_sentences(counts, examples))


def _sentences(counts: Counts, examples: Mapping[str, str]) -> Iterator[str]:
    refused = sum(counts.refused.values())
    read = counts.windows + counts.trades + refused
    if refused > _SHARE * read:
        reason = max(counts.refused, key=lambda reason: counts.refused[reason])
        example = f": {examples[reason]}" if reason in examples else ""
        yield f"{_part(refused, read)} rows and levels were refused, most as {reason}{example}"
    rows = counts.windows + counts.stale
    for name, meaning in _MEANING.items():
        number = getattr(counts, name)
        if number > _SHARE * rows:
            yield f"{_part(number, rows)} book rows {meaning} ({name})"


def _part(number: int, whole: int) -> str:
    return f"{number:,} of {whole:,} ({number / whole:.1%})"
