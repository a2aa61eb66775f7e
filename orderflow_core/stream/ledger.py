"""What a source has to tell of its reading."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from orderflow_core.contract.report import Gap, Input
from orderflow_core.errors import InputError


@dataclass
class Ledger:
    """What a source has to tell of its reading besides the blocks.

    With `strict` the first refusal raises `InputError`.
    """

    strict: bool = False
    refused: Counter[str] = field(default_factory=Counter)
    carried_without_snapshot: int = 0
    inputs: list[Input] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)

    def refuse(self, reason: str, where: str) -> None:
        """Count one refused row or level; `where` names its file, table and row."""
        if self.strict:
            raise InputError(f"{where}: {reason} (refused, and strict = true stops at the first)")
        self.refused[reason] += 1
