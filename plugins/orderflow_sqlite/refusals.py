"""What was refused of one table, and why not a single row of it may be left."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from orderflow_core import InputError
from orderflow_sqlite.levels import BAD_LEVEL, BAD_LEVEL_SIZE, BAD_LEVELS, BAD_PRICE, BAD_SIZE
from orderflow_sqlite.times import DIGITS_OF_DATE

BAD_SIDE = "side is not buy or sell"
BAD_ID = "id is not a whole number"
OTHER_INSTRUMENT = "row of another instrument"

_COLUMNS = "name the column in [source.columns]"
_ADVICE: Mapping[str, str] = {
    BAD_LEVELS: _COLUMNS,
    BAD_LEVEL: _COLUMNS,
    BAD_PRICE: _COLUMNS,
    BAD_LEVEL_SIZE: _COLUMNS,
    BAD_SIZE: _COLUMNS,
    BAD_SIDE: "say in [source.sides] what buy and sell are called",
    BAD_ID: _COLUMNS,
    OTHER_INSTRUMENT: "name the file by its instrument",
    DIGITS_OF_DATE: "set in [source.columns] timestamp = "
    "\"substr(timestamp, 1, 8) || 'T' || substr(timestamp, 9, 6)\", with its column's name",
}
_OF_TIMES = f"{_COLUMNS}, or leave timestamp_unit out where it is set"
_LONGEST = 60


@dataclass
class Refusals:
    """Counts by reason, with a first example of each, and how many rows could be used."""

    used: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)

    def check_used(self, where: str) -> None:
        """Raise InputError where rows were refused and none could be used."""
        if self.used or not self.counts:
            return
        reasons = "; ".join(
            f"{number:,} x {reason}, such as {self.examples[reason]} "
            f"({_ADVICE.get(reason, _OF_TIMES)})"
            for reason, number in self.counts.most_common()
        )
        raise InputError(f"{where} has no row that can be used: {reasons}")


def shown(value: object) -> str:
    """Return a value as a person may be shown it."""
    text = repr(value.decode("utf-8", "replace")) if isinstance(value, bytes) else f"{value}"
    text = "NULL" if value is None else text
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
