"""The status line of a recorder on a terminal, and its log."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.live import Live
from rich.logging import RichHandler
from rich.text import Text

from orderflow_core import printable


@contextmanager
def status_line() -> Iterator[Callable[[str], None] | None]:
    """Give a function that shows a line, None where there is no terminal; logs go to stderr."""
    console = Console(stderr=True, emoji=False)
    handler: logging.Handler = logging.StreamHandler()
    if console.is_terminal:
        handler = RichHandler(console=console, show_path=False, markup=False)
    else:
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    if not console.is_terminal:
        yield None
        return
    with Live(console=console, transient=True, auto_refresh=False) as live:
        yield lambda line: live.update(Text(printable(line)), refresh=True)
