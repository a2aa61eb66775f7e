"""What the names of files look like: the pattern that would take one."""

from __future__ import annotations

import re

_SEPARATOR = r"[-_. T]?"
_DATES = (
    (rf"(?<!\d)(20\d\d)({_SEPARATOR})([01]\d)\2([0-3]\d)(?!\d)", "%Y", "%m", "%d"),
    (rf"(?<!\d)(\d\d)({_SEPARATOR})([01]\d)\2([0-3]\d)(?!\d)", "%y", "%m", "%d"),
    (rf"(?<!\d)(20\d\d)({_SEPARATOR})([01]\d)(?!\d)()", "%Y", "%m", ""),
)
_HOUR = re.compile(r"(?P<before>[-_. T]|T?)(?P<hour>[0-2]\d)(?!\d)")
_NAME = re.compile(r"[^\W_].*[^\W_]|[^\W_]")
_KIND = re.compile(r"[-_. ](agg)?(trades?|books?|depth|l2|ticks?|quotes?)$", re.IGNORECASE)
"""What a file is of, behind the name of its instrument."""


def suggested_pattern(name: str) -> str | None:
    """Return the pattern that would take a file of this name, None where it has no instrument."""
    packed = name.endswith(".gz")
    stem, dot, suffix = name.removesuffix(".gz").rpartition(".")
    if not dot:
        return None
    pattern, begin, end = _with_date(stem)
    parts = [pattern[:begin], pattern[begin:end], pattern[end:]]
    place = max((0, 2), key=lambda index: len(parts[index]))
    found = _NAME.search(parts[place])
    if found is None:
        return None
    kind = _KIND.search(found[0])
    end = found.start() + kind.start() if kind else found.end()
    parts[place] = f"{parts[place][: found.start()]}{{instrument}}{parts[place][end:]}"
    return f"{''.join(parts)}.{suffix}{'.gz' if packed else ''}"


def _with_date(stem: str) -> tuple[str, int, int]:
    """Return the stem with the codes of its date and hour, and where these stand in it."""
    for expression, *codes in _DATES:
        found = re.search(expression, stem)
        if found is None:
            continue
        between = found[2]
        told = between.join(code for code in codes if code)
        end = found.end()
        hour = _HOUR.match(stem, end)
        if hour:
            told, end = f"{told}{hour['before']}%H", hour.end()
        begin = found.start()
        return f"{stem[:begin]}{told}{stem[end:]}", begin, begin + len(told)
    return stem, len(stem), len(stem)
