"""Errors for people."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape

from orderflow_core.errors import OrderflowError, SettingsError
from orderflow_core.words import printable


def exit_code_of(error: Exception) -> int | None:
    """Print an error that has an exit code and return that; None for any other error."""
    if not isinstance(error, OrderflowError):
        return None
    problems = error.problems if isinstance(error, SettingsError) else [str(error)]
    console = Console(stderr=True, emoji=False)
    for problem in problems:
        told = escape(printable(problem))
        console.print(f"[bold red]error:[/] {told}", soft_wrap=True, highlight=False)
    return error.exit_code
