"""What came of a kind of attempts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Tally:
    """How many attempts ended how; `wrong` describes each that ended as none may."""

    outcomes: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    @property
    def tried(self) -> int:
        """How many attempts there were."""
        return self.outcomes.total() + len(self.wrong)

    def add(self, other: Tally) -> None:
        """Add the attempts of another tally."""
        self.outcomes += other.outcomes
        self.wrong += other.wrong
