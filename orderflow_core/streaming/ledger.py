"""What a source has to tell of its reading."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from orderflow_core.contract.report import Gap, Input
from orderflow_core.errors import InputError


@dataclass
class Ledger:
    """What a source has to tell of its reading besides the blocks.

    With `strict` the first refusal raises `InputError`. `examples` has a value for each reason to
    refuse, and where it stands; `warnings` are sentences about what makes the results doubtful.
    """

    strict: bool = False
    refused: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)
    carried_without_snapshot: int = 0
    stale: int = 0
    late: int = 0
    duplicates: int = 0
    warnings: list[str] = field(default_factory=list)
    inputs: list[Input] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)

    def refuse(self, reason: str, where: str, value: str | None = None) -> None:
        """Count one refused row or level; `where` names its file, table and row.

        `value` is what was found there, as a person may be shown it.
        """
        if self.strict:
            raise InputError(f"{where}: {reason} (refused, and strict = true stops at the first)")
        self.refused[reason] += 1
        if value is not None:
            self.examples.setdefault(reason, f"{value} in {where}")
